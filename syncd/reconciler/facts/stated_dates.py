"""Stated dates side by side: how far apart they are, whose they are, and how to say so."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from datetime import date, datetime

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Fact
from syncd.model.items import CalendarEvent, DateClaim, DateRole, Item, Precision, item_key
from syncd.model.snapshot import Scope
from syncd.reconciler.facts import subjects, wording
from syncd.reconciler.facts.grace import has_lasted, is_assumed
from syncd.reconciler.view import Target, View

FRESH = "one of {} and {} was changed less than a working day ago"
"""Why dates that do not fit open nothing yet."""
_EXACT = (Precision.INSTANT, Precision.DAY)

_WORDS = {
    DateRole.START: "start date",
    DateRole.DUE: "due date",
    DateRole.RELEASE: "release date",
    DateRole.END: "end date",
    DateRole.EVENT: "day",
}


def gap(one: DateClaim, other: DateClaim, calendar: WorkingCalendar) -> int:
    """Working days between the nearest ends; positive if `other` is later, 0 if they overlap."""
    if other.lo > one.hi:
        return calendar.between(one.hi, other.lo)
    if one.lo > other.hi:
        return calendar.between(one.lo, other.hi)
    return 0


def is_coarser(claim: DateClaim, days: int, calendar: WorkingCalendar) -> bool:
    """Whether a week, month or quarter is longer than `days`, so that it says nothing of them."""
    if claim.precision in _EXACT:
        return False
    return calendar.between(claim.lo, claim.hi) + calendar.works(claim.lo) > abs(days)


def incomparable(one: DateClaim, other: DateClaim) -> bool:
    """Whether one is the end of a sprint and the other coarser than a day."""
    return one.role is DateRole.END and other.precision not in _EXACT


def changed_at(view: View, claim: DateClaim) -> datetime | None:
    """When the claim last changed, or was made with its item; None = not known, or assumed."""
    changes = view.changes(claim.subject, claim.field)
    if changes and is_assumed(changes[-1]):
        return None
    known = [at for at in (claim.set_at, changes[-1].at if changes else None) if at]
    return max(known, default=getattr(view.item(claim.subject), "created_at", None))


def have_stood(view: View, claims: Iterable[DateClaim], calendar: WorkingCalendar) -> bool:
    """Whether each has for a working day: people update one tool after the other."""
    as_of = view.snapshot.as_of
    return all(has_lasted(changed_at(view, one), 1, as_of, calendar) for one in claims)


def name(view: View, claim: DateClaim) -> str:
    """What people call the claim: `the release date of PAY 2.0`."""
    item = view.item(claim.subject)
    if item is None:
        return "the declared target"
    if isinstance(item, CalendarEvent):
        return f'the event "{item.title}"' if item.title else "a private event"
    word = "target end" if claim.field == "target_end" else _WORDS[claim.role]
    return f"the {word} of {subjects.ref(item)}"


def words(claim: DateClaim, today: date) -> str:
    """The claimed day, or the interval of a coarse claim."""
    return wording.days(claim.lo, claim.hi, today)


def fact(view: View, claim: DateClaim, note: str = "") -> Fact:
    """The claim as evidence: what it says, who set it and when; `note` ends the sentence."""
    item = view.item(claim.subject)
    text = f"{wording.sentence(name(view, claim))} says {words(claim, view.today)}"
    changes = view.changes(claim.subject, claim.field)
    actor = claim.set_by or (changes[-1].actor if changes else None)
    if actor:
        text += f", set by {view.account_name(claim.subject.source, actor)}"
    return Fact(
        text=text + note,
        source=claim.subject.source if item else "configuration",
        seen_at=changed_at(view, claim),
        url=item.url if item else "",
    )


def planned_anew(
    view: View, item: Item, target: Target, scopes: Container[Scope]
) -> Iterator[Fact]:
    """That an item has its date since it was put into another release or sprint.

    Where it was before is named if that is of the `scopes`: who may see those may read it.
    """
    every = view.changes(item.key, "milestones", "sprint")
    changes = [one for one in every if not one.is_reread]
    into = next((one for one in reversed(changes) if one.new == str(target.via)), None)
    train = view.item(target.via) if target.via else None
    if into is None or train is None:
        return
    left = [one.old for one in changes if one.at == into.at and one.old and one.field == into.field]
    keys = [key for key in map(item_key, left) if key and view.scope(key) in scopes]
    before = next((held for key in keys if (held := view.item(key))), None)
    instead = f" instead of {subjects.ref(before)}" if before else ""
    on = wording.day(view.calendar(item.key).local_date(into.at), view.today)
    who = view.account_name(item.key.source, into.actor)
    yield Fact(
        text=f"{item.ref} was put into {subjects.ref(train)}{instead} on {on}"
        + (f", by {who}" if who else ""),
        source=item.key.source,
        seen_at=into.at,
        url=item.url,
    )
