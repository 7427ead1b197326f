"""So many new alerts at once that something else than drift may be behind them (`mass-change`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from syncd.model.acts import Act, ActKind
from syncd.model.alerts import Reason, Transition


def hold_avalanche(
    transitions: Sequence[Transition], limit: int | None
) -> tuple[tuple[Transition, ...], int]:
    """What may be recorded when more than `limit` alerts would open, and how many are held back.

    Held openings are not recorded, so they open later by themselves if the avalanche melts or the
    limit is lifted; whatever else would be told waits with them (promise R3). None = no limit.
    """
    opening = sum(_opens(transition) for transition in transitions)
    if limit is None or opening <= limit:
        return tuple(transitions), 0
    return tuple(transition for transition in transitions if not transition.told), opening


def is_released(acts: Iterable[Act], since: datetime) -> bool:
    """Whether a person let the held alerts out after the last pass began, at `since`."""
    return any(act.kind is ActKind.RELEASE and act.at > since for act in acts)


def avalanche_limit(opened: Iterable[int]) -> int:
    """The most that one pass may open: max(20, 5 times the median of what recent passes opened)."""
    counts = sorted(opened)
    return max(20, 5 * counts[len(counts) // 2]) if counts else 20


def _opens(transition: Transition) -> bool:
    return transition.told and transition.reason in (Reason.OPENED, Reason.REOPENED)
