"""What an alert speaks for (`reconciler.md` §E3): the same few, in the same order, everywhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from syncd.model.alerts import Alert, AlertState, Transition
from syncd.model.findings import Finding

OPEN = (AlertState.PENDING, AlertState.FIRING, AlertState.FROZEN)
"""States in which an alert is listed below the one that speaks for it."""

MOST_BELOW = 5
"""Alerts of one cause that are listed below it; the rest is a number."""


def rank_below(finding: Finding) -> tuple[str, date, str]:
    """Order of findings of one cause: by tier, then by planned day."""
    return finding.tier, finding.planned or date.max, finding.fingerprint


def victims(
    alerts: Iterable[Alert], changes: Iterable[Transition] = ()
) -> Mapping[str, Sequence[Alert]]:
    """Fingerprint of each alert that speaks for others → those that are open, weightiest first.

    `changes` are what became of `alerts` since.
    """
    now = {alert.fingerprint: alert for alert in sorted(alerts, key=lambda one: one.number)}
    now |= {change.alert.fingerprint: change.alert for change in changes}
    found: dict[str, list[Alert]] = defaultdict(list)
    for alert in now.values():
        if alert.inhibited_by and alert.state in OPEN:
            found[alert.inhibited_by].append(alert)
    return {
        root: sorted(many, key=lambda one: rank_below(one.finding)) for root, many in found.items()
    }
