"""`syncd init` on a terminal, against the simulators: each step is tested before the next."""

from __future__ import annotations

import os
import re
import select
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from providers import GITHUB_TOKEN, Providers
from snapshots import check_screen

from syncd import plugins
from syncd.settings import load

# A new session has no terminal until it opens one: getpass asks for it by name. What runs in the
# background ignores Ctrl-C, and so would what it starts.
LAUNCH = (
    "import fcntl, os, signal, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "signal.signal(signal.SIGINT, signal.SIG_DFL); "
    "os.execv(sys.executable, [sys.executable, '-m', 'syncd', *sys.argv[1:]])"
)
PATIENCE = 180.0
OF_THIS_PYTHON = re.compile(r"    ! Python .*\n      .*\n")
"""Said of some versions only."""


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.master, slave = os.openpty()
        env = {name: value for name, value in os.environ.items() if not name.startswith("SYNCD_")}
        self.process = subprocess.Popen(
            [sys.executable, "-c", LAUNCH, *arguments], cwd=folder, env=env | {"TERM": "dumb"},
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        self.shown = ""
        self._read = 0

    def answer(self, question: str, text: str) -> None:
        """Wait for the question, then type."""
        self.until(question)
        os.write(self.master, f"{text}\n".encode())

    def until(self, words: str) -> None:
        """Read on until the words were shown."""
        deadline = time.monotonic() + PATIENCE
        while words not in self.shown[self._read :]:
            assert self._more(deadline), f"{words!r} was not shown:\n{self.shown}"
        self._read = self.shown.index(words, self._read) + len(words)

    def interrupt(self) -> None:
        """Ctrl-C once it sleeps at its prompt: Python would see one between words and read late."""
        deadline = time.monotonic() + PATIENCE
        while "\nState:\tS" not in Path(f"/proc/{self.process.pid}/status").read_text():
            assert time.monotonic() < deadline, f"it does not wait for an answer:\n{self.shown}"
            time.sleep(0.01)
        os.write(self.master, b"\x03")

    def ended(self) -> int:
        """Read to the end; gives the exit code."""
        while self._more(time.monotonic() + PATIENCE):
            pass
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(PATIENCE)
        os.close(self.master)

    def _more(self, deadline: float) -> bool:
        ready, _, _ = select.select([self.master], [], [], max(0.0, deadline - time.monotonic()))
        try:
            data = os.read(self.master, 65536) if ready else b""
        except OSError:  # how a terminal says that nobody is there any more
            return False
        self.shown += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)


@pytest.fixture
def terminal(tmp_path: Path, providers: Providers) -> Iterator[Terminal]:
    key = tmp_path / "key.json"
    key.write_text(providers.key)
    made = Terminal(
        tmp_path, "init", "--github-url", providers.github.url,
        "--calendar-url", providers.calendar.url,
    )  # fmt: skip
    yield made
    made.close()


@pytest.fixture
def providers() -> Iterator[Providers]:
    made = Providers(datetime.now(UTC))
    yield made
    made.close()


