"""How much mail the people of a company got, held against the noise budget (reconciler.md §E6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from statistics import median
from zoneinfo import ZoneInfo

from syncd.app import App
from syncd.model.alerts import Message, MessageState, Reason, Transition
from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Severity
from syncd.model.people import Person, Role

A_DAY, A_WEEK, OF_DELIVERABLE, ENGINEER_A_DAY, DIGESTS_A_DAY = 3, 10, 1, 1, 1
"""What a person may get at once in a day and a week, criticals apart; what is new of a deliverable
at once; all mails of an engineer; digests."""
SENT_OF_DELIVERABLE = 2
"""Alerts sent of a deliverable in a week, at the median of those weeks in which any was."""
STEPS_OF_ALERT = 2
"""Mails that one person may get because an alert went up: once unanswered, once near its date."""
DRIFT = {*map(str, Reason), "digest"}
PLAIN = WorkingCalendar()
FRESH = (Reason.OPENED, Reason.REOPENED)
STEPS = (Reason.ESCALATED, Reason.NEARING)

Week = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail that somebody got."""

    who: str
    role: str
    on: date
    """The reader's day."""
    reason: str
    at_once: bool
    """About drift, and sooner than the next digest."""
    told: tuple[Transition, ...]

    @property
    def week(self) -> Week:
        return self.on.isocalendar()[:2]

    @property
    def is_critical(self) -> bool:
        return any(one.alert.finding.severity is Severity.CRITICAL for one in self.told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """All mail of the days that were lived."""

    letters: tuple[Letter, ...]
    people: Counter[str]
    """By role."""
    weeks: float
    sent: Counter[tuple[str, Week]]
    """Alerts that anybody was sent, by deliverable and week."""

    @property
    def a_week(self) -> float:
        """Mails of a person in a week, at the mean."""
        return len(self.letters) / self.people.total() / self.weeks

    @property
    def of_deliverable(self) -> float:
        """Alerts sent of a deliverable in a week in which any was, at the median."""
        return median(self.sent.values() or [0])

    def table(self) -> str:
        """A line for each role."""
        heads = ("mails/week", "at once/week", "most a day", "most a week", "of several", "steps")
        rows = [f"{'role':<10}{'people':>7}" + "".join(f"{head:>14}" for head in heads)]
        for role, people in sorted(self.people.items()):
            mine = [one for one in self.letters if one.role == role]
            now = [one for one in mine if one.at_once]
            spans = people * self.weeks
            rows.append(
                f"{role:<10}{people:>7}{len(mine) / spans:>14.2f}{len(now) / spans:>14.2f}"
                f"{_most((one.who, one.on) for one in now):>14}"
                f"{_most((one.who, one.week) for one in now):>14}"
                f"{sum(len(one.told) > 1 for one in now):>14}"
                f"{sum(one.reason in STEPS for one in mine):>14}"
            )
        rows.append(
            f"mails for a person and week {self.a_week:.2f}; alerts sent of a deliverable in a week, "
            f"at the median {self.of_deliverable:.1f}"
        )
        return "\n".join(rows)

    def excess(self) -> Iterator[str]:
        """Where somebody got more than §E6 allows."""
        now = [one for one in self.letters if one.at_once and not one.is_critical]
        digests = [one for one in self.letters if one.reason == "digest" and not one.at_once]
        engineers = [
            one for one in self.letters
            if one.role == Role.ENGINEER and one.reason in DRIFT and not one.is_critical
        ]  # fmt: skip
        fresh = [
            (one.who, one.on, deliverable)
            for one in now
            for deliverable in {
                told.alert.finding.deliverable for told in one.told if told.reason in FRESH
            }
            if deliverable
        ]
        steps = [
            (one.who, told.alert.fingerprint, told.alert.episode)
            for one in self.letters
            for told in one.told
            if told.reason in STEPS
        ]
        yield from _above("at once in a day", A_DAY, ((one.who, one.on) for one in now))
        yield from _above("at once in a week", A_WEEK, ((one.who, one.week) for one in now))
        yield from _above("digests in a day", DIGESTS_A_DAY, ((one.who, one.on) for one in digests))
        yield from _above(
            "to an engineer in a day", ENGINEER_A_DAY, ((one.who, one.on) for one in engineers)
        )
        yield from _above("new of a deliverable at once in a day", OF_DELIVERABLE, fresh)
        yield from _above("steps up of one alert", STEPS_OF_ALERT, steps)
        yield from self._repeated()
        if self.of_deliverable > SENT_OF_DELIVERABLE:
            yield f"{self.of_deliverable} alerts sent of a deliverable in a week, at the median"

    def _repeated(self) -> Iterator[str]:
        """A step up that is told to who heard of the same alert the day before."""
        heard: dict[tuple[str, str], date] = {}
        for one in sorted(self.letters, key=lambda letter: letter.on):
            for told in one.told:
                key = (one.who, told.alert.fingerprint)
                before = heard.get(key)
                if told.reason in STEPS and before and PLAIN.between(before, one.on) <= 1:
                    yield f"{one.who} heard of {told.alert.id} on {before} and of its step {one.on}"
                heard[key] = one.on


def post(app: App, weeks: float) -> Post:
    """What of the outbox has left."""
    people = {person.id: person for person in app.settings.reachable()}
    recorded: dict[str, dict[int, Transition]] = {}

    def told(fingerprint: str, update: int) -> Transition | None:
        if fingerprint not in recorded:
            history = app.store.history(fingerprint)
            recorded[fingerprint] = {one.alert.update: one for one in history if one.told}
        return recorded[fingerprint].get(update)

    letters = [
        _letter(message, people[message.person], [told(*pair) for pair in message.alerts])
        for message in app.store.messages(MessageState.SENT)
    ]
    alerts = {
        (told.alert.finding.deliverable, one.week, told.alert.fingerprint, told.alert.update)
        for one in letters
        for told in one.told
        if told.alert.finding.deliverable
    }
    return Post(
        letters=tuple(letters),
        people=Counter(_role(person) for person in people.values()),
        weeks=weeks,
        sent=Counter((deliverable, week) for deliverable, week, *_ in alerts),
    )


def _letter(message: Message, person: Person, told: Iterable[Transition | None]) -> Letter:
    assert message.sent_at
    return Letter(
        who=person.id,
        role=_role(person),
        on=message.sent_at.astimezone(ZoneInfo(person.timezone)).date(),
        reason=message.reason,
        at_once=message.reason in DRIFT and not message.hold.is_digest,
        told=tuple(one for one in told if one is not None),
    )


def _role(person: Person) -> str:
    return "operator" if person.operator else str(person.role)


def _most(places: Iterable[Collection[object]]) -> int:
    return max(Counter(places).values(), default=0)


def _above(what: str, limit: int, places: Iterable[tuple[object, ...]]) -> Iterator[str]:
    for place, count in Counter(places).items():
        if count > limit:
            yield f"{count} {what}, where {limit} is the most: {', '.join(map(str, place))}"
