"""Each exit code of the contract (experience.md §1.3), given by a real process for a real reason."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from test_cli import HEADER, issue, syncd

from syncd.demo.simulators.github import GitHubSimulator
from syncd.store import open_store

GITHUB = """
[sources.{name}]
kind = "github"
url = "{url}"
repos = ["acme/ledger"]
"""
FILE = """
[sources.{name}]
kind = "file"
paths = ["{path}"]
"""
REFUSED, LIMITED, THERE, LOST = "refused", "limited", "there", "lost"
READING = {
    0: (THERE,),
    3: (THERE, LOST),
    4: (THERE, LIMITED, REFUSED, LOST),
    7: (LIMITED,),
}
"""Exit code of a pull → what its sources are. 7 is for what mends itself alone."""


class Bench:
    """Folders with a configuration each, on one file and two servers that refuse."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.servers = {name: GitHubSimulator(now=datetime.now(UTC)).start()
                        for name in (REFUSED, LIMITED)}  # fmt: skip
        for server in self.servers.values():
            server.add_token("simulated-token", "dli")
            server.add_repo("acme/ledger")
        self.servers[REFUSED].revoke("simulated-token")
        self.servers[LIMITED].fail(status=429, headers={"Retry-After": "3600"})

    def place(self, name: str, *sources: str, more: str = "") -> Path:
        place = self.folder / name
        (place / "config" / "secrets").mkdir(parents=True)
        text = 'timezone = "UTC"\n'
        for source in sources:
            if source in self.servers:
                text += GITHUB.format(name=source, url=self.servers[source].url)
                token = place / "config" / "secrets" / f"sources__{source}__token"
                token.write_text("simulated-token")
                token.chmod(0o600)
            else:
                text += FILE.format(name=source, path=f"{source}.csv")
        (place / "config" / "syncd.toml").write_text(text + more)
        late = HEADER + issue("PAY-142", "Capture", date.today() - timedelta(days=9))
        (place / "config" / f"{THERE}.csv").write_text(late)
        return place

    def close(self) -> None:
        for server in self.servers.values():
            server.stop()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    made = Bench(tmp_path_factory.mktemp("codes"))
    yield made
    made.close()


@pytest.mark.parametrize("code", READING)
def test_of_a_pull_the_worst_that_a_person_must_mend(bench: Bench, code: int) -> None:
    place = bench.place(f"pull-{code}", *READING[code])
    done = syncd(place, "sync")
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


def test_of_drift_and_of_what_keeps_a_command_from_its_work(bench: Bench) -> None:
    place = bench.place("drift", THERE)
    assert syncd(place, "status").returncode == 1, "nothing was read yet"
    url = f"sqlite:///{place}/config/var/syncd.db"
    with closing(open_store(url, now=datetime.now(UTC), own=True)):
        assert syncd(place, "run").returncode == 6
    gate = ("reconcile", "--fail-on", "low")
    assert syncd(place, *gate).returncode == 10
    assert syncd(place, *gate, "--fail-off").returncode == 2
    file = place / "config" / "syncd.toml"
    file.write_text(file.read_text() + FILE.format(name=LOST, path=f"{LOST}.csv"))
    assert syncd(place, *gate).returncode == 3, "an incomplete answer outranks drift"
    file.write_text(file.read_text() + "nonsense = 1\n")
    assert syncd(place, *gate).returncode == 5


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """Who runs the tests in the background has them ignore SIGINT, and what they start as well."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_in_the_middle_of_a_page(bench: Bench, number: signal.Signals, code: int) -> None:
    place = bench.place(f"signal-{code}", REFUSED)
    server = bench.servers[REFUSED]
    slow, before = server.fail(delay=90.0), len(server.requests)
    with subprocess.Popen(
        [sys.executable, "-m", "syncd", "sync"], cwd=place, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        end = time.monotonic() + 180
        while len(server.requests) == before:
            assert time.monotonic() < end
            time.sleep(0.02)
        process.send_signal(number)
        out, errors = process.communicate(timeout=60)
    server.mend(slow)
    assert (process.returncode, out) == (code, "")
    assert errors.endswith("the store is consistent.\n")
    assert "Traceback" not in errors
