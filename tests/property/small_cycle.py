"""The smallest whole cycle on a real store: an item is read, an alert recorded, its mails sent."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, event

from syncd.alerts.delivery import deliver
from syncd.errors import DeliveryError
from syncd.interfaces import Page
from syncd.model.alerts import MessageState
from syncd.store import SqlStore, open_store
from syncd.testing.alert_store_contract import message, run, step
from syncd.testing.alerts import alert, finding
from syncd.testing.builders import AS_OF, issue
from syncd.testing.store_contract import PAY

PEOPLE = ("dana", "kim")
MINUTE = timedelta(minutes=1)
MEMORY = Path("/dev/shm")


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """Of a process that dies all is left that it wrote, flushed or not: no disk is needed."""
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as made:
        yield Path(made)


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
        url = f"sqlite:///{self.folder}/syncd.db"
        open_store(url, now=self.now, own=True).close()
        self.empty = (self.folder / "syncd.db").read_bytes()
        self.store: SqlStore = open_store(url, now=self.now, own=True)
        event.listen(self.engine, "before_cursor_execute", lambda *_: self.meet())
        event.listen(self.engine, "commit", lambda _: self.meet())

    @property
    def engine(self) -> Engine:
        return self.store._engine

    def begin_anew(self) -> None:
        """Nothing was ever read or sent; the statements that are compiled stay."""
        self.engine.dispose()
        for beside in self.folder.glob("syncd.db-*"):
            beside.unlink()
        (self.folder / "syncd.db").write_bytes(self.empty)
        self.sent.clear()
        self.bytes.clear()

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
        if self.store.next_number() == number:
            made = alert(finding(f"PAY-{number}"), number=number)
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
