"""When a person may be told: quiet hours and digest times, in the reader's own zone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from syncd.alerts.budget import Budget
from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Severity
from syncd.model.people import MailMode, Person

MORNING, EVENING = time(8), time(19)
"""Between these people hear of what happens on their working days, unless they say otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits on noise that hold for everybody; `NO_LIMITS` switches them off."""

    immediate_from: Severity = Severity.HIGH
    """Below this an alert waits for the digest."""
    cleared_from: Severity = Severity.CRITICAL
    """Below this the news that an alert is over waits for the digest."""
    at_once: int | None = 3
    """More alerts than this for one person in one pass go in one mail; None = never."""
    digest_only: frozenset[str] = frozenset()
    """Rules that wait for the digest, tier A criticals excepted."""
    budget: Budget | None = field(default_factory=Budget)
    """Mails at once for one person; None = as many as there are."""
    batches: bool = False
    """Whether what leaves at once waits some minutes for more of it, criticals excepted."""


NO_LIMITS = Limits(
    immediate_from=Severity.INFO, cleared_from=Severity.INFO, at_once=None, budget=None
)
"""What a person's own settings do not hold back goes out at once, in a mail of its own."""


def send_time(
    person: Person, as_of: datetime, *, at_once: bool, calendar: WorkingCalendar | None
) -> datetime | None:
    """When to send to `person` what is known at `as_of`; None = now.

    `at_once` news waits for the end of quiet hours only, unless the person chose digests.
    `calendar` of the reader; None = what comes on days off too.
    """
    wanted = as_of
    if person.mode is not MailMode.NOW or not at_once:
        wanted = next_digest(person, as_of, calendar or WorkingCalendar())
    allowed = after_quiet(person, wanted, calendar)
    return allowed if allowed > as_of else None


def next_digest(person: Person, as_of: datetime, calendar: WorkingCalendar) -> datetime:
    """The first digest time of `person` at or after `as_of`, on a working day; aware UTC."""
    today = as_of.astimezone(ZoneInfo(person.timezone)).date()
    times = sorted(person.digest_at) or [time(8, 30)]
    days = [today + timedelta(days=n) for n in range(15)]
    for day in [day for day in days if calendar.works(day)] or days:
        for at in times:
            due = instant(day, at, person.timezone)
            if due >= as_of:
                return due
    return as_of


def after_quiet(person: Person, at: datetime, calendar: WorkingCalendar | None = None) -> datetime:
    """`at`, or the end of the quiet hours that it falls into; aware UTC.

    With the `calendar` of somebody who has quiet hours their days off are quiet too, until 08:00
    of the next working day.
    """
    quiet = person.quiet
    if quiet is None or quiet[0] == quiet[1]:
        return at
    ends = _after_hours(person, at, quiet)
    day = ends.astimezone(ZoneInfo(person.timezone)).date()
    if calendar is None or calendar.works(day):
        return ends
    later = (day + timedelta(days=n) for n in range(1, 15))
    back = next((one for one in later if calendar.works(one)), day)
    return _after_hours(person, instant(back, MORNING, person.timezone), quiet)


def _after_hours(person: Person, at: datetime, quiet: tuple[time, time]) -> datetime:
    start, end = quiet
    zone = ZoneInfo(person.timezone)
    local = at.astimezone(zone)
    clock = local.time()
    is_quiet = start <= clock < end if start < end else clock >= start or clock < end
    if not is_quiet:
        return at
    day = local.date() if clock < end else local.date() + timedelta(days=1)
    ends = (instant(day, end, person.timezone, fold) for fold in (0, local.fold))
    return max(at, *ends)


def instant(day: date, at: time, zone: str, fold: int = 0) -> datetime:
    """As UTC; what a clock skips is as much later, and of two equal times it is the first."""
    return datetime.combine(day, at, tzinfo=ZoneInfo(zone)).replace(fold=fold).astimezone(UTC)
