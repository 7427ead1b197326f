"""When each piece of news may leave: thresholds, digests, noise budget, batches, quiet hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from syncd.alerts.budget import NEW, Spent
from syncd.alerts.grouping import ENDS, Entry
from syncd.alerts.muting import Limits, instant, send_time
from syncd.alerts.news import STALE_RULE
from syncd.model.alerts import Hold, Reason, Transition
from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Severity
from syncd.model.people import MailMode, Person
from syncd.model.routes import Pace

QUIET_MINUTES = timedelta(minutes=3)
"""So long after the last change a batch leaves …"""
LONGEST_BATCH = timedelta(minutes=10)
"""… and so long after the first one in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacer:
    """When to tell one person what is known at `as_of`."""

    person: Person
    as_of: datetime
    limits: Limits
    calendar: WorkingCalendar

    def placed(self, entry: Entry, hold: Hold) -> Entry:
        """The entry with the moment at which what `hold` says is over.

        That a day has passed is told to nobody on whose calendar it is still that day.
        """
        at_once, begins = not hold.is_digest, max(self.as_of, self._after_its_day(entry))
        calendar = None if entry.service else self.calendar
        due = send_time(self.person, begins, at_once=at_once, calendar=calendar)
        if due is None:
            return replace(entry, due=begins if begins > self.as_of else None, hold=Hold.NONE)
        return replace(entry, due=due, hold=Hold.QUIET if at_once else hold)

    def _after_its_day(self, entry: Entry) -> datetime:
        finding = entry.transition.alert.finding
        if finding.passed is None or finding.planned is None or entry.transition.reason in ENDS:
            return self.as_of
        return instant(finding.planned + timedelta(days=1), time(), self.person.timezone)

    def put_off(self, entry: Entry, hold: Hold, heard: date | None) -> Entry:
        """As `placed`, but never on the day on which they heard of it nor on the next working day.

        Then it is in the first digest after these.
        """
        if heard is None:
            return self.placed(entry, hold)
        since = instant(self.calendar.shift(heard, 2), time(), self.person.timezone)
        if since <= self.as_of:
            return self.placed(entry, hold)
        return replace(self, as_of=since).placed(entry, hold if hold.is_digest else Hold.HEARD)

    def is_on_day(self, entry: Entry, at: datetime) -> bool:
        """Whether it leaves on the reader's day of `at`."""
        zone, due = ZoneInfo(self.person.timezone), entry.due or self.as_of
        return due.astimezone(zone).date() == at.astimezone(zone).date()

    def within_budget(self, entries: Sequence[Entry], spent: Spent) -> tuple[list[Entry], int]:
        """The entries, those that are too much moved to the digest; and how many mails are left.

        The latter is what is left to those that are not critical.

        `spent` is that of the day on which they would leave.
        """
        budget = self.limits.budget
        if budget is None:
            return list(entries), len(entries)
        critical = sum(
            one.transition.alert.finding.severity is Severity.CRITICAL for one in entries
        )
        # Each leaves alone and at once, so what it takes is not there for the others.
        left = max(0, spent.left(self.person, budget) - critical)
        new = dict.fromkeys(spent.deliverables, 1)
        found = []
        for entry in sorted(entries, key=lambda entry: entry.rank):
            finding = entry.transition.alert.finding
            is_new = entry.transition.reason in NEW and bool(finding.deliverable)
            is_critical = finding.severity is Severity.CRITICAL
            hold = Hold.NONE
            if not is_critical and left <= 0:
                hold = Hold.BUDGET
            elif not is_critical and is_new:
                told = new.get(finding.deliverable, 0)
                hold = Hold.DELIVERABLE if told >= budget.new_of_deliverable else Hold.NONE
            if is_new and hold is Hold.NONE:
                new[finding.deliverable] = new.get(finding.deliverable, 0) + 1
            found.append(self.placed(entry, hold) if hold is not Hold.NONE else entry)
        return found, left

    def batched(self, entries: Sequence[Entry], first: datetime) -> list[Entry]:
        """What would leave now waits for its like; `first` is when the oldest of it was known."""
        due = min(self.as_of + QUIET_MINUTES, max(first + LONGEST_BATCH, self.as_of))
        return [
            replace(entry, due=due, hold=Hold.BATCHING)
            if entry.transition.alert.finding.severity is not Severity.CRITICAL
            else entry
            for entry in entries
        ]


def hold_of(person: Person, transition: Transition, pace: Pace, limits: Limits) -> Hold:
    """What keeps news of an alert from leaving at once, but for budget and quiet hours."""
    alert, finding = transition.alert, transition.alert.finding
    if person.mode is not MailMode.NOW:
        return Hold.MODE
    is_critical = finding.severity is Severity.CRITICAL
    if finding.rule == STALE_RULE and transition.reason is Reason.OPENED:
        return Hold.NONE
    if finding.rule in limits.digest_only and not (is_critical and finding.tier == "A"):
        return Hold.RULE
    if pace is Pace.NOW:
        return Hold.NONE
    threshold = limits.cleared_from if transition.reason in ENDS else limits.immediate_from
    reasons = (
        (pace is Pace.DIGEST and not is_critical, Hold.ROUTE),
        (alert.unsteady, Hold.UNSTEADY),
        (finding.severity < threshold, Hold.DIGEST),
    )
    return next((hold for holds, hold in reasons if holds), Hold.NONE)
