"""So many new alerts at once that something else than drift may be behind them (`mass-change`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from syncd.model.acts import KNOWN, Act, ActKind
from syncd.model.alerts import Reason, Transition

FIRST = datetime.min.replace(tzinfo=UTC)


def hold_avalanche(
    transitions: Sequence[Transition], limit: int | None
) -> tuple[tuple[Transition, ...], tuple[Transition, ...]]:
    """What may be recorded when more than `limit` alerts would open, and those that are held back.

    Held openings are not recorded, so they open later by themselves if the avalanche melts or the
    limit is lifted; whatever else would be told waits with them (promise R3). None = no limit.
    """
    opening = tuple(filter(opens, transitions))
    if limit is None or len(opening) <= limit:
        return tuple(transitions), ()
    return tuple(transition for transition in transitions if not transition.told), opening


def table(opening: Iterable[Transition]) -> tuple[str, ...]:
    """`19 overdue: jira:PAY 15, jira:LED 4`: a line for each rule, the most first."""
    places: dict[str, Counter[str]] = {}
    many: Counter[str] = Counter()
    for one in opening:
        finding = one.alert.finding
        many[finding.rule] += 1
        places.setdefault(finding.rule, Counter()).update(map(str, finding.home[:1]))
    return tuple(
        f"{count} {rule}" + (f": {_listed(places[rule])}" if places[rule] else "")
        for rule, count in _most_first(many)
    )


def _listed(places: Counter[str]) -> str:
    return ", ".join(f"{place} {count}" for place, count in _most_first(places))


def _most_first(counted: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


def is_released(acts: Iterable[Act], since: datetime) -> bool:
    """Whether a person let the held alerts out after the last pass began, at `since`."""
    return any(act.kind is ActKind.RELEASE and act.at > since for act in acts)


def is_adopting(acts: Iterable[Act], since: datetime | None) -> bool:
    """Whether a person said so of what opens after the pass that began at `since`; None = ever."""
    return is_released((act for act in acts if act.name == KNOWN), since or FIRST)


def avalanche_limit(opened: Iterable[int]) -> int:
    """The most that one pass may open: max(20, 5 times the median of what recent passes opened)."""
    counts = sorted(opened)
    return max(20, 5 * counts[len(counts) // 2]) if counts else 20


def opens(transition: Transition) -> bool:
    """Whether people are to hear of an alert that they did not have open."""
    return transition.told and transition.reason in (Reason.OPENED, Reason.REOPENED)
