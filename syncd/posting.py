"""Delivers and reads replies in a thread of its own, so that a slow mail server delays no pull."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from syncd.app import App
from syncd.errors import Stopped, SyncdError
from syncd.watching import Watch

log = logging.getLogger(__name__)

LOOK = 15.0
"""Seconds between two looks at mails that fall due, and at the service itself."""


class Post:
    """The thread; it also watches over the one that runs the cycles, which may be stuck."""

    def __init__(self, app: App, clock: Callable[[], datetime], watch: Watch) -> None:
        self._app, self._clock, self._watch = app, clock, watch
        self._wake = threading.Event()
        self._failing = False
        # A daemon: what hangs in a mail server must not keep the process from its end.
        self._thread = threading.Thread(target=self._run, name="post", daemon=True)

    def start(self) -> None:
        """Begin at once."""
        self._thread.start()

    def wake(self) -> None:
        """Something may be due."""
        self._wake.set()

    def join(self, seconds: float) -> None:
        """Wait for the mail in hand, if any, no longer than this; the stop must be set."""
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(max(0.2, seconds))

    def _run(self) -> None:
        while not self._app.stop.is_set():
            self._once()
            self._wake.wait(LOOK)
            self._wake.clear()

    def _once(self) -> None:
        try:
            self._app.read_inbox(self._clock(), when_due=True)
            self._app.deliver(self._clock())
            self._watch.look()
        except Stopped:
            pass
        except SyncdError as error:
            log.error("delivery.failed error=%s", error)  # noqa: TRY400 - expected: no traceback
            self._failing = True
        except Exception:
            log.exception("delivery.crashed")
            self._failing = True
        else:
            if self._failing:
                log.info("delivery.well")
            self._failing = False
