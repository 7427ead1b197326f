"""Who is expected at a review, and which teams it concerns have nobody there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from syncd.model.items import Attendee, CalendarEvent
from syncd.model.people import Person
from syncd.reconciler.facts import subjects
from syncd.reconciler.facts.attendance import Away
from syncd.reconciler.forecast.presence import people_by_place, person_at
from syncd.reconciler.resolve.resolution import Deliverable
from syncd.reconciler.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Somebody who is needed and will not be there.

    `why` is `declined`, `is away` or `was not invited`.
    """

    name: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guests:
    """What the guests of one review tell."""

    missing: tuple[Missing, ...]
    """Organiser and approvers who will not be there."""
    teams: tuple[str, ...]
    """Ids of teams it concerns of which nobody is expected."""
    absent: frozenset[str]
    """Ids of people who declined or are away."""
    strangers: tuple[str, ...]
    """Guests that the configuration does not know: anybody's team may be theirs."""


def guests(
    view: View, deliverable: Deliverable, event: CalendarEvent, approvers: tuple[str, ...]
) -> Guests:
    """Of an event whose guests can be seen; `approvers` are ids of people who must be there."""
    places = view.once(_places)
    coming: dict[str, Person] = {}
    strangers, invited, declined = [], set(), set()
    for one in event.attendees:
        person = person_at(places, event.key.source, one.account)
        invited.add(person.id if person else "")
        if one.response == "declined":
            declined.add(person.id if person else "")
        elif person is None:
            strangers.append(view.account_name(event.key.source, one.account))
        elif not _is_away(view, person, event):
            coming[person.id] = person
    # Some calendars do not count whoever calls a meeting among its guests.
    host = person_at(places, event.key.source, event.organiser) if event.organiser else None
    if host and host.id not in invited and not _is_away(view, host, event):
        coming[host.id] = host
    there = {person.team for person in coming.values()}
    staffed = {person.team for person in view.config.people}
    bare = tuple(team for team in deliverable.teams if team in staffed - there)
    missing = dict.fromkeys(_missing(view, event, approvers))
    away = {person.id for person in view.config.people if _is_away(view, person, event)}
    return Guests(
        missing=tuple(missing), teams=bare, absent=frozenset(declined | away),
        strangers=tuple(strangers),
    )  # fmt: skip


def to_invite(view: View, seen: Guests, team: str) -> str:
    """Whom of a team: its lead, or somebody else where that one will not come."""
    lead = next((one.lead for one in view.config.teams if one.id == team), None)
    name = subjects.team_name(view, team)
    if lead in seen.absent:
        return f"somebody else of {name}"
    return subjects.who(view, f"person:{lead}") if lead else f"the lead of {name}"


def _places(view: View) -> dict[tuple[str, str], Person]:
    return people_by_place(view.config.people)


def _missing(view: View, event: CalendarEvent, approvers: tuple[str, ...]) -> Iterator[Missing]:
    places, source = view.once(_places), event.key.source
    answers = {one.account: one for one in event.attendees if not one.optional}
    by_person = {
        person.id: one
        for one in answers.values()
        if (person := person_at(places, source, one.account))
    }
    optional = {one.account for one in event.attendees if one.optional}
    if event.organiser and event.organiser not in optional:
        person = person_at(places, source, event.organiser)
        answer = answers.get(event.organiser)
        name = person.name if person else view.account_name(source, event.organiser)
        yield from _absent(view, event, name, person, answer)
    for person in view.config.people:
        if person.id in approvers and not _is_optional(event, person):
            answer = by_person.get(person.id)
            yield from _absent(view, event, person.name, person, answer)
            if answer is None and event.organiser not in _names(person, source):
                yield Missing(name=person.name, why="was not invited")


def _absent(
    view: View, event: CalendarEvent, name: str, person: Person | None, answer: Attendee | None
) -> Iterator[Missing]:
    if answer is not None and answer.response == "declined":
        yield Missing(name=name, why="declined")
    elif person is not None and _is_away(view, person, event):
        yield Missing(name=name, why="is away")


def _is_away(view: View, person: Person, event: CalendarEvent) -> bool:
    return view.once(Away).misses(person.id, event)


def _is_optional(event: CalendarEvent, person: Person) -> bool:
    names = _names(person, event.key.source)
    return any(one.optional and one.account in names for one in event.attendees)


def _names(person: Person, source: str) -> set[str]:
    accounts = {account for name, account in person.accounts if name == source}
    return accounts | ({person.email.lower()} if person.email else set())
