"""The service looks after itself: signs of life, cycles, mail, backups; tells who can help."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from syncd.alerts.routing import operator_notices
from syncd.app import App
from syncd.errors import SyncdError
from syncd.metrics import exposition
from syncd.model.alerts import Notification
from syncd.model.people import Person
from syncd.selfcheck import (
    Part,
    Trouble,
    backup_troubles,
    cycle_trouble,
    mail_troubles,
    patience,
)
from syncd.vitals import Vitals

log = logging.getLogger(__name__)

EVERY = 60.0
"""Seconds between two looks."""


class Pulse(threading.Event):
    """The stop of the service. Whatever works in its main thread asks for it often: it is alive."""

    def __init__(self) -> None:
        super().__init__()
        self._asked_at = time.monotonic()

    def is_set(self) -> bool:
        """As `Event.is_set`."""
        if threading.current_thread() is threading.main_thread():
            self._asked_at = time.monotonic()
        return super().is_set()

    @property
    def silent_for(self) -> float:
        """Seconds since the main thread asked last."""
        return time.monotonic() - self._asked_at


class Watch:
    """What is wrong with the service, by the monotonic clock where time counts."""

    def __init__(self, app: App, clock: Callable[[], datetime]) -> None:
        self._app, self._clock = app, clock
        self._cycled_at = time.monotonic()
        self._looked_at = 0.0
        self._troubles: tuple[Trouble, ...] = ()
        self._told: set[str] = set()

    def cycled(self) -> None:
        """A whole cycle has ended, or one that goes on took in a page."""
        self._cycled_at = time.monotonic()

    @property
    def is_cycle_missing(self) -> bool:
        """Whether none ended for too long, since the start at the earliest."""
        allowed = patience(self._app.settings).total_seconds()
        return time.monotonic() - self._cycled_at > allowed

    def look(self) -> None:
        """See what is wrong now; new trouble is a line, and a mail to operators once a day."""
        if self._looked_at and time.monotonic() - self._looked_at < EVERY:
            return
        self._looked_at, now = time.monotonic(), self._clock()
        found = (
            *self._cycle(), *mail_troubles(self._app.store, now),
            *backup_troubles(self._app.settings),
        )  # fmt: skip
        known = {trouble.part for trouble in self._troubles}
        for trouble in found:
            if trouble.part not in known:
                log.error("service.unwell part=%s error=%s", trouble.part, trouble.text)
        for part in sorted(known - {trouble.part for trouble in found}):
            log.info("service.well part=%s", part)
        self._troubles = found
        for trouble in found:
            key = f"self-check {trouble.part} {now:%Y-%m-%d}"
            if key not in self._told:
                self._app.tell(partial(_notices, trouble, key), now)
                self._told.add(key)

    def vitals(self, pulse: Pulse) -> Vitals:
        """What the service tells machines of itself."""
        app = self._app
        return Vitals(
            silent_for=lambda: pulse.silent_for,
            ready=self._ready,
            metrics=lambda: exposition(app.store, app.settings, self._clock(), self._parts()),
        )

    def _cycle(self) -> tuple[Trouble, ...]:
        if not self.is_cycle_missing:
            return ()
        last = next(iter(self._app.store.runs(1)), None)
        return (cycle_trouble(last.ended_at if last else None),)

    def _parts(self) -> set[Part]:
        missing = {Part.CYCLE} if self.is_cycle_missing else set()
        return missing | {trouble.part for trouble in self._troubles} - {Part.CYCLE}

    def _ready(self) -> str:
        try:
            self._app.store.runs(1)
        except SyncdError as error:
            return str(error)
        return ""


def _notices(
    trouble: Trouble, key: str, people: Sequence[Person], as_of: datetime
) -> tuple[Notification, ...]:
    lines = (f"It looked at {as_of:%Y-%m-%d %H:%M} UTC.", f"What to do: {trouble.hint}")
    return operator_notices(people, f"syncd is unwell: {trouble.text}", lines, key=key, as_of=as_of)
