"""Issues, pull requests, milestones and calendar events, and the date claims they carry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple, TypeGuard

from syncd.model.calendar import local_time


class Kind(StrEnum):
    """Which entity of the common model an item is."""

    ISSUE = "issue"
    PULL_REQUEST = "pull_request"
    MILESTONE = "milestone"
    EVENT = "event"

    __hash__ = str.__hash__


class Phase(StrEnum):
    """Where an item stands, whatever its tracker calls the state."""

    TODO = "todo"
    ACTIVE = "active"
    WAITING = "waiting"
    REVIEW = "review"
    DONE = "done"
    DROPPED = "dropped"

    is_closed: bool
    """Delivered or dropped: nothing more is going to happen."""

    def __init__(self, text: str) -> None:
        self.is_closed = text in ("done", "dropped")

    __hash__ = str.__hash__


class Level(StrEnum):
    """Depth of an issue in its hierarchy."""

    INITIATIVE = "initiative"
    EPIC = "epic"
    ITEM = "item"
    SUBTASK = "subtask"

    @property
    def is_epic(self) -> bool:
        """An epic, or what holds epics: others are the work."""
        return self in (Level.INITIATIVE, Level.EPIC)


class DateRole(StrEnum):
    """What a claimed date is the date of."""

    START = "start"
    DUE = "due"
    RELEASE = "release"
    END = "end"
    """End of a sprint."""
    EVENT = "event"
    """Day of a calendar event."""


class Precision(StrEnum):
    """How exactly a claim names its date."""

    INSTANT = "instant"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"


class ItemKey(NamedTuple):
    """Identity of an item for ever: the provider's native id, never a key that can change.

    A tuple, as a pass looks up millions of them: those are hashed and compared in C.
    """

    source: str
    """Configured name of the source instance, such as `jira`."""
    kind: Kind
    native_id: str

    def __str__(self) -> str:
        return f"{self.source}:{self.kind}:{self.native_id}"

    @classmethod
    def parse(cls, text: str) -> ItemKey:
        """Read back what `str(key)` wrote. Raises ValueError for anything else."""
        source, kind, native_id = text.split(":", 2)
        return cls(source, Kind(kind), native_id)


def item_key(text: str) -> ItemKey | None:
    """The item that a subject or discriminator names; None where it names something else."""
    try:
        return ItemKey.parse(text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class DateClaim:
    """One source's word that something happens on a day, kept as an interval of local days.

    `field` is the name under which changes of this claim are recorded (`Change.field`), unique
    within an item: "due", "start", "release", "end", "target_end", "event", …
    """

    subject: ItemKey
    role: DateRole
    field: str
    lo: date
    hi: date
    precision: Precision = Precision.DAY
    zone: str | None = None
    """IANA zone in which the days are meant; None = the owner's."""
    set_at: datetime | None = None
    set_by: str | None = None
    """Account id at the source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """A Jira or GitHub issue.

    `ref` is what people call it now (`PAY-142`, `acme/ledger#311`), `aliases` what they called it
    before. `state_entered_at`, `last_human_activity_at` and `reopen_count` are derived from the
    history by `history.values_at`, never set by a connector.
    """

    key: ItemKey
    ref: str
    scope: str
    """Project key or `owner/name` of the repository: what `owns` and freshness are told by."""
    title: str
    type: str
    phase: Phase
    state: str
    """The tracker's own name of the state."""
    created_at: datetime
    updated_at: datetime
    level: Level = Level.ITEM
    done_at: datetime | None = None
    """Start of the current unbroken stay in a closed phase."""
    parent: str | None = None
    """Ref of the parent (epic, initiative, parent issue), as the source writes it."""
    milestones: tuple[ItemKey, ...] = ()
    sprint: ItemKey | None = None
    assignee: str | None = None
    """Account id at the source."""
    team: str | None = None
    """Value of an explicit team field."""
    components: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    priority: str | None = None
    size: float | None = None
    """Story points or the like."""
    flagged: bool = False
    restricted: bool = False
    """Behind a security level: named to nobody without an audience."""
    unchecked_tasks: int = 0
    unmapped: bool = False
    """Nothing tells where work in its state stands: `phase` is a guess."""
    url: str = ""
    aliases: tuple[str, ...] = ()
    claims: tuple[DateClaim, ...] = ()
    unanswered: tuple[str, ...] = ()
    """Claim fields, `sprint` and `phase` that the source was asked for and left out: what is held
    of them stays, since only an answer of null removes a date. Set by connectors, never stored."""
    state_entered_at: datetime | None = None
    last_human_activity_at: datetime | None = None
    reopen_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One submitted review: `verdict` is approved, changes_requested, commented or dismissed."""

    at: datetime
    author: str
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """A GitHub pull request."""

    key: ItemKey
    ref: str
    scope: str
    number: int
    title: str
    state: str
    """open, merged or closed."""
    created_at: datetime
    updated_at: datetime
    draft: bool = False
    base: str = ""
    base_is_default: bool = True
    head_branch: str = ""
    author: str | None = None
    is_bot: bool = False
    is_revert: bool = False
    requested_reviewers: tuple[str, ...] = ()
    """Account ids; a team is written `team:slug`."""
    reviews: tuple[Review, ...] = ()
    review_decision: str | None = None
    """approved, changes_requested, review_required or None where the host does not say."""
    pushed_at: datetime | None = None
    checks: str | None = None
    """success, failure, pending or None where unknown."""
    mergeable: bool | None = None
    code_owners: tuple[str, ...] = ()
    """Owners of the changed files by CODEOWNERS (account ids, `team:slug`), most files first.

    Owners of equally many files stand in one entry, separated by a space.
    """
    merged_at: datetime | None = None
    closed_at: datetime | None = None
    milestones: tuple[ItemKey, ...] = ()
    labels: tuple[str, ...] = ()
    url: str = ""
    aliases: tuple[str, ...] = ()
    claims: tuple[DateClaim, ...] = ()
    unanswered: tuple[str, ...] = ()
    """As of an issue."""
    last_human_activity_at: datetime | None = None


class MilestoneKind(StrEnum):
    """What kind of container of work a milestone is."""

    VERSION = "version"
    GITHUB_MILESTONE = "github-milestone"
    SPRINT = "sprint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """A Jira version or sprint, or a GitHub milestone."""

    key: ItemKey
    ref: str
    """Unique to people within the source: `PAY 2.1`, `acme/ledger milestone 3`, `sprint 41`."""
    scope: str
    kind: MilestoneKind
    name: str
    state: str
    """planned, active, released, closed or archived."""
    updated_at: datetime | None = None
    closed_at: datetime | None = None
    start: date | None = None
    board: str | None = None
    """Board or team name that owns a sprint."""
    url: str = ""
    aliases: tuple[str, ...] = ()
    claims: tuple[DateClaim, ...] = ()

    def is_ahead(self, at: datetime) -> bool:
        """Whether it begins on a later day than `at` is where its dates are told."""
        zone = next((claim.zone for claim in self.claims if claim.zone), "UTC")
        return self.start is not None and self.start > local_time(at, zone).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendee:
    """`response` is accepted, declined, tentative or needs_action."""

    account: str
    response: str
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent:
    """A calendar event, or one instance of a recurring one.

    Of a private event only times are kept: title is "", no refs, no attendees.
    """

    key: ItemKey
    ref: str
    scope: str
    """Calendar id."""
    title: str
    first_day: date
    last_day: date
    """Inclusive, whatever the provider's convention."""
    status: str
    """confirmed, tentative or cancelled."""
    type: str = "default"
    """default, out_of_office, focus, holiday, working_location or birthday."""
    start_at: datetime | None = None
    """None for an all-day event."""
    end_at: datetime | None = None
    all_day: bool = False
    zone: str | None = None
    ical_uid: str | None = None
    recurring_id: str | None = None
    original_start: str | None = None
    organiser: str | None = None
    attendees: tuple[Attendee, ...] = ()
    sequence: int = 0
    refs: tuple[str, ...] = ()
    """Keys and URLs of items named in title or description."""
    private: bool = False
    transparent: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None
    url: str = ""
    aliases: tuple[str, ...] = ()
    claims: tuple[DateClaim, ...] = ()


Item = Issue | PullRequest | Milestone | CalendarEvent


def is_sprint(item: Item | None) -> TypeGuard[Milestone]:
    """Whether it is a sprint: work for some days, whose end is no promise of a thing."""
    return isinstance(item, Milestone) and item.kind is MilestoneKind.SPRINT


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody's account at a source."""

    source: str
    id: str
    name: str
    email: str | None = None
    is_bot: bool = False
