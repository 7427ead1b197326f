"""A small pull, record and send cycle that dies at any statement, commit or mail, again and again.

In this process: `Crash` unwinds as nothing of ours catches it, and the next cycle goes on with what
is on the disk. `tests/e2e/test_crashes.py` does the same to whole processes, less often.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from syncd.alerts.delivery import deliver
from syncd.errors import DeliveryError
from syncd.interfaces import Page
from syncd.model.alerts import MessageState
from syncd.store import SqlStore, open_store
from syncd.testing.alert_store_contract import message, run, step
from syncd.testing.alerts import alert, finding
from syncd.testing.builders import AS_OF, issue
from syncd.testing.store_contract import PAY

SEEDS = range(4)
POINTS = int(os.environ.get("SYNCD_CRASH_POINTS", "10000")) // len(SEEDS)
AGAIN = 200
"""After so many crashes the store is closed, read as a whole, and begun anew."""
PEOPLE = ("dana", "kim")
MINUTE = timedelta(minutes=1)


class Crash(BaseException):
    """The process is gone."""


class World:
    """A store, a mail server, and a count of all that happens; at the chosen one it ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.counted, self.fatal = 0, 0
        self.sent: Counter[str] = Counter()
        self.bytes: dict[str, bytes] = {}
        self.now = AS_OF
        self.open()

    def open(self) -> None:
        self.store: SqlStore = open_store(
            f"sqlite:///{self.folder}/syncd.db", now=self.now, own=True
        )
        engine = self.store._engine
        event.listen(engine, "before_cursor_execute", lambda *_: self.meet())
        event.listen(engine, "commit", lambda _: self.meet())

    def meet(self) -> None:
        self.counted += 1
        if self.counted == self.fatal:
            raise Crash

    def clock(self):
        self.meet()
        self.now += MINUTE
        return self.now

    def send(self, message) -> None:
        self.meet()
        assert self.bytes.setdefault(message.message_id, message.body) == message.body
        if len(self.bytes) % 17 == 0 and message.attempts == 0:
            raise DeliveryError("451 later")
        self.sent[message.message_id] += 1
        self.meet()

    def cycle(self) -> None:
        """Read one more item, record the alert about it with its mails, send what is due."""
        at = self.clock()
        number = int(self.store.cursor(PAY) or 0)
        known = {one.fingerprint for one in self.store.alerts()}
        made = alert(finding(f"PAY-{number}"), number=number)
        if number and made.fingerprint not in known:
            mails = [
                replace(message(made, person=one), queued_at=at, send_after=at) for one in PEOPLE
            ]
            self.store.record(run(str(number), at), [step(made)], mails)
        else:
            page = Page(items=(issue(f"PAY-{number + 1}"),), last=True, cursor=str(number + 1))
            self.store.commit(PAY, page, at)
        deliver(self.store, {"mail": self}, at)  # type: ignore[dict-item]

    def in_doubt(self) -> set[str]:
        """Mails that were taken, which the store does not know: these are sent again."""
        waiting = self.store.messages(MessageState.WAITING)
        return {one.message_id for one in waiting} & self.sent.keys()

    def until_quiet(self) -> None:
        """Let it go on undisturbed until each alert is told of."""
        self.fatal = 0
        while True:
            before = self.store.messages(MessageState.WAITING)
            self.now += timedelta(hours=5)
            deliver(self.store, {"mail": self}, self.now)  # type: ignore[dict-item]
            if not before:
                return

    def require_whole(self) -> None:
        told = [one.fingerprint for one in self.store.alerts()]
        assert len(told) == len(self.store.runs(9999)), "a run without its alert"
        queued = Counter(one.alerts[0][0] for one in self.store.messages())
        assert queued == dict.fromkeys(told, len(PEOPLE)), (
            "an alert without its mails, or mails without it"
        )
        assert self.sent.keys() == {one.message_id for one in self.store.messages()}, (
            "a mail was lost"
        )


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    return tmp_path / "state"


@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", SEEDS)
def test_dead_at_any_statement_commit_or_mail(folder: Path, seed: int) -> None:
    print(f"seed {seed}")
    chance, world, crashes, began = random.Random(seed), World(folder), 0, time.monotonic()
    doubtful: set[str] = set()
    while crashes < POINTS:
        world.counted, world.fatal = 0, chance.randint(1, 40)
        try:
            while True:
                world.cycle()
        except Crash:
            crashes += 1
        world.fatal = 0
        before, doubtful = doubtful, world.in_doubt()
        assert len(doubtful - before) <= 1, f"seed {seed}, crash {crashes}: two mails in doubt"
        repeated = sum(world.sent.values()) - len(world.sent)
        assert repeated <= crashes % AGAIN or crashes % AGAIN == 0
        if crashes % AGAIN == 0:
            world.until_quiet()
            world.require_whole()
            world.store.check()
            world.store.close()
            for one in folder.iterdir():
                one.unlink()
            world.open()
            world.sent.clear()
            world.bytes.clear()
            doubtful = set()
    world.store.close()
    print(f"{crashes} crashes in {time.monotonic() - began:.0f} s")
