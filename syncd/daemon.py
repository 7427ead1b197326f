"""When to run: cycles as sources fall due, mails beside them, signals, one pass at a time."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import random
import signal
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from types import FrameType

from syncd import trouble_notes
from syncd.app import App, RunReport
from syncd.cycle_progress import CycleProgress
from syncd.errors import ConfigError, ConfigProblem, Stopped, StoreTooNew, SyncdError
from syncd.posting import LOOK, Post
from syncd.settings import ROLES, Settings
from syncd.settings.schema import BY_DEFAULT
from syncd.settings.timetable import upcoming
from syncd.systemd import tell
from syncd.trouble_notes import TroubleNote
from syncd.upkeep import back_up_if_due
from syncd.watching import Pulse, Watch

log = logging.getLogger(__name__)

PATIENCE = 5
"""Seconds that a stop leaves to the page or mail in hand; with a goodbye to the mail server it must
stay under the 10 of reliability.md O4."""

LONGEST_PAUSE = timedelta(hours=1)
"""After unexpected errors in a row the next cycle is pushed forward up to this."""

MEND = "correct it, then: syncd config validate; systemctl reload syncd"
"""What to do about a configuration that was refused."""

JUMP = 60.0
"""Seconds by which the wall clock may go another way than the time that passed."""


def present() -> datetime:
    """Aware UTC."""
    return datetime.now(UTC)


def pause_after(failures: int, every: timedelta) -> timedelta:
    """From the start of a cycle to that of the next: each failure in a row doubles it."""
    longest = max(every, LONGEST_PAUSE)
    # So many reach the longest pause; after a day of failures no timedelta could hold them all.
    doublings = min(failures, (longest // every).bit_length())
    return min(every * (1 << doublings), longest)


class _OutOfPatience(BaseException):
    """Ends whatever the main thread is in; open transactions roll back, mails are sent again."""


def serve(
    app: App,
    load: Callable[[], Settings],
    roles: Collection[str] = ROLES,
    *,
    clock: Callable[[], datetime] = present,
) -> int:
    """Run cycles until SIGTERM or SIGINT; gives the exit code 143 or 130.

    SIGHUP calls `load`, which raises ConfigError for a configuration that can't be used: then the
    old one stays. `app` must own its store, or its `part_of` the store. `roles` count with the
    engine procrastinate only. `clock` tells the present, and may jump.
    """
    if app.settings.serve.engine == "procrastinate":
        return _OneOfMany(app, load, roles, clock).run()
    return _Service(app, load, clock).run()


def part_of(settings: Settings) -> str:
    """What a process of the service owns of the store: all, "", unless there are others."""
    if settings.serve.engine == "local":
        return ""
    return f"process {os.getpid()} on {socket.gethostname()}"


class _Heartbeat:
    """Progress for machines: a line when a source begins to fail and when it is well again."""

    def __init__(self, moved: Callable[[], None]) -> None:
        self.failing: dict[str, str] = {}
        self._moved = moved

    def started(self, source: str) -> None:
        tell("WATCHDOG=1")
        log.debug("source.pull.start source=%s", source)

    def advanced(self, source: str, items: int, expected: int | None) -> None:
        tell("WATCHDOG=1")
        self._moved()
        log.debug("source.pull.page source=%s items=%d expected=%s", source, items, expected)

    def finished(self, source: str, changed: int, failure: SyncdError | None) -> None:
        if failure is not None:
            if source not in self.failing:
                log.warning("source.down source=%s error=%s", source, failure)
            self.failing[source] = str(failure)
        elif self.failing.pop(source, None) is not None:
            log.info("source.up source=%s changed=%d", source, changed)


class _Service:
    def __init__(
        self, app: App, load: Callable[[], Settings], clock: Callable[[], datetime]
    ) -> None:
        self.app, self.load, self.clock = app, load, clock
        app.batches = True
        app.stop = self.pulse = Pulse()
        self.reload = threading.Event()
        self.wake = threading.Event()
        self.exit_code = 0
        self.failures = 0
        self.started = False
        self.cycle_progress = CycleProgress(app.settings.state, clock)
        self.progress = _Heartbeat(self._moved)
        self.watch = Watch(app, clock)
        self.post = Post(app, clock, self.watch)
        self.seen = (clock(), time.monotonic())
        self.told: tuple[object, ...] = ()

    def run(self) -> int:
        with self._signals():
            with self._pages():
                trouble_notes.forget(self.app.settings.state / trouble_notes.CONFIG)
                log.info("service.start pid=%d", os.getpid())
                tell("READY=1", "STATUS=reading for the first time")
                self._look_at_keys()
                with contextlib.suppress(Stopped, _OutOfPatience):
                    self._work()
                left = signal.alarm(0)
                tell("STOPPING=1")
                self.app.stop.set()
                self.post.join(left if self.exit_code else PATIENCE)
                self.cycle_progress.ended()
            log.info("service.stop exit=%d", self.exit_code)
        return self.exit_code

    def _look_at_keys(self) -> None:
        """Say whose links are refused here. What ails the store is told by who works with it."""
        with contextlib.suppress(SyncdError):
            self.app.mailroom.note_key(self.clock())
            for check in self.app.mailroom.check_key(self.clock()):
                log.warning("links.differ error=%s hint=%s", check.text, check.fix)

    def _moved(self) -> None:
        """A page was taken in: a cycle may take as long as pages come."""
        if self.cycle_progress.pages_count:
            self.cycle_progress.advanced()
            self.watch.cycled()

    def _pages(self) -> AbstractContextManager[object]:
        """The server of the pages; without them of the probes, where they can be had.

        Raises SyncdError where pages are asked for and cannot be.
        """
        from syncd.web.server import Server  # noqa: PLC0415 - commands that serve nothing need none
        from syncd.web.site import probes, site  # noqa: PLC0415

        vitals, serve = self.watch.vitals(self.pulse), self.app.settings.serve
        if serve.address is not None:
            return Server(site(self.app, vitals, self.clock), serve.address)
        try:
            return Server(probes(vitals), BY_DEFAULT)
        except SyncdError as error:
            log.warning("web.off error=%s", error)
            return contextlib.nullcontext()

    def _work(self) -> None:
        self.post.start()
        due = time.monotonic()
        while not self.app.stop.is_set():
            if self.reload.is_set():
                self._reload()
            # After a jump, or a night in which the machine slept: at once, and once.
            if self._has_jumped() or time.monotonic() >= due:
                began = time.monotonic()
                pause = self._cycle()
                gc.collect()  # what is looked for too seldom while it works, to stay as small
                took = time.monotonic() - began
                due = max(began + pause, time.monotonic() + max(1.0, took / 10))
                self.post.wake()
            if not self.watch.is_cycle_missing:
                tell("WATCHDOG=1")
            self.wake.wait(max(0.0, min(LOOK, due - time.monotonic())))
            self.wake.clear()

    def _has_jumped(self) -> bool:
        (wall, passed), self.seen = self.seen, (self.clock(), time.monotonic())
        off = (self.seen[0] - wall).total_seconds() - (self.seen[1] - passed)
        if abs(off) < JUMP:
            return False
        log.warning("clock.jumped seconds=%.0f", off)
        return True

    def _cycle(self) -> float:
        """One cycle; gives the seconds from its start to that of the next."""
        every, began = self.app.settings.schedule.every, self.clock()
        self.cycle_progress.began(after_failure=self.failures > 0)
        try:
            report = self.app.run_once(
                began, progress=self.progress, only_due=self.started, posted=self.started
            )
        except (Stopped, StoreTooNew):
            raise
        except SyncdError as error:
            log.error("cycle.failed error=%s", error)  # noqa: TRY400 - expected: no traceback
            self._failed()
        except Exception:
            log.exception("cycle.crashed")
            self._failed()
        else:
            self.failures, self.started = 0, True
            self.cycle_progress.ended()
            self.watch.cycled()
            self._log_cycle(report)
            back_up_if_due(self.app.settings, datetime.now(UTC))
            # A source that stayed due was asked to wait: the usual interval is soon enough.
            times = upcoming(self.app.settings, self.app.store.freshness(), began)
            ahead = [at - began for at in times.values() if at > began]
            every = min([every, *ahead])
        pause = pause_after(self.failures, every)
        jitter = self.app.settings.schedule.jitter.total_seconds()
        return pause.total_seconds() + random.uniform(0, jitter)  # noqa: S311 - spreads load only

    def _failed(self) -> None:
        self.failures += 1
        # The next whole one is the end of this outage, and has its line.
        self.told = ()

    def _log_cycle(self, report: RunReport) -> None:
        """A line where something happened or is other than before; else it is in STATUS only."""
        run = report.run
        happened = run.transitions + len(report.queued)
        told = (run.findings, report.exit_code)
        log.log(
            logging.INFO if happened or told != self.told else logging.DEBUG,
            "cycle.done run=%s findings=%d transitions=%d queued=%d delivered=%d exit=%d",
            run.id, run.findings, run.transitions, len(report.queued), len(report.delivered),
            report.exit_code,
        )  # fmt: skip
        self.told = told
        tell(f"STATUS=last cycle {run.ended_at:%H:%M} UTC: {run.findings} findings, "
             f"exit {report.exit_code}")  # fmt: skip

    def _reload(self) -> None:
        self.reload.clear()
        try:
            self.app.reload(self.load())
        except SyncdError as error:
            problems = [f"{one.where} {one.path}: {one.message}" for one in _mistakes(error)]
            words = "; ".join(problems) or str(error)
            hint = MEND if problems else error.hint or MEND
            note = TroubleNote(at=self.clock(), text=words, hint=hint)
            trouble_notes.keep(self.app.settings.state / trouble_notes.CONFIG, note)
            log.error("config.rejected error=%s hint=%s", words, hint)  # noqa: TRY400 - the old one stays
        else:
            trouble_notes.forget(self.app.settings.state / trouble_notes.CONFIG)
            log.info("config.reloaded")

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        mine: dict[signal.Signals, Callable[[int, FrameType | None], None]] = {
            signal.SIGTERM: self._on_stop,
            signal.SIGINT: self._on_stop,
            signal.SIGHUP: self._on_reload,
            signal.SIGALRM: self._on_alarm,
        }
        before = {number: signal.signal(number, action) for number, action in mine.items()}
        try:
            yield
        finally:
            for number, action in before.items():
                signal.signal(number, action)

    def _on_stop(self, number: int, _: FrameType | None) -> None:
        self.exit_code = 128 + number
        self.app.stop.set()
        self.wake.set()
        signal.alarm(PATIENCE)

    def _on_reload(self, _number: int, _frame: FrameType | None) -> None:
        self.reload.set()
        self.wake.set()

    def _on_alarm(self, _number: int, _frame: FrameType | None) -> None:
        raise _OutOfPatience


class _OneOfMany(_Service):
    """A process that shares the work with others, by jobs in the database of the store."""

    def __init__(
        self,
        app: App,
        load: Callable[[], Settings],
        roles: Collection[str],
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__(app, load, clock)
        # Imported here: the libraries are an extra.
        from syncd.cluster import Cluster  # noqa: PLC0415

        self.roles, self.last_pass, self.is_blind = roles, "", False
        self.held = 0
        """Items that the store held when it was looked at last."""
        self.cluster = Cluster(
            app, roles, now=clock, progress=self.progress, failing=self.progress.failing
        )

    def _pages(self) -> AbstractContextManager[object]:
        return super()._pages() if "web" in self.roles else contextlib.nullcontext()

    def run(self) -> int:
        code = super().run()
        if self.cluster.is_busy:
            # Its threads cannot be cut off; whatever they are in is taken over by others.
            logging.shutdown()
            os._exit(code)
        return code

    def _work(self) -> None:
        with self.cluster:
            while not self.app.stop.is_set():
                if self.reload.is_set():
                    self._reload()
                self._look_on()
                # Passes may be missing for want of another process: no restart of this one helps.
                tell("WATCHDOG=1")
                self.wake.wait(LOOK)
                self.wake.clear()

    def _look_on(self) -> None:
        """Passes count whoever did them; one role tells operators when they are missing."""
        try:
            self.app.mailroom.note_key(self.clock())
            newest = next(iter(self.app.store.runs(1)), None)
            if newest is not None and newest.id != self.last_pass:
                self.last_pass = newest.id
                self.cycle_progress.ended()
                self.watch.cycled()
            if self.cycle_progress.pages_count:
                self._look_at_first_cycle()
            if "scheduler" in self.roles:
                self.watch.look()
        except SyncdError as error:
            log.warning("watch.failed error=%s", error)
            self.is_blind = True
        except Exception:
            log.exception("watch.crashed")
            self.is_blind = True
        else:
            if self.is_blind:
                log.info("watch.well")
            self.is_blind = False

    def _look_at_first_cycle(self) -> None:
        """Whoever reads, the store tells that pages come: this process may read nothing."""
        held = sum(fresh.items for fresh in self.app.store.freshness())
        if held != self.held:
            self.held = held
            self._moved()


def _mistakes(error: SyncdError) -> list[ConfigProblem]:
    problems = error.problems if isinstance(error, ConfigError) else ()
    return [problem for problem in problems if not problem.warning]
