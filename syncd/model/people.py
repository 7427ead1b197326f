"""People, teams and programs, as the configuration declares them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from enum import StrEnum

from syncd.model.briefs import MeetingKind
from syncd.model.calendar import WorkingCalendar
from syncd.model.items import Account


class Role(StrEnum):
    """Decides wording and detail of what a person is sent."""

    TPM = "tpm"
    LEAD = "lead"
    ENGINEER = "engineer"
    EXEC = "exec"


class MailMode(StrEnum):
    """When a person hears of drift: at once, at set times, or only in the brief."""

    NOW = "now"
    DIGEST = "digest"
    BRIEF_ONLY = "brief-only"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTime:
    """When something comes by itself: on every working day, or on one day of the week."""

    at: time
    """In the reader's zone."""
    weekday: int | None = None
    """0 = Monday; None = every working day of the reader."""

    def falls_on(self, day: date, calendar: WorkingCalendar) -> bool:
        """Whether that is on a local day of the reader."""
        return calendar.works(day) if self.weekday is None else day.weekday() == self.weekday


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who can be told something."""

    id: str
    """Name of the table in the configuration, such as `dana`."""
    name: str
    email: str
    role: Role = Role.ENGINEER
    team: str | None = None
    timezone: str = "UTC"
    programs: tuple[str, ...] = ()
    accounts: tuple[tuple[str, str], ...] = ()
    """(source, account id) pairs."""
    mode: MailMode = MailMode.NOW
    digest_at: tuple[time, ...] = (time(8, 30),)
    quiet: tuple[time, time] | None = None
    """Local start and end of the hours in which nothing is sent; may span midnight."""
    notifiers: tuple[str, ...] = ("mail",)
    """Names of the notifiers that reach this person."""
    operator: bool = False
    """Hears of failing sources, credentials and mail."""
    brief: SetTime | None = None
    """When the brief comes; None = it does not."""
    weekly: SetTime | None = None
    """When the weekly for leaders comes; None = it does not."""
    packs: bool = True
    """Gets the packs of meetings that they attend."""

    def holds(self, owner: str | None) -> bool:
        """Whether an owner, as findings carry it, is this person."""
        kind, _, name = (owner or "").partition(":")
        return (kind, name) == ("person", self.id) or (kind, name) in self.accounts


def spelt(people: Iterable[Person], accounts: Iterable[Account]) -> tuple[Person, ...]:
    """The people with their accounts in the capitals of the sources, which know no difference.

    An account stays as it is where none is read, or several differ in capitals alone.
    """
    known = {(one.source, one.id) for one in accounts}
    alike: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for source, name in known:
        alike[source, name.casefold()].append((source, name))

    def read(account: tuple[str, str]) -> tuple[str, str]:
        meant = alike.get((account[0], account[1].casefold()), [])
        return meant[0] if len(meant) == 1 and account not in known else account

    return tuple(replace(one, accounts=tuple(map(read, one.accounts))) for one in people)


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team and what belongs to it."""

    id: str
    name: str
    owns: tuple[str, ...] = ()
    """`source:scope`, `source:scope/component=NAME`, `source:component=NAME`, `source:label=X`."""
    calendar: str = ""
    """Name of its working calendar."""
    timezone: str = "UTC"
    lead: str | None = None
    """Person id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A set of teams that work towards the same dates."""

    id: str
    name: str
    teams: tuple[str, ...] = ()
    milestones: tuple[str, ...] = ()
    """Selectors of its deliverables: `jira:fixVersion=NAME`, `jira:KEY-1`, `github:milestone=NAME`,
    `calendar:summary~'WORDS'`."""
    stakeholders: tuple[tuple[Role, tuple[str, ...]], ...] = ()

    def names(self, person: Person) -> bool:
        """Whether the person has a stake in it."""
        return any(person.id in who for _, who in self.stakeholders)

    def is_followed_by(self, person: Person) -> bool:
        """Whether the person hears of it: either names the other."""
        return self.id in person.programs or self.names(person)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredDeliverable:
    """A `[deliverables.NAME]` table: one thing promised, and what each source calls it."""

    id: str
    """Under which all is kept that is known of it, whatever its table is called later."""
    name: str
    tier: str = "B"
    """A, B or C (`reconciler.md` §A2)."""
    match: tuple[str, ...] = ()
    """Selectors as in `Program.milestones`."""
    gates: tuple[str, ...] = ()
    """Selectors of the review events that must come before it."""
    teams: tuple[str, ...] = ()
    owner: str | None = None
    """Person id."""
    target: date | None = None
    baseline: date | None = None
    called: str = ""
    """Name of its table; "" = its id."""
    formerly: str = ""
    """Name that its table had before."""

    @property
    def table(self) -> str:
        """Name of its table, as it is written now."""
        return self.called or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundMeeting:
    """A `[meetings.ID]` table: a meeting that is prepared, and what it is about."""

    id: str
    match: str
    """Selector of its events: `calendar:summary~'WORDS'`."""
    kind: MeetingKind = MeetingKind.OTHER
    teams: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    pack: timedelta = timedelta(minutes=30)
    """How long before it starts its pack leaves; 0 = none is sent."""
