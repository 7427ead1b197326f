"""What a morning brief and a meeting pack say: facts with their sentences, before any form.

Every form (mail, terminal, Markdown, JSON) shows these sentences and these dates, so that none can
say another one. Sentences are in the words for the reader's role, days in the reader's zone;
instants are aware UTC. What the reader may not see is not in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from syncd.model.findings import Severity, Standing

Ages = tuple[tuple[str, datetime | None], ...]
"""(source, end of its oldest complete pull); None = never read completely."""


class News(StrEnum):
    """What kind of change a line tells."""

    MOVED = "moved"
    """A date moved."""
    OPENED = "new"
    WORSE = "worse"
    CHANGED = "changed"
    """It is still there, and another than it was: not worse."""
    DROPPED = "dropped"
    """Work that was to be done will not be."""
    CLEARED = "cleared"
    ANSWERED = "answered"
    """Somebody else acknowledged it, put it off, or wrote a note."""
    DECIDED = "decided"
    """Somebody accepted it for a time, or set what is promised."""


class MeetingKind(StrEnum):
    """What a meeting is for: decides what comes first in its pack."""

    STAND_UP = "stand-up"
    RISK_REVIEW = "risk-review"
    GO_NO_GO = "go-no-go"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A sentence and what it is about."""

    text: str
    ref: str = ""
    """What people call the subject; a form may make it the link. "" for leaders."""
    url: str = ""
    alert: str = ""
    """Display number of the alert it is about, as `D-41`; "" where there is none yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed(Line):
    """One change since the reader last heard."""

    news: News
    standing: Standing = Standing.NO_DATA
    """Colour and shape of it; the word is the kind of change."""
    before: date | None = None
    after: date | None = None
    slip: int | None = None
    """Working days from `before` to `after`; positive = later."""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk(Line):
    """Something open: what it is, who holds it, and what is done about it."""

    standing: Standing
    severity: Severity
    owner: str = ""
    """Name of the person or team that holds it; "" for leaders, who are told of no person."""
    act: str = ""
    """What would help, with whom, by when."""
    answers: tuple[str, ...] = ()
    """Acknowledgements, acceptances and notes, as sentences, the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Line):
    """Something that somebody has to decide; `text` says what."""

    by: date
    """Last day for it, in the reader's zone."""
    by_words: str
    """`Wed 25 Nov`."""
    why_then: str = ""
    """Why by that day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due(Line):
    """The next date of a team or deliverable; `text` is its name."""

    standing: Standing
    planned: date | None = None
    expected: date | None = None
    """As likely done by then as not; None where that cannot be told."""
    slip: int | None = None
    when: str = ""
    """The day that counts, as `2 Dec`: the expected one where there is one."""
    note: str = ""
    """What was planned, as `plan 24 Nov, +6 working days`, or `as planned`."""
    why: str = ""
    """Why the light is what it is."""
    trend: str = ""
    """↑ it stands better than a week ago, → the same, ↓ worse; "" where that is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a team has finished lately."""

    since: int
    """Since the reader's last brief."""
    names: tuple[str, ...] = ()
    """The newest few of these; fewer for leaders."""
    days: tuple[int, ...] = ()
    """On each of the last five working days, today's the last."""
    usual: int | None = None
    """In a week, by the four before; None where no week had any."""
    words: str = ""
    """`2 since Friday (LED-90, LED-91); 7 in 5 days, usual 6`."""

    @property
    def week(self) -> int:
        """On these five days together."""
        return sum(self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamBrief:
    """One team: its goal, what is in the way, what it finished, and its next date."""

    team: str
    """Id."""
    name: str
    standing: Standing
    goal: str
    """Its open sprint, else what its next date is of; "" where there is neither."""
    roadblocks: tuple[Risk, ...] = ()
    """The worst few."""
    more_roadblocks: int = 0
    put_off: tuple[Line, ...] = ()
    """The worst few that somebody put off or accepted, and until when."""
    more_put_off: int = 0
    done: Done
    due: Due | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """One meeting at its time."""

    key: str
    """`str(ItemKey)` of the event."""
    title: str
    kind: MeetingKind
    starts_at: datetime
    clock: str
    """When it starts for the reader: `09:30`, or `Tue 24 Nov 09:30` on another day."""
    ends_at: datetime | None = None
    last_met: datetime | None = None
    """When the series met before; None = never, or it is no series."""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """One meeting of the reader's day."""

    meeting: Meeting
    ask: tuple[Line, ...] = ()
    changed: tuple[Changed, ...] = ()
    """Since it last met, of what it is about."""
    more_changed: int = 0
    since_words: str = ""
    """When it last met: `Thursday`; "" where it did not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """What teams of another time zone did while the reader was away."""

    place: str
    """`Singapore`."""
    zone: str
    lines: tuple[Line, ...]
    """The newest first."""
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Priority(Line):
    """One of the three things for today; `text` is what to do."""

    why: str
    """What makes it one of the three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """The morning brief of one person."""

    person: str
    """Id."""
    name: str
    for_leader: bool = False
    """Without keys, commands and names of people."""
    program: str = ""
    """Of everything in it; "" for none or several."""
    as_of: datetime
    since: datetime
    """The last brief's moment: changes after it are told."""
    zone: str
    """IANA zone of the reader."""
    subject: str
    """`Mon 23 Nov: 2 dates moved, 1 decision by Wed`."""
    headline: str
    since_words: str
    """`Friday`, `08:30`, `Thu 12 Nov`: completes "changed since"."""
    dates: tuple[Due, ...] = ()
    """What each program that they run or follow leads to."""
    decisions: tuple[Decision, ...] = ()
    more_decisions: int = 0
    top: tuple[Priority, ...] = ()
    """At most three."""
    teams: tuple[TeamBrief, ...] = ()
    more_teams: int = 0
    changes: tuple[Changed, ...] = ()
    more_changes: int = 0
    moved: int = 0
    """Dates that moved, those that are not listed too."""
    meetings: tuple[Agenda, ...] = ()
    more_meetings: int = 0
    handovers: tuple[HandOver, ...] = ()
    acknowledged: int = 0
    """Open alerts that somebody has."""
    quiet: int = 0
    """Open alerts that are put off or accepted."""
    ages: Ages = ()
    data: str = ""
    """How old the data is: `Mon 23 Nov 08:25 CET: Jira 4 min, GitHub 2 min old`."""
    stale: tuple[str, ...] = ()
    """A sentence for each source that is not fresh."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingPack:
    """What one attendee needs for one meeting."""

    person: str
    name: str
    for_leader: bool = False
    program: str = ""
    meeting: Meeting
    as_of: datetime
    since: datetime
    """When it last met, else a week before."""
    zone: str
    subject: str
    headline: str
    since_words: str
    changes: tuple[Changed, ...] = ()
    more_changes: int = 0
    moved: int = 0
    risks: tuple[Risk, ...] = ()
    more_risks: int = 0
    decisions: tuple[Decision, ...] = ()
    more_decisions: int = 0
    dates: tuple[Due, ...] = ()
    """Of the deliverables that it is about."""
    attendees: tuple[str, ...] = ()
    """Names of those whom the configuration knows; () for leaders."""
    strangers: int = 0
    """Guests besides them."""
    ages: Ages = ()
    data: str = ""
    stale: tuple[str, ...] = ()
