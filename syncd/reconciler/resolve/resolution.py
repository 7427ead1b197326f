"""What a snapshot resolves to: teams, targets, dependencies and deliverables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from syncd.model.acts import Agreed
from syncd.model.findings import Fact
from syncd.model.items import DateClaim, ItemKey


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamOf:
    """Whose an item is: `team` is a team id or None (unassigned), with why and how sure."""

    team: str | None
    reason: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The date an item or deliverable is meant to be done, and whose word that is."""

    claim: DateClaim
    via: ItemKey | None = None
    """Item whose claim is inherited (version, sprint, epic); None = its own."""
    authority: str = ""
    """Entry of `ReconcilerConfig.authority` for a deliverable's target."""

    @property
    def day(self) -> date:
        """Last day of the claimed interval: what "late" is measured against."""
        return self.claim.hi


class Gating(StrEnum):
    """What a dependency holds up (`reconciler.md` §C1)."""

    FINISH_START = "FS"
    FINISH_FINISH = "FF"
    NONE = "none"

    __hash__ = str.__hash__


class Certainty(StrEnum):
    """What may be concluded from a dependency (`reconciler.md` §C1)."""

    EXPLICIT = "explicit"
    """Stated by somebody: dates are pushed along it, and it may alert by itself."""
    SUSPECTED = "suspected"
    """Only proposed, to be accepted or rejected."""
    CONTEXT = "context"
    """Shown, never told."""


SURE = 0.9
"""What is stated and at least so sure is explicit."""
SUSPICION = 0.6
"""What is less sure is context."""


class Dependency(NamedTuple):
    """An edge: `dependant` waits for `prerequisite`."""

    prerequisite: ItemKey
    dependant: ItemKey
    gating: Gating
    confidence: float
    explicit: bool
    """Somebody stated it. What words and mentions add up to is never explicit, however sure: a
    wrong direction is worse than a missing edge."""
    facts: tuple[Fact, ...] = ()
    link_id: str = ""

    @property
    def certainty(self) -> Certainty:
        """Its class."""
        if self.gating is Gating.NONE or self.confidence < SUSPICION:
            return Certainty.CONTEXT
        sure = self.explicit and self.confidence >= SURE
        return Certainty.EXPLICIT if sure else Certainty.SUSPECTED

    @property
    def holds_up(self) -> bool:
        """Stated, and the dependant is to start only when the prerequisite is finished."""
        return self.gating is Gating.FINISH_START and self.explicit and self.confidence >= SURE

    @property
    def stated_at(self) -> float:
        """Unix time of its newest evidence; 0 where that is not known. To order edges by."""
        return max((fact.seen_at.timestamp() for fact in self.facts if fact.seen_at), default=0.0)

    @property
    def strength(self) -> tuple[float, float]:
        """Of the edges of a circle the weakest goes: the least sure, or else stated last."""
        return self.confidence, -self.stated_at


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenEnd:
    """`dependant` waits for something that is not held: a project not read, or not to be seen."""

    dependant: ItemKey
    ref: str
    """What the dependant's source calls it."""
    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Implementation:
    """A pull request that implements an issue."""

    pull_request: ItemKey
    issue: ItemKey
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverable:
    """The unit a TPM commits to (`reconciler.md` §A2)."""

    id: str
    """Of what is declared, else `str(key)` of what it was found from; it never changes."""
    name: str
    tier: str
    bound: tuple[ItemKey, ...]
    """Versions, GitHub milestones, epics and events that are this one thing."""
    members: tuple[ItemKey, ...]
    """Issues, each once, at the deepest level with open work."""
    claims: tuple[tuple[str, DateClaim], ...]
    """(authority, claim) of every bound source, highest authority first."""
    target: Target | None
    baseline: date | None
    provisional: bool
    """No baseline was ever set: it is the first date seen."""
    committed_on: date | None = None
    """The day from which on the baseline was meant; None where there is none."""
    begun_on: date | None = None
    """The day from which on there was a plan: a new baseline does not begin it anew."""
    agreed: Agreed | None = None
    """The act by which people set the baseline."""
    promised: date | None = None
    """The baseline if people set or declared it; None where its date only stood long enough."""
    gates: tuple[ItemKey, ...] = ()
    """Review events that come before it."""
    freezes: tuple[ItemKey, ...] = ()
    """Freeze events that come before it."""
    events: tuple[ItemKey, ...] = ()
    """Launch events that are it."""
    teams: tuple[str, ...] = ()
    owner: str | None = None
    """`source:account`, `person:ID` of a declared owner without accounts, or `team:ID`."""
    programs: tuple[str, ...] = ()
    declared: bool = False
    done: bool = False
    """Everything it is bound to is released, closed or done."""
    lacking: tuple[str, ...] = ()
    """What the configuration says it is made of, and names nothing that was read."""
    table: str = ""
    """Name of its table in the configuration; "" of what is found."""

    def is_called(self, name: str) -> bool:
        """Whether people call it so, or its table; the case of letters does not count."""
        return name.casefold() in (self.name.casefold(), (self.table or self.id).casefold())

    @property
    def subject(self) -> str:
        """Its text in findings and fingerprints."""
        return f"deliverable:{self.id}"

    @property
    def planned(self) -> date | None:
        """What was promised: the baseline once it stands, else the date of today."""
        if self.baseline is not None and not self.provisional:
            return self.baseline
        return self.target.day if self.target else self.baseline
