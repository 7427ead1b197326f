"""What a listed row does not say: history, reviews, links. One shape for GraphQL and REST."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody who did something; `login` is written as REST writes it (`dependabot[bot]`)."""

    login: str
    name: str = ""
    is_bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Far:
    """The other end of a connection. `id` is None where the host does not tell it."""

    ref: str
    id: str | None = None
    is_pull: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One entry of a timeline; `kind` is REST's name of it (`closed`, `labeled`, `commented` …).

    `value` is the label, milestone title, new title, reason of closing, or who was asked for a
    review (a login or `team:slug`); `old` the title before a rename.
    """

    id: str
    kind: str
    at: datetime
    actor: Actor | None = None
    value: str = ""
    old: str = ""
    who: Actor | None = None
    """Who was assigned or unassigned."""
    source: Far | None = None
    """Who referred to this item, for `cross-referenced`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    """A submitted review; `verdict` as in the model."""

    id: str
    at: datetime
    author: Actor | None
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectValue:
    """What an item's field says in one project; for an iteration also its id and days."""

    field: str
    value: str
    """An ISO date, the name of an option, or the title of an iteration."""
    project: str = ""
    """Title of the project."""
    iteration: str = ""
    start: str = ""
    days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What projects say of an item."""

    project: tuple[ProjectValue, ...] | None = None
    """None where the host did not answer."""
    withheld: bool = False
    """It is in a project that we may not see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueDetails(Planned):
    """Of an issue."""

    events: tuple[Event, ...] = ()
    parent: Far | None = None
    blocked_by: tuple[Far, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PullDetails(Planned):
    """Of a pull request. `id` is its own database id, never that of its issue row."""

    id: str
    draft: bool
    base: str
    head_branch: str
    merged_at: datetime | None
    events: tuple[Event, ...] = ()
    requested: tuple[str, ...] = ()
    """Logins, and `team:slug`."""
    reviews: tuple[ReviewRow, ...] = ()
    decision: str | None = None
    closes: tuple[Far, ...] | None = None
    """None where the host does not say: then the body's closing words are read."""
    checks: str | None = None
    mergeable: bool | None = None
    paths: tuple[str, ...] | None = ()
    """Of changed files; only asked for where the repository has code owners. None where they are
    more than are read: whose they are is then unknown rather than half known."""


VERDICTS = {
    "APPROVED": "approved",
    "CHANGES_REQUESTED": "changes_requested",
    "COMMENTED": "commented",
    "DISMISSED": "dismissed",
}
"""Review states of either API, upper case; a pending one is not submitted yet."""
