"""When to run: a cycle every few minutes, mails as they fall due, signals, one thing at a time."""

from __future__ import annotations

import contextlib
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

from syncd.app import App, RunReport
from syncd.errors import ConfigError, ConfigProblem, Stopped, StoreTooNew, SyncdError
from syncd.settings import ROLES, Settings

log = logging.getLogger(__name__)

LOOK = 15.0
"""Seconds between two looks at mails that fall due and at the watchdog."""

PATIENCE = 5
"""Seconds that a stop leaves to the page or mail in hand; with a goodbye to the mail server it must
stay under the 10 of reliability.md O4."""

LONGEST_PAUSE = timedelta(hours=1)
"""After unexpected errors in a row the next cycle is pushed forward up to this."""


class _OutOfPatience(BaseException):
    """Ends whatever the main thread is in; open transactions roll back, mails are sent again."""


def serve(app: App, load: Callable[[], Settings], roles: Collection[str] = ROLES) -> int:
    """Run cycles until SIGTERM or SIGINT; gives the exit code 143 or 130.

    SIGHUP calls `load`, which raises ConfigError for a configuration that can't be used: then the
    old one stays. `app` must own its store, or its `part_of` the store. `roles` count with the
    engine procrastinate only.
    """
    if app.settings.serve.engine == "procrastinate":
        return _OneOfMany(app, load, roles).run()
    return _Service(app, load).run()


def part_of(settings: Settings) -> str:
    """What a process of the service owns of the store: all, "", unless there are others."""
    if settings.serve.engine == "local":
        return ""
    return f"process {os.getpid()} on {socket.gethostname()}"


class _Heartbeat:
    """Progress for machines: a line when a source begins to fail and when it is well again."""

    def __init__(self) -> None:
        self.failing: dict[str, str] = {}

    def started(self, source: str) -> None:
        _tell_systemd("WATCHDOG=1")
        log.debug("source.pull.start source=%s", source)

    def advanced(self, source: str, items: int, expected: int | None) -> None:
        _tell_systemd("WATCHDOG=1")
        log.debug("source.pull.page source=%s items=%d expected=%s", source, items, expected)

    def finished(self, source: str, changed: int, failure: SyncdError | None) -> None:
        if failure is not None:
            if source not in self.failing:
                log.warning("source.down source=%s error=%s", source, failure)
            self.failing[source] = str(failure)
        elif self.failing.pop(source, None) is not None:
            log.info("source.up source=%s changed=%d", source, changed)


class _Service:
    def __init__(self, app: App, load: Callable[[], Settings]) -> None:
        self.app, self.load = app, load
        app.batches = True
        self.reload = threading.Event()
        self.wake = threading.Event()
        self.exit_code = 0
        self.failures = 0
        self.started = False
        self.progress = _Heartbeat()

    def run(self) -> int:
        with self._signals():
            with self._pages():
                log.info("service.start pid=%d", os.getpid())
                _tell_systemd("READY=1")
                with contextlib.suppress(Stopped, _OutOfPatience):
                    self._loop()
                signal.alarm(0)
                _tell_systemd("STOPPING=1")
            log.info("service.stop exit=%d", self.exit_code)
        return self.exit_code

    def _pages(self) -> AbstractContextManager[object]:
        """The server of the pages, where there is to be one. Raises SyncdError."""
        address = self.app.settings.serve.address
        if address is None or self.app.mailroom.desk is None:
            return contextlib.nullcontext()
        from syncd.web.server import Server  # noqa: PLC0415 - only where pages are asked for
        from syncd.web.site import site  # noqa: PLC0415

        return Server(
            site(
                lambda: self.app.settings, lambda: self.app.mailroom.desk, lambda: datetime.now(UTC)
            ),
            address,
        )

    def _loop(self) -> None:
        due = time.monotonic()
        while not self.app.stop.is_set():
            if self.reload.is_set():
                self._reload()
            if time.monotonic() >= due:
                pause = self._cycle()
                due = time.monotonic() + pause
            else:
                self._deliver()
            _tell_systemd("WATCHDOG=1")
            self.wake.wait(max(0.0, min(LOOK, due - time.monotonic())))
            self.wake.clear()

    def _cycle(self) -> float:
        """One cycle; gives the seconds until the next."""
        every = self.app.settings.schedule.every
        try:
            report = self.app.run_once(
                datetime.now(UTC), progress=self.progress, only_due=self.started
            )
        except (Stopped, StoreTooNew):
            raise
        except SyncdError as error:
            log.error("cycle.failed error=%s", error)  # noqa: TRY400 - expected: no traceback
            self.failures += 1
        except Exception:
            log.exception("cycle.crashed")
            self.failures += 1
        else:
            self.failures, self.started = 0, True
            _log_cycle(report)
        pause: timedelta = min(every * 2**self.failures, max(every, LONGEST_PAUSE))
        jitter = self.app.settings.schedule.jitter.total_seconds()
        return pause.total_seconds() + random.uniform(0, jitter)  # noqa: S311 - spreads load only

    def _deliver(self) -> None:
        try:
            self.app.read_inbox(datetime.now(UTC), when_due=True)
            self.app.deliver(datetime.now(UTC))
        except Stopped:
            raise
        except SyncdError as error:
            log.error("delivery.failed error=%s", error)  # noqa: TRY400 - expected: no traceback
        except Exception:
            log.exception("delivery.crashed")

    def _reload(self) -> None:
        self.reload.clear()
        try:
            self.app.reload(self.load())
        except SyncdError as error:
            problems = [f"{one.where} {one.path}: {one.message}" for one in _mistakes(error)]
            words = "; ".join(problems) or str(error)
            log.error("config.rejected error=%s", words)  # noqa: TRY400 - the old one stays
        else:
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

    def __init__(self, app: App, load: Callable[[], Settings], roles: Collection[str]) -> None:
        super().__init__(app, load)
        # Imported here: the libraries are an extra.
        from syncd.cluster import Cluster  # noqa: PLC0415

        self.roles = roles
        self.cluster = Cluster(
            app,
            roles,
            now=lambda: datetime.now(UTC),
            progress=self.progress,
            failing=self.progress.failing,
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

    def _loop(self) -> None:
        with self.cluster:
            while not self.app.stop.is_set():
                if self.reload.is_set():
                    self._reload()
                _tell_systemd("WATCHDOG=1")
                self.wake.wait(LOOK)
                self.wake.clear()


def _mistakes(error: SyncdError) -> list[ConfigProblem]:
    problems = error.problems if isinstance(error, ConfigError) else ()
    return [problem for problem in problems if not problem.warning]


def _log_cycle(report: RunReport) -> None:
    log.info(
        "cycle.done run=%s findings=%d transitions=%d queued=%d delivered=%d exit=%d",
        report.run.id,
        report.run.findings,
        report.run.transitions,
        len(report.queued),
        len(report.delivered),
        report.exit_code,
    )


def _tell_systemd(state: str) -> None:
    """Say something to the service manager, where there is one (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaker:
        speaker.sendto(state.encode(), address)
