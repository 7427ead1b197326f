"""A small program of two teams on three simulated providers, a mail server, and the command."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path

import pytest
import warm
from loopback_smtp import Loopback
from ports import kept_port, let_go
from sections import AT_ONCE
from stage import GITHUB_TOKEN, Stage, built_stage, keep_secret

from syncd.demo.simulators.github import GitHubSimulator
from syncd.demo.simulators.google_calendar import GoogleCalendarSimulator
from syncd.demo.simulators.jira import JiraSimulator
from syncd.model.calendar import WorkingCalendar

CONFIG = """
timezone = "UTC"
[schedule]
every = "{every}"
jitter = "0s"
[sources.jira]
kind = "jira"
url = "{jira}"
user = "{user}"
projects = ["PAY", "LED"]
[sources.github]
kind = "github"
url = "{github}"
repos = ["acme/ledger"]
[sources.calendar]
kind = "google_calendar"
url = "{calendar}"
calendars = ["team@example.com"]
[teams.payments]
owns = ["jira:PAY"]
[teams.ledger]
owns = ["jira:LED", "github:acme/ledger"]
[programs.checkout]
name = "Checkout"
teams = ["payments", "ledger"]
[people.dana]
name = "Dana Li"
email = "dana@example.com"
role = "tpm"
programs = ["checkout"]
operator = true
[mail]
from = "syncd <syncd@example.com>"
smtp = {{ host = "127.0.0.1", port = {port}, tls = "none" }}
"""
CONFIG += AT_ONCE


# Bytecode is kept between the many commands of one test run, whatever the machine is set to.
ENVIRONMENT = {**os.environ, "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": ""}


class Postbox:
    """A real SMTP server on loopback that keeps what it takes; `pause` holds the n-th mail."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.moments: list[float] = []
        self.refuse = ""
        self.hold_after: int | None = None
        self.holding = threading.Event()
        self.controller = Loopback(self)
        self.controller.start()
        self.port = self.controller.bound

    async def handle_DATA(self, server, session, envelope) -> str:
        if self.refuse:
            return self.refuse
        self.moments.append(time.monotonic())
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        if self.hold_after is not None and len(self.mails) > self.hold_after:
            self.holding.set()
            while self.hold_after is not None:  # noqa: ASYNC110 - set by another thread
                await asyncio.sleep(0.02)
        return "250 taken"

    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.mails]

    def text(self, index: int = -1) -> str:
        return self.mails[index].get_body(("plain",)).get_content()


class Place:
    """The folder of one installation, its providers and its mail server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = datetime.now(UTC).replace(microsecond=0)
        before = self.now - timedelta(days=30)
        # Kept, since some are stopped and come back.
        self.ports = [kept_port() for _ in range(3)]
        self.jira = JiraSimulator("cloud", now=before).start(self.ports[0])
        self.github = GitHubSimulator(now=before).start(self.ports[1])
        self.calendar = GoogleCalendarSimulator(now=before).start(self.ports[2])
        self.postbox = Postbox()
        self._fill()
        self.configure()
        self._running: list[subprocess.Popen[str]] = []

    def day(self, offset: int):
        return WorkingCalendar().shift(self.now.date(), offset)

    def _fill(self) -> None:
        for login in ("mfox", "rosei"):
            self.jira.add_user(login, login)
        for key in ("PAY", "LED"):
            self.jira.add_project(key, key)
        self.api = self.jira.add_issue(
            "LED", "Ledger API v2", by="rosei", assignee="rosei", due=self.day(10)
        )
        self.capture = self.jira.add_issue(
            "PAY", "Capture on Ledger v2", by="mfox", assignee="mfox", due=self.day(12)
        )
        self.jira.link(self.capture, "is blocked by", self.api, by="mfox")
        self.github.add_token(GITHUB_TOKEN, "dli")
        self.github.add_repo("acme/ledger")
        self.pull = self.github.open_pull("acme/ledger", f"{self.api} write path", head="write")
        self.calendar.add_calendar("team@example.com")
        self.calendar.add_event("team@example.com", "Stand-up", self.now + timedelta(days=1))
        self.touch()

    def touch(self) -> None:
        """From here on the providers live in the present."""
        present = datetime.now(UTC)
        self.jira.now = self.github.now = self.calendar.now = present

    def configure(self, every: str = "15m", more: str = "") -> None:
        text = CONFIG.format(
            every=every, jira=self.jira.url, user=self.jira.user, github=self.github.url,
            calendar=self.calendar.url, port=self.postbox.port,
        )  # fmt: skip
        (self.folder / "syncd.toml").write_text(text + more)
        (self.folder / "secrets").mkdir(mode=0o700, exist_ok=True)
        keep_secret(self.folder, "jira", self.jira.token)
        keep_secret(self.folder, "github", GITHUB_TOKEN)
        keep_secret(self.folder, "calendar", self.calendar.service_account())

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "syncd", "-c", str(self.folder / "syncd.toml"), *words]

    def syncd(self, *words: str) -> subprocess.CompletedProcess[str]:
        """To its end, in a fork; `start` gives it a process of its own."""
        return warm.syncd(*self.command(*words)[3:], env=ENVIRONMENT)

    def start(self, *words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            self.command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=ENVIRONMENT,
        )  # fmt: skip
        self._running.append(process)
        return process

    def slip(self, days: int) -> None:
        """Ledger API v2 is now due so many working days from today."""
        self.touch()
        self.jira.edit(self.api, by="rosei", due=self.day(days))

    def close(self) -> None:
        for process in self._running:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.communicate()
        self.postbox.hold_after = None
        self.postbox.controller.stop()
        for simulator in (self.jira, self.github, self.calendar):
            simulator.stop()
        for port in self.ports:
            let_go(port)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = Place(tmp_path)
    yield found
    found.close()


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """Wait until a claim is true: long enough for a machine that does much else."""

    def wait(claim: Callable[[], object]) -> None:
        end = time.monotonic() + 180
        while not claim():
            assert time.monotonic() < end, "it did not come true in time"
            time.sleep(0.05)

    return wait


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """See `stage.py`. Shared: what a test does to it, it takes back."""
    yield from built_stage(tmp_path_factory.mktemp("primed"), tmp_path_factory.mktemp("twin"))


@pytest.fixture
def mended(stage: Stage) -> Iterator[None]:
    """Afterwards no provider misbehaves any more."""
    yield
    for simulator in stage.world.by_name.values():
        simulator.mend()
