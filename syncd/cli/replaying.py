"""Living past days again for a command: which days, how far, and what came out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from syncd.backtesting import days_between
from syncd.cli.options import Options, Usage
from syncd.cli.screen import Screen
from syncd.cli.wiring import now, open_app
from syncd.cli.words import count
from syncd.errors import StoreError
from syncd.pictures.days import age
from syncd.reconciler.backtest.days import Day, Ending
from syncd.settings import Settings

HALF_A_YEAR = timedelta(days=182)
FIRST_YEAR = 1970
"""No tracker tells of earlier days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which past days, from the command line; "" = the default."""

    since: str = ""
    """Half a year before `until`."""
    until: str = ""
    """Today."""
    step: int = 5
    """Working days."""
    known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """The days, and what became of what they left open."""

    days: tuple[Day, ...]
    ending: Ending
    people: dict[str, str]
    """Id → name of everybody who can be told."""


def live(options: Options, screen: Screen, asked: Asked, *, command: str) -> Lived:
    """Replay the store; writes nothing.

    Raises Usage for days that mean nothing, StoreError where nothing was read yet: figures of
    nothing would look like good ones.
    """
    if asked.step < 1:
        raise Usage(f'--step "{asked.step}" is not a number of working days', f"{command} --help")
    with open_app(options, read_only=True) as app:
        if not any(fresh.succeeded_at or fresh.items for fresh in app.store.freshness()):
            raise StoreError("Nothing was read yet: the store holds no item.", hint="syncd sync")
        present = now()
        moments = _moments(app.settings, asked, present, command)
        replay = app.replay(known=asked.known)
        days = tuple(replay.day(as_of) for as_of in _told(moments, screen))
        people = {one.id: one.name for one in app.settings.reachable()}
        return Lived(days=days, ending=replay.end(present), people=people)


def _moments(
    settings: Settings, asked: Asked, present: datetime, command: str
) -> tuple[datetime, ...]:
    today = present.astimezone(ZoneInfo(settings.timezone)).date()
    until = _day(asked.until, "--until", today, command)
    since = _day(asked.since, "--since", _half_a_year_before(until), command)
    for flag, day in (("--until", until), ("--since", since)):
        if day > today:
            raise Usage(f'{flag} "{day}" is still to come', f"{command} --help")
        if day.year < FIRST_YEAR:
            raise Usage(f'{flag} "{day}" is before anything can be known', f"{command} --help")
    calendar = settings.reconciler_config(range(since.year, until.year + 2)).calendar
    found = days_between(since, until, asked.step, calendar, present)
    if not found:
        raise Usage(f"there is no working day from {since} to {until}", f"{command} --help")
    return found


def _half_a_year_before(day: date) -> date:
    return max(day, date.min + HALF_A_YEAR) - HALF_A_YEAR


def _day(text: str, flag: str, default: date, command: str) -> date:
    if not text:
        return default
    try:
        return date.fromisoformat(text)
    except ValueError:
        hint = f"{command} --help"
        raise Usage(f'{flag} "{text}" is not a day such as 2026-11-20', hint) from None


def _told(moments: Sequence[datetime], screen: Screen) -> Iterator[datetime]:
    """The moments one by one; stderr says how far they are."""
    if screen.err.is_terminal and not screen.options.quiet:
        yield from _with_bar(moments, screen)
        return
    began = now()
    screen.note(f"replaying {count(len(moments), 'day')}")
    yield from moments
    screen.note(f"replayed in {age(now() - began)}")


def _with_bar(moments: Sequence[datetime], screen: Screen) -> Iterable[datetime]:
    from rich.progress import track

    return track(moments, "replaying", console=screen.err, transient=True)
