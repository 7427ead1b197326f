"""What a report says, whatever form it takes: page, Markdown or JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from syncd.model.findings import Standing
from syncd.model.weeklies import Weekly


class Audience(StrEnum):
    """Whom a report is made for."""

    TEAM = "team"
    LEAD = "lead"


class Block(StrEnum):
    """The parts of a report, in their order."""

    NUMBERS = "numbers"
    ATTENTION = "attention"
    TIMELINE = "timeline"
    SLIPS = "slips"
    WAITS = "waits"
    LOG = "log"
    DATA = "data"


class Kind(StrEnum):
    """What a row of the timeline is."""

    MILESTONE = "milestone"
    ITEM = "item"
    EVENT = "event"


MILESTONES = "Milestones and reviews"
"""Name of the group of rows that belong to no single team."""
WORST_FIRST = (Standing.LATE, Standing.AT_RISK, Standing.NO_DATA, Standing.ON_PLAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One headline number."""

    title: str
    value: str
    note: str = ""
    standing: Standing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """One finding that somebody should look at."""

    standing: Standing
    alert: str
    """`D-41`; "" where no run has recorded it yet."""
    ref: str
    url: str
    what: str
    effect: str
    owner: str
    since: date | None
    teams: tuple[str, ...]
    """Names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the timeline."""

    id: str
    """Of the node: `str(ItemKey)` or `deliverable:ID`; unique within a report."""
    kind: Kind
    ref: str
    name: str
    url: str
    team: str
    """Name of the group that it stands in."""
    standing: Standing
    start: date | None = None
    plan: date | None = None
    expected: date | None = None
    sure: date | None = None
    """Done by then with a chance of 85 %."""
    slip: int | None = None
    """Working days from `plan` to `expected`, or to today where that is None and its day passed."""
    note: str = ""
    """What its figure says: `+4 wd`, `on plan`, `3 wd too early`."""
    pushed_by: str = ""
    """Id of the row that sets its day, where that one is late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """How the day of one milestone moved: (day on which it was said, day that was said)."""

    name: str
    plan: date | None
    slip: int | None
    points: tuple[tuple[date, date], ...]
    foretold: bool
    """Points are forecasts; else the dates that were set."""
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A team in the graph of who waits for whom."""

    name: str
    standing: Standing
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """`after` waits for `before`: places in the list of groups."""

    before: int
    after: int
    label: str
    links: int
    stated: bool
    """Somebody recorded one of the links; else all of them are only seen in texts."""
    standing: Standing
    spare: int | None
    """Working days that the tightest link leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the log."""

    at: datetime
    day: date
    who: str
    what: str
    why: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """How far one source can be believed."""

    source: str
    read: str
    """When it was last read completely, in words."""
    items: int
    trouble: str
    """What is wrong with it; "" for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All of it. Every text is one harmless line; days are local days of `zone`."""

    audience: Audience
    title: str
    program: str
    """Id; "" for all that is held."""
    as_of: datetime
    zone: str
    today: date
    subtitle: str
    """When, which week, and for whom: it says nothing that these may not see."""
    blocks: tuple[Block, ...]
    weekly: Weekly
    numbers: tuple[Number, ...] = ()
    attention: tuple[Attention, ...] = ()
    more_attention: int = 0
    teams: tuple[str, ...] = ()
    """Names of teams in `attention`, those with the most lines first."""
    rows: tuple[Row, ...] = ()
    """Drawn: all of them, or the worst of too many."""
    rest: tuple[Row, ...] = ()
    """Not drawn but listed."""
    more_rows: int = 0
    """Neither drawn nor listed."""
    slips: tuple[Slip, ...] = ()
    groups: tuple[Group, ...] = ()
    waits: tuple[Wait, ...] = ()
    log: tuple[Entry, ...] = ()
    log_since: date | None = None
    more_log: int = 0
    ages: tuple[Age, ...] = ()
    gaps: tuple[str, ...] = ()
    """What is missing, a sentence each."""
    readers: str = ""
    """Whom it is made for, in words."""
    reader: str = ""
    """Id of the one person that it is made for; "" = all of the audience."""
    counts: str = ""
    """`214 issues, 61 pull requests, 38 events`."""