def test_the_whole_wizard(tmp_path: Path, providers: Providers, terminal: Terminal) -> None:
    file = tmp_path / "config" / "syncd.toml"
    terminal.answer("1/5 Where do issues live: jira, github or none [jira]", "")
    terminal.answer("Address of Jira", providers.jira.url)
    terminal.answer("Jira Cloud: mail address", "")
    terminal.answer("Token (input hidden", "wrong")
    terminal.until("✗")
    assert not file.exists(), "a credential that is refused is not kept"
    terminal.answer("Address of Jira", providers.jira.url)
    terminal.answer("Jira Cloud: mail address", "")
    terminal.answer("Token (input hidden", providers.jira.token)
    terminal.until("✓ signed in; it sees 2 projects")
    terminal.until("1  PAY Payments  2 open")
    terminal.until("2  LED Ledger  1 open")
    terminal.answer("Which are of this program", "1 led")
    terminal.until("2/5 Read GitHub?")
    assert "[sources.jira]" in file.read_text(), "saved before the next step is asked"
    os.write(terminal.master, b"y\n")
    terminal.answer("Token (input hidden", GITHUB_TOKEN)
    terminal.until("acme/ledger  1 open")
    terminal.answer("Which are of this program", "*")
    terminal.answer("3/5 Google Calendar", "key.json")
    terminal.until("plan@example.com Plan")
    terminal.answer("Which are of this program", "2")
    terminal.until("4/5 Team of jira:PAY\n")
    terminal.answer("Its name (-: no team) [Payments]", "")
    terminal.answer("More of theirs", "")
    terminal.until("4/5 Team of jira:LED, github:acme/ledger\n")
    terminal.answer("[Ledger]", "")
    terminal.answer("More of theirs", "github:acme/mobile")
    terminal.answer("5/5", "dana@example.com")
    terminal.answer("Name:", "Dana Li")
    terminal.answer("Role", "")
    terminal.answer("Name of the program", "Checkout")
    terminal.answer("5/5", "")
    terminal.answer("Mail server", "")
    assert terminal.ended() == 0, terminal.shown
    check_screen("init", OF_THIS_PYTHON.sub("", terminal.shown), width=80)
    found = load(file, {}, catalog=plugins)
    assert found.teams["ledger"].owns == ("jira:LED", "github:acme/ledger", "github:acme/mobile")
    assert found.people["dana"].programs == ("main",)
    secrets = sorted(path for path in (tmp_path / "config" / "secrets").glob("sources__*"))
    assert [path.name for path in secrets] == [
        "sources__calendar__credentials", "sources__github__token", "sources__jira__token",
    ]  # fmt: skip
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in secrets)
    for secret in (providers.jira.token, GITHUB_TOKEN):
        assert secret not in terminal.shown + file.read_text()


def test_github_may_be_where_issues_live(
    tmp_path: Path, providers: Providers, terminal: Terminal
) -> None:
    terminal.answer("1/5 Where do issues live", "bugzilla")
    terminal.answer("1/5 Where do issues live", "GitHub")
    terminal.answer("Token (input hidden", GITHUB_TOKEN)
    terminal.answer("Which are of this program", "acme/ledger")
    terminal.until("2/5 Repositories: those of step 1")
    terminal.answer("3/5", "")
    terminal.answer("Its name (-: no team) [ledger]", "")
    terminal.answer("More of theirs", "")
    terminal.until("5/5")
    terminal.interrupt()
    assert terminal.ended() == 130, terminal.shown
    found = load(tmp_path / "config" / "syncd.toml", {}, catalog=plugins)
    assert found.sources.keys() == {"github"}
    assert found.teams["ledger"].owns == ("github:acme/ledger",)
    assert not providers.jira.requests


def test_an_interrupt_keeps_what_was_tested_and_the_next_init_goes_on(
    tmp_path: Path, providers: Providers, terminal: Terminal
) -> None:
    terminal.answer("1/5 Where do issues live", "jira")
    terminal.answer("Address of Jira", providers.jira.url)
    terminal.answer("Jira Cloud: mail address", "")
    terminal.answer("Token (input hidden", providers.jira.token)
    terminal.answer("Which are of this program", "PAY")
    terminal.until("2/5 Read GitHub?")
    terminal.interrupt()
    assert terminal.ended() == 130, terminal.shown
    assert "Interrupted; what was tested is kept" in terminal.shown
    file = tmp_path / "config" / "syncd.toml"
    before = file.read_text()
    assert load(file, {}, catalog=plugins).sources["jira"].kind == "jira"
    again = Terminal(tmp_path, "init")
    try:
        again.until("1/5 Jira: [sources.jira] is there already, kept")
        again.answer("2/5 Read GitHub?", "")
        again.answer("3/5 Google", "")
        again.answer("Its name (-: no team) [PAY]", "Payments")
        again.answer("More of theirs", "")
        again.until("5/5")
        again.interrupt()
        assert again.ended() == 130
    finally:
        again.close()
    assert file.read_text().startswith(before)
    assert load(file, {}, catalog=plugins).teams["payments"].owns == ("jira:PAY",)
