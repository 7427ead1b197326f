"""Days that are over, lived once more: the engine and the alert life as a service would have run.

Pure but for where snapshots come from. Nothing is written; alerts and forecasts are carried from
day to day in memory. What people did with real alerts is not in it, and neither is the hold on
avalanches, since nobody is there to let one out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from syncd.alerts.grouping import ENDS
from syncd.alerts.lifecycle import LifeOptions, Places, advance
from syncd.alerts.muting import Limits
from syncd.alerts.routing import plan
from syncd.model.alerts import Alert, Notification, Transition
from syncd.model.calendar import WorkingCalendar
from syncd.model.forecasts import PastForecast
from syncd.model.snapshot import Snapshot
from syncd.reconciler.backtest.commitments import Ledger, looks
from syncd.reconciler.backtest.days import Day, Ending, called, came, foretold
from syncd.reconciler.backtest.hindsight import without_hindsight
from syncd.reconciler.config import ReconcilerConfig
from syncd.reconciler.endings import endings
from syncd.reconciler.engine import foreseen, judge
from syncd.reconciler.forecast.calibration import to_keep
from syncd.reconciler.rule import Rule
from syncd.reconciler.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Where past days come from, and how a service is set up."""

    snapshot: Callable[[datetime], Snapshot]
    """As far as it was known at that moment, for whatever is meant by that."""
    config: Callable[[datetime], ReconcilerConfig]
    rules: Sequence[Rule]
    adopt: bool = True
    """As `LifeOptions.adopt`, on the first day."""
    limits: Limits | None = None


class Replay:
    """A service that lives past days, oldest first."""

    def __init__(self, past: Past) -> None:
        self._past, self._ledger = past, Ledger()
        self._alerts: dict[str, Alert] = {}
        self._forecasts: dict[tuple[str, datetime], PastForecast] = {}
        self._told: dict[str, set[str]] = {}
        self._number = 1
        self._is_first = True

    def day(self, as_of: datetime) -> Day:
        """Live one day; `as_of` is later than that of the day before."""
        snapshot = self._past.snapshot(as_of)
        view = self._view(snapshot)
        found = tuple(looks(view, snapshot.first_seen))
        settled = self._ledger.settle(view)
        self._ledger.enter(found)
        evaluation = judge(view, self._past.rules, assume_fresh=True)
        transitions = advance(
            tuple(self._alerts.values()),
            evaluation,
            as_of,
            next_number=self._number,
            first_pass=self._is_first,
            options=LifeOptions(
                adopt=self._past.adopt, calendar=view.config.calendar, escalates=False
            ),
            places=Places(ended=endings(view, self._alerts.values())),
        )
        self._record(transitions, evaluation.forecasts)
        return Day(
            as_of=as_of,
            on=view.today,
            looks=found,
            called=called(found, self._alerts.values()),
            settled=settled,
            transitions=transitions,
            notices=self._notices(transitions, view.config, as_of),
            foretold=foretold(view, evaluation.forecasts, found),
            failures=tuple(sorted(failure.rule for failure in evaluation.failures)),
            untold=tuple(sorted({one.rule for one in evaluation.unknown})),
        )

    def end(self, now: datetime) -> Ending:
        """What became by `now` of what the last day left open."""
        view = self._view(self._past.snapshot(now))
        settled = self._ledger.settle(view)
        for one in to_keep(view, ()):
            self._forecasts[one.forecast.subject, one.made_at] = one
        return Ending(
            on=view.today,
            settled=settled,
            came=came(view, self._carried()),
        )

    def _view(self, known: Snapshot) -> View:
        if self._is_first:
            kept = known.forecasts
            self._forecasts = {(one.forecast.subject, one.made_at): one for one in kept}
        snapshot = replace(without_hindsight(known), forecasts=self._carried())
        config = self._past.config(known.as_of)
        return View(snapshot, config, assume_fresh=True, estimates=foreseen)

    def _carried(self) -> tuple[PastForecast, ...]:
        """Forecasts that were made so far, oldest first."""
        every = self._forecasts.values()
        return tuple(sorted(every, key=lambda one: (one.made_at, one.forecast.subject)))

    def _record(self, transitions: Iterable[Transition], made: Iterable[PastForecast]) -> None:
        for transition in transitions:
            self._alerts[transition.alert.fingerprint] = transition.alert
            self._number = max(self._number, transition.alert.number + 1)
        for one in made:
            self._forecasts[one.forecast.subject, one.made_at] = one
        self._is_first = False

    def _notices(
        self, transitions: Sequence[Transition], config: ReconcilerConfig, as_of: datetime
    ) -> tuple[Notification, ...]:
        """As a run plans them, taken as delivered."""
        notices = plan(
            transitions,
            config.people,
            config.programs,
            config.teams,
            told=self._told,
            as_of=as_of,
            limits=self._past.limits,
            calendars={person.id: config.calendar_of(person) for person in config.people},
        )
        for notice in notices:
            for transition in notice.transitions:
                self._told.setdefault(transition.alert.fingerprint, set()).add(notice.person)
        for transition in transitions:
            if transition.reason in ENDS:
                self._told.pop(transition.alert.fingerprint, None)
        return notices


def days_between(
    since: date, until: date, step: int, calendar: WorkingCalendar, now: datetime
) -> tuple[datetime, ...]:
    """Ends of every `step`th working day from `since` to `until`, aware UTC, none after `now`."""
    found: list[datetime] = []
    day = since if calendar.works(since) else calendar.shift(since, 1)
    while day <= until and calendar.works(day):
        end = _end_of(day, calendar.zone)
        found.append(min(end, now))
        if end >= now:
            break
        day = calendar.shift(day, step)
    return tuple(found)


def _end_of(day: date, zone: str) -> datetime:
    midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
    return midnight.astimezone(UTC) - timedelta(seconds=1)
