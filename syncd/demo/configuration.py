"""The configuration that the demo writes and uses."""

from __future__ import annotations

from pathlib import Path

from syncd.demo.background import FREEZES, PLANS, World
from syncd.files import write_atomic

CONFIG = """\
# Written by `syncd demo`: three teams, their simulated providers, and who is told.
timezone = "Europe/Berlin"

[sources.jira]
kind = "jira"
url = "{jira}"
user = "{jira_user}"
projects = ["PAY", "LED", "MOB", "REL"]

[sources.github]
kind = "github"
url = "{github}"
repos = ["acme/payments-api", "acme/ledger", "acme/mobile-app"]

[sources.calendar]
kind = "google_calendar"
url = "{calendar}"
calendars = ["{plans}", "{freezes}"]

[teams.payments]
name = "Payments"
owns = ["jira:PAY", "jira:REL", "github:acme/payments-api"]
[teams.ledger]
name = "Ledger"
owns = ["jira:LED", "github:acme/ledger"]
[teams.mobile]
name = "Mobile"
owns = ["jira:MOB", "github:acme/mobile-app"]
timezone = "Asia/Singapore"

[programs.checkout]
name = "Checkout relaunch"
teams = ["payments", "ledger", "mobile"]
stakeholders = {{ exec = ["vp"] }}

[deliverables.checkout_v3]
name = "Checkout v3"
tier = "A"
match = [
  "jira:fixVersion=checkout-v3",
  "github:milestone=checkout-v3",
  "calendar:summary~'Checkout launch'",
]
gates = ["calendar:summary~'go / no-go'"]
teams = ["payments", "ledger", "mobile"]
owner = "dana"

[people.dana]
name = "Dana Li"
email = "dana@example.com"
role = "tpm"
programs = ["checkout"]
accounts = {{ jira = "dli", github = "dli" }}
operator = true
brief = "08:15"
[people.rosei]
name = "R. Osei"
email = "r.osei@example.com"
role = "lead"
team = "ledger"
timezone = "Europe/London"
accounts = {{ jira = "rosei", github = "rosei" }}
drift = {{ mode = "digest", at = ["11:00", "16:00"] }}
[people.wtan]
name = "W. Tan"
email = "w.tan@example.com"
role = "lead"
team = "mobile"
timezone = "Asia/Singapore"
quiet = "18:00-09:00"
accounts = {{ jira = "wtan", github = "wtan" }}
brief = "09:00"
[people.vp]
name = "S. Moreau"
email = "s.moreau@example.com"
role = "exec"
brief = {{ every = "Fri 08:00", audience = "lead" }}

[meetings.ledger_standup]
match = "calendar:summary~'Ledger stand-up'"
kind = "stand-up"
teams = ["ledger"]

[mail]
from = "syncd <syncd@example.com>"
to_outbox = true
"""


def write(directory: Path, world: World, github_token: str) -> Path:
    """Write syncd.toml and its secrets for the simulators; gives the path of the file."""
    secrets = directory / "secrets"
    secrets.mkdir(mode=0o700)
    for name, value in (
        ("sources__jira__token", world.jira.token),
        ("sources__github__token", github_token),
        ("sources__calendar__credentials", world.calendar.service_account()),
    ):
        write_atomic(secrets / name, value.encode())
    path = directory / "syncd.toml"
    text = CONFIG.format(
        jira=world.jira.url,
        jira_user=world.jira.user,
        github=world.github.url,
        calendar=world.calendar.url,
        plans=PLANS,
        freezes=FREEZES,
    )
    write_atomic(path, text.encode())
    return path
