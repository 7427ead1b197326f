"""A program of three teams on exported files, at one fixed moment: what screens are made of."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from syncd import plugins
from syncd.app import App
from syncd.cli.options import Options
from syncd.cli.progress import Lines
from syncd.cli.screen import Screen
from syncd.settings import load

NOW = datetime(2026, 11, 23, 7, 29, tzinfo=UTC)
"""Mon 23 Nov 08:29 in Berlin."""
CONFIG = """\
timezone = "Europe/Berlin"
[sources.calendar]
kind = "file"
paths = ["plan.ics"]
[sources.github]
kind = "file"
paths = ["pulls.json"]
[sources.jira]
kind = "file"
paths = ["jira.csv"]
url = "https://jira.example.com"
[teams.payments]
name = "Payments"
owns = ["jira:PAY"]
[teams.ledger]
name = "Ledger"
owns = ["jira:LED", "github:acme/ledger"]
[teams.mobile]
name = "Mobile"
owns = ["jira:MOB", "jira:REL"]
[programs.checkout]
name = "Checkout relaunch"
teams = ["payments", "ledger", "mobile"]
[deliverables.checkout_v3]
name = "Checkout v3"
tier = "A"
match = ["jira:fixVersion=checkout-v3", "calendar:summary~'Checkout launch'"]
gates = ["calendar:summary~'go / no-go'"]
owner = "dana"
[people.dana]
name = "Dana Li"
email = "dana@example.com"
role = "tpm"
programs = ["checkout"]
operator = true
brief = "08:15"
[people.rosei]
name = "R. Osei"
email = "r.osei@example.com"
role = "lead"
team = "ledger"
timezone = "Europe/London"
accounts = { jira = "rosei" }
drift = { mode = "digest", at = ["11:00", "16:00"] }
[people.wtan]
name = "W. Tan"
email = "w.tan@example.com"
role = "lead"
team = "mobile"
timezone = "Asia/Singapore"
quiet = "18:00-09:00"
accounts = { jira = "wtan" }
[mail]
from = "syncd <syncd@example.com>"
to_outbox = true
"""
HEADER = (
    "Summary,Issue key,Issue id,Issue Type,Status,Status Category,Project key,Assignee,"
    "Assignee Id,Created,Updated,Due date,Fix versions,Inward issue link (Blocks)\n"
)
ISSUES = (
    ("Ledger API v2", "LED-88", "In Progress", "R. Osei", "rosei", "{api}", ""),
    ("Audit trail for refunds", "LED-97", "In Progress", "R. Osei", "rosei", "2026-11-13", ""),
    ("Capture on Ledger v2", "PAY-142", "To Do", "M. Fox", "mfox", "2026-12-01", "LED-88"),
    ("Refund reasons", "PAY-120", "In Progress", "A. Kaya", "akaya", "2026-12-08", ""),
    ("Checkout end to end", "MOB-60", "To Do", "W. Tan", "wtan", "2026-12-04", "PAY-142"),
    ("Launch checkout v3", "REL-1", "To Do", "Dana Li", "dli", "2026-12-11", "MOB-60"),
)
DUE = {2: "2026-11-24", 18: "2026-11-25", 23: "2026-12-02"}
"""Day of November of a pass → when Ledger API v2 was due by then."""


def checkout(folder: Path) -> Path:
    """Its configuration, with a store filled by a pass on each of these days, 08:25 in Berlin."""
    path = folder / "syncd.toml"
    path.write_text(CONFIG)
    quiet = Lines(Screen(Options(quiet=2)))
    for day, due in DUE.items():
        now = datetime(2026, 11, day, 7, 25, tzinfo=UTC)
        _export(folder, now, due)
        with App(load(path, {}, catalog=plugins), now=now, own=True) as app:
            app.run_once(now, progress=quiet)
    return path


def _export(folder: Path, now: datetime, due: str) -> None:
    """What the three tools would have given on that morning."""
    rows = [
        f"{title},{key},1{key[4:]},Story,{status},{status},{key[:3]},{who},{login},"
        f"2026-10-05 09:00,{now:%Y-%m-%d} 06:00,{date.format(api=due)},checkout-v3,{waits}\n"
        for title, key, status, who, login, date, waits in ISSUES
    ]
    (folder / "jira.csv").write_text(HEADER + "".join(rows))
    pull = {
        "number": 311, "title": "LED-88 write path", "state": "OPEN", "isDraft": False,
        "url": "https://github.com/acme/ledger/pull/311", "createdAt": "2026-11-02T09:00:00Z",
        "updatedAt": "2026-11-10T09:00:00Z", "closedAt": None, "mergedAt": None, "labels": [],
        "assignees": [], "author": {"login": "r-osei", "name": "R. Osei"}, "milestone": None,
        "body": "", "baseRefName": "main", "headRefName": "led-88", "reviews": [],
        "reviewRequests": [{"__typename": "User", "login": "jsen"}], "reviewDecision": "",
        "closingIssuesReferences": [], "mergeable": "MERGEABLE", "statusCheckRollup": [],
    }  # fmt: skip
    (folder / "pulls.json").write_text(json.dumps([pull]))
    events = (
        ("review", "Checkout go / no-go", "20261203"), ("launch", "Checkout launch", "20261211"),
    )  # fmt: skip
    parts = [
        f"BEGIN:VEVENT\nUID:{uid}\nSUMMARY:{name}\nDTSTAMP:20261102T070000Z\n"
        f"DTSTART;VALUE=DATE:{on}\nEND:VEVENT\n"
        for uid, name, on in events
    ]
    (folder / "plan.ics").write_text(
        f"BEGIN:VCALENDAR\nX-WR-CALNAME:Checkout\n{''.join(parts)}END:VCALENDAR\n"
    )
    for name in ("jira.csv", "pulls.json", "plan.ics"):
        os.utime(folder / name, (now.timestamp() - 600,) * 2)
