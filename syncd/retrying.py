"""The only retry policy: by error class, honouring what the provider asks for."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

import tenacity
from tenacity.nap import sleep as nap
from tenacity.nap import sleep_using_event

from syncd.errors import RateLimited, SourceError

LONGEST_SLEEP = 60.0
"""A longer wait is not slept: the error goes to the store, which keeps `retry_at`."""
NO_HINT = timedelta(minutes=15)
"""For so long nothing is asked of a provider that asks to wait and does not say how long."""
TRIES = 5
JITTER = 0.1
HASTE = 2.0
"""Seconds of trying that a person is asked to wait for: one more try."""

_hurried: ContextVar[tuple[type[SourceError], ...]] = ContextVar("hurried", default=())


@contextmanager
def in_haste(*kinds: type[SourceError]) -> Iterator[None]:
    """While a person waits for this thread `retrying` gives such errors `HASTE` seconds at most."""
    before = _hurried.set(kinds)
    try:
        yield
    finally:
        _hurried.reset(before)


def retrying(
    budget: float,
    *,
    sleep: Callable[[float], None] | None = None,
    stop: threading.Event | None = None,
) -> tenacity.Retrying:
    """A caller for idempotent requests: `retrying(60)(fetch, page)`.

    Tries again after errors that say `retryable`, at most 5 times and while the waits fit into
    `budget` seconds; then raises the last error itself. A hint is kept to, plus up to 10 %; without
    one the waits are 1, 2, 4, 8 s, plus up to 10 %. A hint above 60 s is raised at once. When
    `stop` is set, a wait ends and the error is raised. `sleep` replaces sleeping, for tests. See
    also `in_haste`.
    """
    ends = tenacity.stop_after_attempt(TRIES) | tenacity.stop_before_delay(budget)
    ends |= _PersonWaits()
    if stop is not None:
        ends |= tenacity.stop_when_event_set(stop)
    waits = sleep or (sleep_using_event(stop) if stop is not None else nap)
    return tenacity.Retrying(
        retry=tenacity.retry_if_exception(_is_worth_it),
        wait=_wait,
        stop=ends,
        sleep=waits,
        reraise=True,
    )


def hint(error: BaseException) -> float | None:
    """Seconds that an error asks to wait; None where it says nothing."""
    return error.retry_after if isinstance(error, RateLimited) else None


def _is_worth_it(error: BaseException) -> bool:
    if not (isinstance(error, SourceError) and error.retryable):
        return False
    return (hint(error) or 0.0) <= LONGEST_SLEEP


class _PersonWaits(tenacity.stop.stop_base):
    """Ends what would keep somebody waiting: see `in_haste`."""

    def __call__(self, state: tenacity.RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        spent = (state.seconds_since_start or 0.0) + state.upcoming_sleep
        return isinstance(error, _hurried.get()) and spent >= HASTE


def _wait(state: tenacity.RetryCallState) -> float:
    asked = hint(error) if state.outcome and (error := state.outcome.exception()) else None
    # "Retry-After: 0" still gets a pause: no loop may run without one.
    seconds = 2.0 ** (state.attempt_number - 1) if asked is None else max(asked, 1.0)
    return seconds * random.uniform(1.0, 1.0 + JITTER)  # noqa: S311 # spreads load, guards nothing
