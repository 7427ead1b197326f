"""Links between items as the sources state them; the reconciler reads directions from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from syncd.model.items import ItemKey


class Evidence(StrEnum):
    """What a link was read from; `reconciler.md` §C1 gives each its confidence."""

    ISSUE_LINK = "issue-link"
    """A tracker's own link with a phrase."""
    BLOCKED_BY = "blocked-by"
    """GitHub's native dependency: the far end blocks the near end."""
    PARENT = "parent"
    """The far end is the parent of the near end."""
    CLOSES = "closes"
    """The near end, a pull request, closes the far end when it is merged."""
    TITLE = "title"
    BRANCH = "branch"
    COMMIT = "commit"
    BODY = "body"
    """The near end names the far end in that place."""
    WAITS_PHRASE = "waits-phrase"
    """Text of the near end says that it is blocked by, depends on, needs or waits for the far."""
    CROSS_REFERENCE = "cross-reference"

    __hash__ = str.__hash__


class Link(NamedTuple):
    """One stated connection, seen from its near end: read "{near} {phrase} {far}"."""

    id: str
    """Unique within the source. Both ends of one tracker link report the same id."""
    near: ItemKey
    far_ref: str
    """What the source calls the far end: `PAY-142`, `acme/ledger#311`."""
    evidence: Evidence
    far: ItemKey | None = None
    """Identity of the far end where the source gives it."""
    phrase: str = ""
    """As read from this side, for ISSUE_LINK and WAITS_PHRASE."""
    inverse_phrase: str = ""
    """As read from the other side, for ISSUE_LINK."""
    type_id: str = ""
    """The tracker's id of the link type, which the configuration can map."""
    outward: bool | None = None
    """Whether `phrase` is the type's outward phrase; None where the source has no such sides."""
    explicit: bool = True
    set_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDecision:
    """What a person said of a suspected dependency; remembered for good."""

    dependant: ItemKey
    prerequisite: ItemKey
    accepted: bool
    """True: the dependant waits for the prerequisite. False: neither waits for the other."""
    at: datetime
    by: str
    """Who said so, as their machine calls them."""
    reason: str = ""
