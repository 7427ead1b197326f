"""Asks connectors and notifiers how they are, whatever happens on the way."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from functools import partial

from syncd import trouble_notes
from syncd.errors import ConfigError, SourceError, SyncdError
from syncd.interfaces import Check, Clocked, Connector, Mark, Notifier, Store
from syncd.model.alerts import MessageState
from syncd.model.remarks import FOREIGN
from syncd.pulling import SKEW
from syncd.retrying import in_haste
from syncd.settings import Settings
from syncd.store.files import backed_up_at, newest_backup, successor
from syncd.store.opening import path_of
from syncd.store.schema import SCHEMA

log = logging.getLogger(__name__)

OTHERS = ("inbox", "links", "store", "notes")
"""What can be tested besides sources and notifiers."""
SET_CLOCK = "set the clock of this machine, for example with systemd-timesyncd"


def sections(
    sources: Mapping[str, Callable[[], Connector]],
    notifiers: Callable[[], Mapping[str, Notifier]],
    others: Mapping[str, Callable[[], Iterator[Check]]],
    names: Sequence[str],
    writes_on: Callable[[str], str],
    *,
    clock: Callable[[], datetime],
) -> Iterator[tuple[str, Check]]:
    """(section, check) of what is named, of a source with what writes on its items; else of all.

    What cannot even be built is told of in its turn: it must not hide what the others say.
    """
    chosen = {name: build for name, build in sources.items() if not names or name in names}
    yield from of_sources(chosen, clock)
    ways: Mapping[str, Notifier] = {}
    try:
        ways = notifiers()
    except ConfigError as error:
        yield "notifiers", _failed(error)
    for name, notifier in sorted(ways.items()):
        if not names or name in names or writes_on(name) in names:
            yield from ((name, check) for check in guarded(notifier.check))
    for name, ask in others.items():
        if not names or name in names:
            yield from ((name, check) for check in guarded(ask))


def of_sources(
    sources: Mapping[str, Callable[[], Connector]], clock: Callable[[], datetime]
) -> Iterator[tuple[str, Check]]:
    """(source, check) in the order given; all are asked side by side."""
    answers: dict[str, Future[tuple[Check, ...]]] = {name: Future() for name in sources}
    for name, build in sources.items():
        work = partial(_answer, answers[name], build, clock)
        # Daemons: whoever presses Ctrl-C does not wait for a provider.
        threading.Thread(target=work, name=f"check {name}", daemon=True).start()
    for name, answer in answers.items():
        yield from ((name, check) for check in answer.result())


def _answer(
    answer: Future[tuple[Check, ...]], build: Callable[[], Connector], clock: Callable[[], datetime]
) -> None:
    try:
        answer.set_result(checks_of(build, clock))
    except BaseException as error:  # noqa: BLE001 - raised where the answer is waited for
        answer.set_exception(error)


def checks_of(build: Callable[[], Connector], clock: Callable[[], datetime]) -> tuple[Check, ...]:
    """The checks of a connector, which is built for them and closed after; then of its clock."""
    try:
        connector = build()
    except Exception as error:  # noqa: BLE001 - as in `guarded`
        return (_failed(error),)
    try:
        with in_haste(SourceError):
            made = tuple(guarded(connector.check))
        if not isinstance(connector, Clocked):
            return made
        return (*made, *_clock_check(connector.meter.skew(clock(), time.monotonic())))
    finally:
        connector.close()


def skew_words(skew: float | None) -> str:
    """What is wrong with the clocks, in words; "" where nothing is, or nothing is known."""
    if skew is None or abs(skew) <= SKEW:
        return ""
    way = "behind" if skew > 0 else "ahead of"
    return f"our clock is {abs(skew) / 60:.0f} min {way} the provider's"


def _clock_check(skew: float | None) -> Iterator[Check]:
    if skew is None:
        return
    trouble = skew_words(skew)
    if trouble:
        yield Check(mark=Mark.WARNING, text=trouble, fix=SET_CLOCK)
    else:
        yield Check(mark=Mark.OK, text=f"clocks agree, {abs(skew):.0f} s apart")


def guarded(check: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """The checks, with an error on the way as the last one, failed."""
    try:
        yield from check()
    except Exception as error:  # noqa: BLE001 - one that dies must not hide what the others say
        yield _failed(error)


def store_check(store: Store, settings: Settings, now: datetime) -> Iterator[Check]:
    """Whether the store can be read as a whole, and how old the backup beside a file is."""
    store.check()
    size = f"{store.size() / 1e6:.1f} MB"
    yield Check(mark=Mark.OK, text=f"schema {SCHEMA} is current; can be read as a whole, {size}")
    if not settings.store_url.startswith("sqlite:"):
        return
    path = path_of(settings.store_url)
    if (left := successor(path)).exists():
        text = f"{left} is left of a restore that was cut off; the store is as it was before"
        yield Check(mark=Mark.NOTE, text=text, fix=f"syncd run removes it, or rm {left}")
    newest = newest_backup(path)
    old = now - backed_up_at(newest) if newest else None
    words, is_fresh = "no backup beside it", False
    if old is not None:
        words = f"the newest backup beside it is {_age(old)} old"
        is_fresh = old <= 2 * settings.store.backup_every
    fix = "" if is_fresh else "syncd store backup"
    yield Check(mark=Mark.OK if is_fresh else Mark.NOTE, text=words, fix=fix)
    if note := trouble_notes.held(settings.state / trouble_notes.BACKUP):
        yield Check(mark=Mark.WARNING, text=note.text, fix=note.hint)


def _age(old: timedelta) -> str:
    hours = old / timedelta(hours=1)
    return f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.0f} h"


def notes_check(store: Store) -> Iterator[Check]:
    """A warning for each writer whose notes stand beside those of another syncd (C10)."""
    refused = [one for one in store.messages(MessageState.DEAD) if FOREIGN in one.error]
    for message in {one.notifier: one for one in refused}.values():
        yield Check(
            mark=Mark.WARNING,
            text=f"{message.notifier}: {message.error}",
            fix="stop the other one, or have this one go on with its notes: takes_over",
        )


def _failed(error: Exception) -> Check:
    if not isinstance(error, SyncdError):
        log.error("a check failed unexpectedly", exc_info=error)
        return Check(
            mark=Mark.FAILED,
            text=f"the check failed unexpectedly ({type(error).__name__}); this is a bug",
            fix="run again with -v and report the traceback",
            exit_code=1,
        )
    # What is asked here is no advice here.
    fix = "" if error.hint.startswith("syncd doctor") else error.hint
    text = str(error)
    if isinstance(error, ConfigError) and error.problems:
        text = "; ".join(f"{one.where} {one.path}: {one.message}" for one in error.problems)
    return Check(mark=Mark.FAILED, text=text, fix=fix, exit_code=error.exit_code)
