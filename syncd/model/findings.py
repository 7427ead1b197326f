"""What a rule found: the sentence, the dates, the evidence."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum

from syncd.model.forecasts import PastForecast
from syncd.model.snapshot import Scope

Course = tuple[tuple[date, date], ...]
"""(local day, date that stood or was likely on that day), oldest first, each day once."""

MOVED = frozenset({"date-moved", "slip-creep"})
"""Rules about a date that people moved: `planned` is what it was, `expected` what now stands."""

TWO_DATES = frozenset({"dates-disagree", "event-moved"})
"""Rules that find two dates of one thing: what they expect is no forecast, people say which holds.
"""


class Severity(IntEnum):
    """How much a finding matters; below HIGH it goes to the digest only."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    def __str__(self) -> str:
        return self.name.lower()


class Standing(StrEnum):
    """The word (and shape and colour) under which a finding is shown."""

    LATE = "late"
    AT_RISK = "at risk"
    ON_PLAN = "on plan"
    NO_DATA = "no data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One piece of evidence: a sentence, where it was read, when, and the link to see it."""

    text: str
    source: str = ""
    seen_at: datetime | None = None
    """When the fact was set or seen at the source, aware UTC."""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """Something that moves because of the finding."""

    ref: str
    title: str
    url: str = ""
    team: str = ""
    planned: date | None = None
    expected: date | None = None
    slip: int | None = None
    """Working days; positive = later."""
    home: tuple[Scope, ...] = ()
    """Where it is kept, for who may see it; filled in by the engine."""
    subject: str = ""
    """Of a deliverable, whose name may change, `deliverable:ID`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A number that decided, and the parameter of the rule that it was held against."""

    name: str
    """Of the parameter, as in `[rules.ID]`."""
    value: str
    """What was found."""
    limit: str = ""
    """What the parameter was; filled in by the engine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """How a rule came to its answer (`reconciler.md` §G)."""

    formula: str = ""
    """In words, with the numbers put in; "" in what older versions stored."""
    thresholds: tuple[Threshold, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """What a finding says of its subject, without what waits for that."""

    summary: str
    plain: str
    act: str
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule's result for one subject, now. Text is for people; nothing of it is identity."""

    rule: str
    subject: str
    """`str(ItemKey)`, `deliverable:ID` or `source:NAME`."""
    severity: Severity
    standing: Standing
    ref: str
    """What people call the subject: `PAY-142`, `Checkout 2.0`."""
    title: str
    summary: str
    """One sentence: what, from → to, how many working days, what it pushes."""
    plain: str
    """The same for leaders: no keys, no names of people."""
    act: str
    """What to do, and with whom."""
    clears: str
    """What would clear it."""
    discriminator: str = ""
    """Sub-kind, or the other end of an edge: part of the fingerprint."""
    url: str = ""
    planned: date | None = None
    expected: date | None = None
    slip: int | None = None
    """Working days; positive = later than planned: up to `expected`, where that is known."""
    passed: int | None = None
    """Working days that have gone by since `planned`, where it is about just that."""
    gap: int | None = None
    """Working days between two dates that people set, where it is about just these."""
    by: date | None = None
    """Until when `act` is asked for, where its rule names a day; an alert keeps that of its mail.
    """
    sure_by: date | None = None
    """Done by then in 85 of 100 cases, where a forecast tells it."""
    course: Course = ()
    """How `expected` came to where it is, where the rule knows."""
    pushes: tuple[Push, ...] = ()
    """The weightiest or earliest first."""
    more_pushes: int = 0
    """How many there are besides those that are listed."""
    facts: tuple[Fact, ...] = ()
    owner: str | None = None
    """The holder: `source:account-id`, `person:ID` of one without an account, or `team:ID`."""
    teams: tuple[str, ...] = ()
    """Team ids: the owner's first, then those hit."""
    programs: tuple[str, ...] = ()
    deliverable: str = ""
    tier: str = "B"
    scopes: frozenset[Scope] = frozenset()
    """The data it rests on; where one is stale the finding is unknown."""
    material: str = ""
    """A change of this text while the alert is firing is news (e.g. the date it moved to)."""
    restricted: bool = False
    """Names something that not everybody may see."""
    home: tuple[Scope, ...] = ()
    """Where its subject is kept; filled in by the engine."""
    named: tuple[Scope, ...] = ()
    """Where everything is kept that it names, its subject too; filled in by the engine."""
    holds: bool = False
    """No longer bad enough to open an alert, not yet good enough to end one that fires."""
    explains: tuple[str, ...] = ()
    """Subjects that would be in time, or nearly, without what was found, the weightiest first
    (§E3.2); an alert keeps some of them only."""
    encloses: tuple[str, ...] = ()
    """Subjects of one knot, or with one date, of which other findings are the same trouble; no
    alert keeps them."""
    holders: tuple[str, ...] = ()
    """Owners, like `owner`, of what it speaks for and they would not hear of otherwise."""
    alone: Alone | None = None
    """For those who may see its subject, but not all that waits for it; the engine takes out one
    that names anything else."""
    as_pushed: bool = False
    """Told by the name and dates of what it pushes, to who may see no more; no alert keeps one."""
    reckoning: Reckoning = Reckoning()
    """Its formula and thresholds, for `syncd alerts explain`."""

    @property
    def fingerprint(self) -> str:
        """Identity of the alert (`reconciler.md` §E1): first 16 hex digits of a SHA-256."""
        return fingerprint(self.rule, self.subject, self.discriminator)

    @property
    def drift(self) -> int | None:
        """What tells whether it got worse: days that no forecast moves, else slip."""
        fixed = self.gap if self.passed is None else self.passed
        return self.slip if fixed is None else fixed

    @property
    def day(self) -> date | None:
        """The date that its subject has now: what is moved away is not near any more."""
        return self.expected if self.rule in MOVED else self.planned

    @property
    def is_date_lost(self) -> bool:
        """Whether the date that it is about was taken away, and stands nowhere now."""
        return self.rule == "date-moved" and self.expected is None and not self.as_pushed

    @property
    def weight(self) -> tuple[int, str, int, int, str]:
        """Sorts the worst first (§E6): severity, tier, least slack, most that it pushes."""
        slack = -self.drift if self.drift is not None else 1
        reach = len(self.pushes) + self.more_pushes
        return -self.severity, self.tier, slack, -reach, self.fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A rule cannot tell for this subject: its alert neither opens nor resolves."""

    rule: str
    subject: str
    discriminator: str = ""
    reason: str
    too_early: bool = False
    """There is too little history yet; what is found once there is enough was so before."""
    put_off: bool = False
    """Nothing is lacking: it is no time to tell, in a freeze or while its holder is away."""
    unseen: tuple[str, ...] = ()
    """Names of what cannot be seen, where it is for these alone; nobody may ever tell of them."""

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the alert that stays as it is."""
        return fingerprint(self.rule, self.subject, self.discriminator)


