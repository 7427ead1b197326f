"""A warm process under `faults.c`, its mail server, and what must hold after whatever befell it."""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from installation import LATER, NOW, Outcome, cycle, put_back, slip, write_installation
from loopback_smtp import Loopback

from syncd.model.alerts import AlertState, MessageState
from syncd.store import care, open_store

SOURCE = Path(__file__).with_name("faults.c")


ALERTS, MAILS = 2, 4


def built(folder: Path) -> Path:
    """The library; the test is skipped where nothing can compile it."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("needs a C compiler (apt-get install gcc libc6-dev)")
    made = folder / "faults.so"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", str(made), str(SOURCE), "-ldl", "-lpthread"],
        check=True,
    )
    return made


class Postbox:
    """A real SMTP server on loopback that keeps the bytes of what it takes."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.controller = Loopback(self)
        self.controller.start()
        self.port = self.controller.bound

    async def handle_DATA(self, server, session, envelope) -> str:
        self.mails.append(envelope.content)
        return "250 taken"


def id_of(mail: bytes) -> str:
    """Its Message-ID."""
    return str(message_from_bytes(mail, policy=default)["Message-ID"])


class Crashes:
    """An installation between its first cycle and the second, as often as it is wanted."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.state = folder / "place", folder / "place" / "state"
        self.folder.mkdir()
        self.log = folder / "log"
        self.postbox = Postbox()
        write_installation(self.folder, self.postbox.port)
        cycle(self.folder, NOW)
        self.saved = folder / "saved"
        shutil.copytree(self.state, self.saved)
        slip(self.folder)
        warm = folder / "warm"
        warm.mkdir()
        write_installation(warm, self.postbox.port)
        env = {**os.environ, "LD_PRELOAD": str(built(folder)), "PYTHONHASHSEED": "0"}
        script = Path(__file__).with_name("installation.py")
        self._warm = subprocess.Popen(
            [sys.executable, str(script), str(warm), str(self.folder)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, env=env,
        )  # fmt: skip
        assert self._warm.stdout is not None
        assert self._warm.stdout.readline() == "ready\n"
        self.undisturbed = self._undisturbed()

    def _undisturbed(self) -> Counter[str]:
        self.begin()
        outcome = self.order("count")
        assert outcome.code == 0, outcome.words
        self.calls = outcome.calls
        sent = self.sent()
        assert len(sent) == MAILS
        assert set(sent.values()) == {1}
        return sent

    def begin(self) -> None:
        """The state after the first cycle, nothing sent."""
        put_back(self.saved, self.state)
        self.postbox.mails.clear()

    def order(self, mode: str, at: int = 0, *, error: int = 0, forever: bool = False,
              now: datetime = LATER) -> Outcome:  # fmt: skip
        """One cycle in a fork of the warm process; every cycle but the last begins anew."""
        order = {
            "mode": mode, "at": at, "error": error, "forever": int(forever),
            "folder": str(self.folder), "now": now.isoformat(), "log": str(self.log),
        }  # fmt: skip
        assert self._warm.stdin is not None
        assert self._warm.stdout is not None
        self._warm.stdin.write(json.dumps(order) + "\n")
        self._warm.stdin.flush()
        return Outcome(**json.loads(self._warm.stdout.readline()))

    def sent(self) -> Counter[str]:
        """Message-ID → how often the server has taken it; each time the same bytes."""
        first: dict[str, bytes] = {}
        for mail in self.postbox.mails:
            assert first.setdefault(id_of(mail), mail) == mail
        return Counter(map(id_of, self.postbox.mails))

    def recover(self) -> None:
        """The next cycle, with no help."""
        outcome = self.order("off")
        assert outcome.code == 0, outcome.words

    def require_nothing_lost(self, sent: Counter[str], *, repeats: int = 1) -> None:
        """Every mail went, at most so many twice; the store is whole and says the same."""
        assert sent.keys() == self.undisturbed.keys()
        again = sum(sent.values()) - len(sent)
        assert again <= repeats, f"{again} mails went twice"
        url, path = f"sqlite:///{self.state}/syncd.db", self.state / "syncd.db"
        care.examine(path)
        with closing(open_store(url, now=LATER, read_only=True)) as store:
            assert {one.state for one in store.messages()} == {MessageState.SENT}
            assert len(store.messages()) == len(self.undisturbed)
            firing = store.alerts(AlertState.FIRING)
            assert len(firing) == ALERTS
            assert all(len(store.history(one.fingerprint)) == 1 for one in firing)
            assert len(store.runs(10)) in (2, 3)

    def close(self) -> None:
        self._warm.kill()
        self._warm.communicate()
        self.postbox.controller.stop()


@contextmanager
def crashes_in(folder: Path) -> Iterator[Crashes]:
    """One for all tests of a file."""
    found = Crashes(folder)
    try:
        yield found
    finally:
        found.close()
