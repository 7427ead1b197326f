"""Three simulated providers, and a configuration that reads part of what they show."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from syncd.demo.simulators.github import GitHubSimulator
from syncd.demo.simulators.google_calendar import GoogleCalendarSimulator
from syncd.demo.simulators.jira import JiraSimulator

GITHUB_TOKEN = "c4n4ry-simulated-github-token"
CONFIG = """
timezone = "UTC"
[sources.calendar]
kind = "google_calendar"
url = "{calendar}"
calendars = ["plan@example.com"]
[sources.github]
kind = "github"
url = "{github}"
repos = ["acme/ledger"]
[sources.jira]
kind = "jira"
url = "{jira}"
projects = ["PAY", "GONE"]
"""


class Done(NamedTuple):
    """What a command that ran in this process gave."""

    code: int
    out: str
    err: str


Call = Callable[..., Done]


class Providers:
    """The simulators, with two projects, two repositories and two calendars."""

    def __init__(self, now: datetime) -> None:
        self.jira = JiraSimulator("server", now=now).start()
        self.github = GitHubSimulator(now=now).start()
        self.calendar = GoogleCalendarSimulator(now=now).start()
        for key, name, issues in (("PAY", "Payments", 3), ("LED", "Ledger", 1)):
            self.jira.add_project(key, name)
            for number in range(issues):
                self.jira.add_issue(key, f"Part {number}", by="syncd")
        self.jira.edit("PAY-1", by="syncd", status="Done")
        self.github.add_token(GITHUB_TOKEN, "syncd-bot")
        for repo in ("acme/ledger", "acme/mobile"):
            self.github.add_repo(repo)
        self.github.open_issue("acme/ledger", "Something")
        self.calendar.add_calendar("plan@example.com", summary="Plan")
        self.calendar.add_calendar("freeze@example.com", summary="Freezes")
        self.key = self.calendar.service_account()

    def close(self) -> None:
        for simulator in (self.jira, self.github, self.calendar):
            simulator.stop()

    def configure(self, folder: Path, more: str = "") -> None:
        """Write `config/` with its secrets below the folder; `more` ends the file."""
        secrets = folder / "config" / "secrets"
        secrets.mkdir(parents=True)
        (folder / "config" / "syncd.toml").write_text(
            CONFIG.format(
                jira=self.jira.url, github=self.github.url, calendar=self.calendar.url
            )
            + more
        )  # fmt: skip
        for name, value in (
            ("jira__token", self.jira.token),
            ("github__token", GITHUB_TOKEN),
            ("calendar__credentials", self.key),
        ):
            path = secrets / f"sources__{name}"
            path.write_text(value)
            path.chmod(0o600)
