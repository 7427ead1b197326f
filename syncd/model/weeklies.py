"""What leaders are told once a week: dates and chances, with the sentences made of them.

Mail, page, Markdown and JSON are made of this one record, so that they cannot disagree. No text of
it has a key of an item or the name of a person in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from syncd.model.findings import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """One thing promised, as leaders read it."""

    name: str
    standing: Standing
    plan: date | None = None
    """The day that it was promised for."""
    expected: date | None = None
    """As likely done by then as not; without a forecast what stated dates leave, and None where its
    day has passed."""
    sure: date | None = None
    """Done by then with a chance of 85 %."""
    is_range: bool = False
    """Of little history: `expected` and `sure` begin and end a range, and no day is likely."""
    late: float | None = None
    """Chance, .01 to .99, to miss `plan`."""
    slip: int | None = None
    """Working days from `plan` to `expected`, or to today where that is None and its day passed."""
    before: date | None = None
    """What was expected a week ago; None = not known."""
    way: str = ""
    """How its day is told now, where that was another way a week ago."""
    why: str = ""
    """The sentence that explains `standing`; "" where readers may not be told."""
    trend: str = ""
    """↑ it stands better than a week ago, → the same, ↓ worse; "" where that is not known."""
    reason: str = ""
    """Why it cannot be forecast; "" where it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """How the work of one team stands, in a word."""

    team: str
    standing: Standing
    words: str
    """`1 late, 2 at risk`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What leaders are asked to decide, and by when."""

    text: str
    by: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """One program's week."""

    program: str
    """Its name; "" where no program is meant."""
    today: date
    """Local day of the reader."""
    word: str = ""
    """What the main milestone is called: `launch`, or its name."""
    main: Milestone | None = None
    """The milestone that all else leads to; None where nothing is promised."""
    week: int | None = None
    """Which week of the plan this is, from 1; None where its start is not known."""
    weeks: int | None = None
    subject: str = ""
    """`Week 4 of 7: launch 15 Dec (plan 11)`; without the name of the program."""
    headline: str = ""
    confidence: str = ""
    trend: str = ""
    bullets: tuple[str, ...] = ()
    """Three sentences at most, the weightiest first."""
    decision: Decision | None = None
    lights: tuple[Light, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    """All of them: those without data first, then the soonest."""
    gaps: tuple[str, ...] = ()
    """What is not known, a sentence each."""

    @property
    def counted(self) -> str:
        """`week 4 of 7`, `week 9, planned were 7`; "" where its start is not known."""
        if self.week is None or self.weeks is None:
            return ""
        between = " of " if self.week <= self.weeks else ", planned were "
        return f"week {self.week}{between}{self.weeks}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    """Made of ids and dates; never of text that a provider wrote."""
    content: bytes