def fingerprint(rule: str, subject: str, discriminator: str = "") -> str:
    """Identity of an alert: no date, count, severity, title, owner or setting is part of it."""
    text = f"{rule}\x1f{subject}\x1f{discriminator}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFailure:
    """A rule raised: its alerts are held."""

    rule: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The engine's answer; sorted, so that the same snapshot gives the same bytes.

    An open alert that is neither in `findings` nor in `unknown`, whose rule is not in `failures`,
    whose scopes are fresh and whose subject is visible is *clear*.
    """

    as_of: datetime
    findings: tuple[Finding, ...] = ()
    """By severity (worst first), then rule, subject, discriminator."""
    holding: tuple[Finding, ...] = ()
    """Those that only keep an alert firing (`Finding.holds`), in the same order."""
    unknown: tuple[Unknown, ...] = ()
    failures: tuple[RuleFailure, ...] = ()
    stale: frozenset[Scope] = frozenset()
    invisible: frozenset[str] = frozenset()
    """Subjects that cannot be seen now."""
    inhibited: tuple[tuple[str, str], ...] = ()
    """(fingerprint of a finding, fingerprint of the one that speaks for it), sorted."""
    dwell: tuple[tuple[str, int], ...] = ()
    """(rule, working days in a row on which it must fire before its alert does, and be clear before
    its alert ends), sorted; rules that are not among them are believed at once."""
    forecasts: tuple[PastForecast, ...] = ()
    """To be kept: new ones, and earlier ones that have come true."""
