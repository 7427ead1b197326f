"""When a deliverable will be done, with odds; and what earlier forecasts said of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Grade(StrEnum):
    """How much history a forecast rests on (`reconciler.md` §D4)."""

    A = "A"
    B = "B"
    C = "C"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Dates and odds for one deliverable, or the reason why there are none."""

    subject: str
    """`deliverable:ID`."""
    name: str
    tier: str = "B"
    teams: tuple[str, ...] = ()
    target: date | None = None
    items: int = 0
    """Open items of it."""
    ahead: int = 0
    """Open items of other deliverables that its dates wait for, since its teams do them first."""
    grade: Grade = Grade.NONE
    reason: str = ""
    """Why there is no date, as a sentence for people; "" where there is one."""
    p50: date | None = None
    """As likely done by then as not."""
    p85: date | None = None
    p95: date | None = None
    """None where it lies beyond what can be told."""
    late: float | None = None
    """Chance, .01 to .99, that the target is missed; None without a target or a date."""
    days: float = 0.0
    """Working days that the pace alone gives for it and what is ahead, by its slowest team."""
    spread: float = 0.0
    """How far off such forecasts are, on the logarithm of the time; 0 = told item by item."""
    per_week: tuple[int, ...] = ()
    """Items that this team finished in each of the last four weeks, newest last."""
    standing: str = ""
    """How the deliverable stood in all that was known when this was kept (`Standing`); "" = that
    was not written down."""


def another_way(was: Forecast, now: Forecast) -> str:
    """`by the pace of its team, no longer item by item`; "" where both are told one way.

    Then most of what moved may be the way, and nothing that happened.
    """
    if was.p50 is None or now.p50 is None or bool(was.spread) is bool(now.spread):
        return ""
    ways = "by the pace of its team", "item by item"
    first, last = ways if now.spread else ways[::-1]
    return f"{first}, no longer {last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastForecast:
    """A forecast as it was made, and what came true."""

    forecast: Forecast
    made_at: datetime
    made_on: date
    """Local day of the organisation."""
    done_on: date | None = None
    """When the last of its items was closed; None = not yet."""
    taken_out: int = 0
    """Items that were moved out of it or dropped until then."""

    @property
    def is_fair(self) -> bool:
        """Whether it was done with what it spoke of: at most a fifth of that was taken out."""
        return self.done_on is not None and 5 * self.taken_out <= self.forecast.items


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `of`: a share that keeps how many stand behind it."""

    hits: int
    of: int

    @property
    def value(self) -> float | None:
        """From 0 to 1; None of nothing."""
        return self.hits / self.of if self.of else None
