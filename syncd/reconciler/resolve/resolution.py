"""What a snapshot resolves to: teams, targets, dependencies and deliverables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """An edge: `dependant` waits for `prerequisite`."""

    prerequisite: ItemKey
    dependant: ItemKey
    gating: Gating
    confidence: float
    explicit: bool
    facts: tuple[Fact, ...] = ()
    link_id: str = ""


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
    """Of the configuration, else `str(key)` of what it was found from."""
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

    @property
    def subject(self) -> str:
        """Its text in findings and fingerprints."""
        return f"deliverable:{self.id}"
