"""Findings with a life: alerts, their transitions, and what is sent about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from syncd.model.briefs import Brief, MeetingPack
from syncd.model.findings import Course, Finding, Severity
from syncd.model.weeklies import Attachment, Weekly


class AlertState(StrEnum):
    """State of an alert (`reconciler.md` §E2)."""

    PENDING = "pending"
    FIRING = "firing"
    FROZEN = "frozen"
    RESOLVED = "resolved"


class Reason(StrEnum):
    """Why an alert changed, and why somebody is told."""

    OPENED = "opened"
    ADOPTED = "adopted"
    """Was there before syncd was: recorded, told once in a summary."""
    WORSE = "worse"
    CHANGED = "changed"
    """Materially different: the date moved again, a new team or tier A deliverable is hit."""
    REOPENED = "reopened"
    ESCALATED = "escalated"
    """Nobody has answered for days: one step further up hears of it, and nobody else."""
    NEARING = "near its date"
    """Graver by a step as its date is near: one step further up hears of it, and nobody else."""
    REMINDED = "reminded"
    """Still so, and long not told, or the day has come until which it was to be silent."""
    CLEARED = "cleared"
    FROZEN = "frozen"
    THAWED = "thawed"
    NO_LONGER_VISIBLE = "no longer visible"


FORETELL = frozenset(
    ("forecast-late", "date-doubtful", "person-away", "uncovered-scope", "dead-date")
)
"""Rules about the day until which something is to be done: once that passed, nothing is well."""
AHEAD = FORETELL | {"gate-too-early", "gate-unattended"}
"""Rules that look at a day ahead: once that is over nothing more can be told, be it well or not."""


def day_ahead(finding: Finding) -> date | None:
    """The day after which nothing more is told of it; None where it ends when it is not so."""
    if finding.rule == "dates-disagree" and not finding.subject.startswith("deliverable:"):
        return max(filter(None, (finding.planned, finding.expected)), default=None)
    return finding.planned if finding.rule in AHEAD else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """The alert by which people heard of another one, as it was when it told of many alike."""

    fingerprint: str
    number: int
    update: int
    told_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A finding with a life. `number` is for people (D-41); identity is `fingerprint`."""

    fingerprint: str
    number: int
    state: AlertState
    finding: Finding
    """As last seen firing."""
    opened_at: datetime
    changed_at: datetime
    update: int = 1
    """Counts what there was to tell: 0 = nothing yet, then one more for each told change. It goes
    on counting in a later episode, so that (fingerprint, update) never means two things."""
    told_severity: Severity = Severity.INFO
    """As the rule said it, without steps: those are told to one person more, not to all."""
    told_slip: int | None = None
    """Of the last update, against which "worse" is measured."""
    told_material: str = ""
    told_teams: tuple[str, ...] | None = None
    """Teams that the last update named; None where that was not written down."""
    told_dates: tuple[str, ...] = ()
    """Of a rule about dates that people set, those that were told in this episode, newest last."""
    known: bool = False
    """Adopted by the first pass that could see it: silent until it changes."""
    inhibited_by: str = ""
    """Fingerprint of the alert that speaks for this one."""
    frozen_since: datetime | None = None
    """Since when it is frozen, or was until nothing could be told of it any more."""
    resolved_at: datetime | None = None
    episode: int = 1
    headline: str = ""
    """What its mail thread is called: made when it opens, kept for the whole episode."""
    told_at: datetime | None = None
    """When people were last to be told that it fires; None = never, or they heard that it is over.
    """
    voice: Voice | None = None
    """What told of it last, before it began to speak for itself."""
    frozen_by: str = ""
    """Why it is frozen, in words for people; once resolved, how its subject ended (`is done`), or
    what else cannot be seen."""
    lost: bool = False
    """Frozen since what it rests on cannot be seen, maybe for ever."""
    clear_since: datetime | None = None
    """Clear since then, but still held firing: it is unsteady, or its rule has to be sure."""
    flips: tuple[datetime, ...] = ()
    """Its recent changes between firing and clear, oldest first."""
    unsteady: bool = False
    """Flips too often: held firing, told in digests only."""
    grave_since: datetime | None = None
    """Since when it is high or worse and told; None = it is not, or that was not kept."""
    stepped_at: datetime | None = None
    """When it was escalated last, in either way: never twice a day."""
    escalated: bool = False
    """It went a step up because nobody answered; who was told then hears of it from then on."""
    raised: int = 0
    """Steps of severity added while its date is near; they are part of `finding`."""

    @classmethod
    def of(cls, finding: Finding, at: datetime) -> Alert:
        """Of a finding that has no alert yet, as if it were new at that moment."""
        return cls(
            fingerprint=finding.fingerprint, number=0, state=AlertState.FIRING, finding=finding,
            opened_at=at, changed_at=at,
        )  # fmt: skip

    @property
    def heard_as(self) -> Voice | None:
        """Its voice, while nothing newer was told of the alert itself."""
        voice = self.voice
        return voice if voice and voice.told_at == self.told_at else None

    @property
    def id(self) -> str:
        """Display number."""
        return f"D-{self.number}"

    @property
    def steps(self) -> int:
        """How far up it went, in either way."""
        return self.escalated + self.raised


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A recorded change of an alert, with its reason; `alert` is the state after it."""

    alert: Alert
    before: AlertState | None
    reason: Reason
    at: datetime
    told: bool
    """Whether people routed to it are to hear of it."""

    @property
    def called(self) -> str:
        """The reason in words for people: what cannot be seen may be another than its subject."""
        is_other = self.reason is Reason.NO_LONGER_VISIBLE and self.alert.frozen_by
        return "no longer known" if is_other else str(self.reason)


class Hold(StrEnum):
    """Why a message does not leave at once."""

    NONE = ""
    DIGEST = "digest"
    """Below high, or what only ends: it waits for the next digest."""
    MODE = "mode"
    """The reader chose digests."""
    ROUTE = "route"
    """A route says so."""
    RULE = "rule"
    """People found its rule rarely useful: in digests only."""
    UNSTEADY = "unsteady"
    """It comes and goes: in digests only."""
    BUDGET = "budget"
    """The reader has had as many mails at once as a day or week allows."""
    DELIVERABLE = "deliverable"
    """The reader has had something new of the same deliverable today."""
    HEARD = "heard"
    """It goes a step up, to a reader who heard of it that day or on the working day before."""
    BATCHING = "batching"
    """More may come within minutes."""
    QUIET = "quiet"
    """Quiet hours of the reader."""

    @property
    def is_digest(self) -> bool:
        """Whether it waits for a digest rather than for minutes or the morning."""
        return self not in (Hold.NONE, Hold.BATCHING, Hold.QUIET)


class NoticeKind(StrEnum):
    """Which mail: one alert, several together, the first summary, to operators, or at set times."""

    ALERT = "alert"
    DIGEST = "digest"
    ADOPTION = "adoption"
    SERVICE = "service"
    BRIEF = "brief"
    PACK = "pack"
    WEEKLY = "weekly"


class Summary(StrEnum):
    """What an ADOPTION tells of; so its key begins, which is "" for the first of all."""

    FIRST = ""
    JOINED = "joined"
    """What came with a project, repository or calendar that was added."""
    SEEN_LATE = "late"
    """What no pass before could judge: of a rule that was off, or had too little history."""
    ASKED = "asked"
    """What somebody said is to be taken as known."""


AT_SET_TIMES = frozenset({NoticeKind.BRIEF, NoticeKind.PACK, NoticeKind.WEEKLY})
"""Kinds that are made of all that is known, and not of alerts alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Victims:
    """What one alert of a notification speaks for; nobody is told of these apart."""

    root: str
    """Fingerprint of the alert that speaks."""
    alerts: tuple[Alert, ...]
    """The weightiest few, the first one first."""
    more: int = 0
    """How many there are besides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One message to one person, before it is rendered."""

    kind: NoticeKind
    person: str
    """Person id."""
    transitions: tuple[Transition, ...]
    """One for ALERT; worst first for DIGEST and ADOPTION."""
    victims: tuple[Victims, ...] = ()
    """Of those alerts that speak for others."""
    course: Course = ()
    """Of an ALERT: how the date of its finding came to where it is."""
    program: str = ""
    """Name of the program that all of it belongs to; "" where there is none or several."""
    why: str = ""
    """"because you own PAY-142": the reason this person is told."""
    send_after: datetime | None = None
    """Not before this (quiet hours, digest times)."""
    as_of: datetime
    ages: tuple[tuple[str, datetime | None], ...] = ()
    """(source, end of its last complete pull), for the data's age in the footer."""
    headline: str = ""
    """What a SERVICE notice that is about no alert says, in one line; else ""."""
    lines: tuple[str, ...] = ()
    """The paragraphs below that headline."""
    key: str = ""
    """Identity of such a notice, brief, pack or weekly: the same is sent to a person once. Of an
    ADOPTION: its `Summary`, and the pass that it is of where that is not the first."""
    about: tuple[tuple[str, int], ...] = ()
    """Of a BRIEF or PACK: what it is the one of, and for which hour, as its message keeps it."""
    content: Brief | MeetingPack | Weekly | None = None
    """All that a BRIEF, PACK or WEEKLY says; None for every other kind."""
    attachment: Attachment | None = None
    hold: Hold = Hold.NONE
    """What `send_after` waits for."""
    veiled: tuple[str, ...] = ()
    """Fingerprints that it tells in the neutral form; of a BRIEF, PACK or WEEKLY the scopes, as
    `jira:PAY`, that are hidden in it."""

    @property
    def identity(self) -> list[str]:
        """Parts that are the same for whatever tells a person the same, and for nothing else."""
        parts = [f"{one.alert.fingerprint}.{one.alert.update}" for one in self.transitions]
        if len(parts) != 1 or self.key:
            parts += [self.kind.value, self.key]
        return sorted(parts)


class MessageState(StrEnum):
    """Where a queued message stands; every end but SENT says why in `error`."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A rendered notification in the outbox: the same bytes at every try."""

    message_id: str
    """The Message-ID: keyed hash of (fingerprints, update numbers, person). Primary key."""
    notifier: str
    person: str
    recipient: str
    """Address that the notifier sends to."""
    subject: str
    body: bytes
    fallback: bytes = b""
    """Plainer form for a server that refuses the content."""
    alerts: tuple[tuple[str, int], ...] = ()
    """(fingerprint, update) pairs that it tells of; of a brief or pack `Notification.about`."""
    reason: str = ""
    queued_at: datetime
    send_after: datetime
    """Not before this; once it has ended without being sent, when that was."""
    state: MessageState = MessageState.WAITING
    attempts: int = 0
    in_doubt: bool = False
    """A try ended without an answer after the last byte: it may have arrived."""
    sent_at: datetime | None = None
    error: str = ""
    hold: Hold = Hold.NONE
    """What it waited for when it was queued."""
    veiled: tuple[str, ...] = ()
    """As `Notification.veiled`; of a note on an item its alert, where all that is not named."""
