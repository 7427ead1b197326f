"""When a deliverable is ready to be judged: by the pace of its teams, or by what it waits for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from syncd.model.findings import Course, Fact
from syncd.model.forecasts import Forecast, Grade
from syncd.model.snapshot import Scope
from syncd.reconciler.facts import (
    closed_form,
    courses,
    delivery_days,
    outlooks,
    subjects,
    wording,
)
from syncd.reconciler.facts.holdups import Holdup, holdup
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.resolve.resolution import Deliverable
from syncd.reconciler.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """The later of the two days, held against the day of a review, and what it rests on."""

    day: date
    slip: int
    """Working days from the review to `day`."""
    words: str
    """`is most likely done Tue 8 Dec, 3 working days later`."""
    better: str
    """A day for the review, and why that one; "" where none is sure enough."""
    facts: tuple[Fact, ...]
    scopes: frozenset[Scope]
    formula: str
    is_range: bool = False
    """Of little history `day` is no more than where a range begins."""
    sure_by: date | None = None
    course: Course = ()
    first: str = ""
    """What it waits for, as findings name it."""
    blamed: tuple[str, ...] = ()
    """The same, where the review would be in time if that were when it should be."""


def of(view: View, deliverable: Deliverable, review: date) -> Readiness | None:
    """None where neither tells of a day, or the pace is not known and the other lets it be."""
    found = view.once(Forecasts).of(deliverable)
    held = holdup(view, deliverable.subject, review)
    if held is not None and held.day > max(review, found.p50 or date.min):
        return _as_it_waits(view, deliverable, held, review)
    return _by_its_pace(view, deliverable, found, found.p50, review) if found.p50 else None


def _by_its_pace(
    view: View, deliverable: Deliverable, found: Forecast, day: date, review: date
) -> Readiness:
    slip = view.calendar_of(deliverable).between(review, day)
    return Readiness(
        day=day,
        slip=slip,
        words=f"is {outlooks.when(view, found, slip)}",
        better=delivery_days.proposed(view, deliverable, found.p85) if found.p85 else "",
        facts=outlooks.facts(view, deliverable, found),
        scopes=view.once(Forecasts).scopes(deliverable),
        formula=closed_form.formula(view, deliverable, found),
        is_range=found.grade is Grade.C,
        sure_by=found.p85,
        course=courses.of_forecasts(view, deliverable.subject, day),
    )


def _as_it_waits(view: View, deliverable: Deliverable, held: Holdup, review: date) -> Readiness:
    slip = view.calendar_of(deliverable).between(review, held.day)
    first, day = held.name(view), wording.day(held.day, view.today)
    better = delivery_days.first(view, deliverable, held.day)
    return Readiness(
        day=held.day,
        slip=slip,
        words=f"waits for {first} and is most likely done {day}, {wording.later(slip)}",
        better=wording.day(better, view.today),
        facts=held.facts(view),
        scopes=subjects.scopes(view, held.items()),
        formula=f"what waits for {first} is finished by {day}",
        first=first,
        blamed=(str(held.path[0]),) if held.is_to_blame(view, review) else (),
    )
