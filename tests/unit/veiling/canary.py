"""A company with a project that only one person may see, whose texts hold a word of their own."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

from syncd.interfaces import Page
from syncd.model.items import Attendee, Phase
from syncd.model.snapshot import Scope
from syncd.testing.builders import change, event, issue, link, pull_request, version

NOW = datetime(2026, 11, 20, 14, tzinfo=UTC)
"""A Friday: briefs and the weekly are due."""
SECRETS = {"SYNCD_SOURCES__JIRA__TOKEN": "made-up-1", "SYNCD_NOTIFIERS__NOTES__TOKEN": "made-up-2"}
QUARTER = timedelta(minutes=15)
CANARY = "zanzibar"
CONFIG = """
timezone = "UTC"
[store]
url = "sqlite:///{folder}/syncd.db"
[teams.payments]
name = "Payments"
owns = ["jira:PAY"]
lead = "pia"
[teams.vault]
name = "Vault"
owns = ["jira:SEC", "github:acme/sec"]
lead = "val"
[programs.checkout]
name = "Checkout"
teams = ["payments", "vault"]
stakeholders = {{ exec = ["vp"] }}
[meetings.standup]
match = "calendar:summary~'stand-up'"
kind = "stand-up"
programs = ["checkout"]
[people.dana]
name = "Dana Li"
email = "dana@example.com"
role = "tpm"
programs = ["checkout"]
brief = "14:00"
[people.pia]
name = "Pia P"
email = "pia@example.com"
role = "lead"
team = "payments"
brief = "14:00"
[people.val]
name = "Val V"
email = "val@example.com"
role = "lead"
team = "vault"
accounts = {{ jira = "val" }}
brief = "14:00"
[people.vp]
name = "S. Moreau"
email = "vp@example.com"
role = "exec"
brief = {{ every = "Fri 14:00", audience = "lead" }}
[notifiers.notes]
kind = "jira_comment"
source = "jira"
url = "http://127.0.0.1:9"
user = "notes@example.com"
projects = ["PAY", "SEC"]
dry_run = false
severity_from = "low"
[mail]
from = "syncd <syncd@example.com>"
to_outbox = true
[alerts]
adoption = {adoption}
[sources.jira]
kind = "jira"
url = "http://127.0.0.1:9"
user = "reader@example.com"
projects = ["PAY", "SEC"]
audience = {{ SEC = ["val"] }}
[sources.github]
kind = "file"
paths = ["y.json"]
audience = {{ "acme/sec" = ["val"] }}
[sources.calendar]
kind = "file"
paths = ["z.json"]
audience = {{ vault = ["val"] }}
"""


def things():
    """Per scope: open, late and done work whose names hold the word, and what waits for it."""
    sec, pay = version(f"{CANARY} 2.0", release="2026-11-30", scope="SEC"), version(
        "2.0", release="2026-12-04", scope="PAY"
    )  # fmt: skip
    old = NOW - timedelta(days=60)
    late = issue("SEC-9", title=f"Rotate {CANARY} keys", due="2026-11-02", assignee="val",
                 milestones=(sec.key,), created_at=old, labels=(CANARY,),
                 url=f"https://t.test/{CANARY}")  # fmt: skip
    waits = issue("PAY-1", title="Refund flow", due="2026-11-24", milestones=(pay.key,),
                  created_at=old)  # fmt: skip
    done = issue("SEC-8", title=f"Old {CANARY}", phase=Phase.DONE, done_at=NOW - timedelta(hours=3),
                 created_at=old)  # fmt: skip
    pull = pull_request("acme/sec#1", title=f"Fix {CANARY}", state="merged", author="val",
                        merged_at=NOW - timedelta(hours=4))  # fmt: skip
    guests = tuple(
        Attendee(account=f"{who}@example.com", response="accepted") for who in ("dana", "pia")
    )
    ours = event("Checkout stand-up", NOW + timedelta(minutes=20), attendees=guests, scope="team")
    theirs = event(f"{CANARY} stand-up", NOW + timedelta(minutes=25), scope="vault")
    moved = change(late, "due", "2026-10-30", "2026-11-02", NOW - timedelta(hours=5))
    slipped = change(sec, "release", "2026-11-27", "2026-11-30", NOW - timedelta(hours=5))
    return {
        Scope("jira", "SEC"): Page(items=(sec, late, done), changes=(moved, slipped), last=True),
        Scope("jira", "PAY"): Page(items=(pay, waits), links=(link(waits, late),), last=True),
        Scope("github", "acme/sec"): Page(items=(pull,), last=True),
        Scope("calendar", "vault"): Page(items=(theirs,), last=True),
        Scope("calendar", "team"): Page(items=(ours,), last=True),
    }


def leaks(text: str) -> list[str]:
    """What of the hidden scopes is in it."""
    words = (CANARY, "SEC-", "acme/sec", "jira:SEC", "github:acme", "calendar:vault")
    return [
        text[max(0, at - 60) : at + 40]
        for word in words
        if (at := text.casefold().find(word.casefold())) >= 0
    ]


def opened(body: bytes) -> str:
    """Headers and every decoded part of a mail."""
    parsed = message_from_bytes(body, policy=default)
    parts = [part.get_content() for part in parsed.walk() if not part.is_multipart()]
    texts = [
        one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in parts
    ]
    names = [str(part.get_filename() or "") for part in parsed.walk()]
    return "\n".join([*map(str, parsed.values()), *names, *texts])
