"""The things a simulated GitHub holds: people, repositories, issues, pull requests, their past."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")


@dataclass(slots=True, kw_only=True)
class User:
    """A person or a robot (whose login is written without `[bot]`)."""

    id: int
    login: str
    name: str
    is_bot: bool = False


@dataclass(slots=True, kw_only=True)
class Milestone:
    """A milestone; `due` is the day people chose."""

    id: int
    number: int
    title: str
    creator: User
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    due: date | None = None
    closed_at: datetime | None = None

    @property
    def due_on(self) -> datetime | None:
        """As GitHub keeps it: midnight US Pacific, in UTC."""
        if self.due is None:
            return None
        return datetime.combine(self.due, time(), PACIFIC).astimezone(UTC)


@dataclass(slots=True, kw_only=True)
class Event:
    """An entry of a timeline; `kind` is REST's name, `data` what belongs to that kind."""

    id: int
    kind: str
    at: datetime
    actor: User
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Review:
    """A submitted review; `state` is APPROVED, CHANGES_REQUESTED, COMMENTED or DISMISSED."""

    id: int
    author: User
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Iteration:
    """A stretch of days that work is planned for in a project."""

    id: str
    title: str
    start: date
    days: int


Field = date | str | Iteration
"""What a project's field holds: a date, the name of an option, or an iteration."""


@dataclass(slots=True, kw_only=True)
class Item:
    """An issue, or a pull request (then `pull_id` is set)."""

    repo: Repo
    id: int
    number: int
    title: str
    body: str
    author: User
    created_at: datetime
    updated_at: datetime
    pull_id: int | None = None
    locked: bool = False
    """Only who may write code comments."""
    state: str = "open"
    reason: str | None = None
    closed_at: datetime | None = None
    closed_by: User | None = None
    assignees: list[User] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    milestone: Milestone | None = None
    type: str | None = None
    events: list[Event] = field(default_factory=list)
    parent: Item | None = None
    blocked_by: list[Item] = field(default_factory=list)
    head: str = ""
    base: str = "main"
    draft: bool = False
    merged_at: datetime | None = None
    merged_by: User | None = None
    mergeable: bool | None = True
    checks: str | None = None
    """SUCCESS, FAILURE or PENDING."""
    files: list[str] = field(default_factory=list)
    """Paths that a pull request changes."""
    fields: dict[str, dict[str, Field]] = field(default_factory=dict)
    """Title of a project → what its fields say."""
    reviews: list[Review] = field(default_factory=list)
    requested: list[User | str] = field(default_factory=list)
    """People, and slugs of teams."""

    @property
    def ref(self) -> str:
        """`owner/name#number`."""
        return f"{self.repo.full_name}#{self.number}"

    @property
    def comments(self) -> int:
        """How many comments it has."""
        return sum(event.kind == "commented" for event in self.events)

    @property
    def decision(self) -> str | None:
        """What the latest opinion of each reviewer comes to."""
        opinions = {r.author.login: r.state for r in self.reviews if r.state != "COMMENTED"}
        if "CHANGES_REQUESTED" in opinions.values():
            return "CHANGES_REQUESTED"
        if "APPROVED" in opinions.values():
            return "APPROVED"
        return "REVIEW_REQUIRED" if self.requested else None


@dataclass(slots=True, kw_only=True)
class Repo:
    """A repository and all it holds."""

    id: int
    full_name: str
    created_at: datetime
    private: bool = True
    default_branch: str = "main"
    former: list[str] = field(default_factory=list)
    items: dict[int, Item] = field(default_factory=dict)
    milestones: dict[int, Milestone] = field(default_factory=dict)
    has_issues: bool = True
    archived: bool = False
    files: dict[str, str] = field(default_factory=dict)
    """Path on the default branch → text."""
    deleted: set[int] = field(default_factory=set)
    moved: dict[int, Item] = field(default_factory=dict)
    """Number of a transferred issue → where it is now."""

    @property
    def listed(self) -> list[Item]:
        """What it shows: no issues while they are switched off."""
        return [i for i in self.items.values() if i.pull_id or self.has_issues]

    @property
    def owner(self) -> str:
        """The part before the slash."""
        return self.full_name.partition("/")[0]
