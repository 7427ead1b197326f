"""What has come to its end, so that nothing more can be told of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from syncd.model.alerts import Alert, AlertState
from syncd.model.items import CalendarEvent, Issue, Phase, item_key
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.view import View


def endings(view: View, alerts: Iterable[Alert]) -> Mapping[str, str]:
    """Subjects of the alerts that came to their end, each with how: `is done`."""
    subjects = {one.finding.subject for one in alerts if one.state is not AlertState.RESOLVED}
    return {subject: how for subject in subjects if (how := ending(view, subject))}


def ending(view: View, subject: str) -> str:
    """How it came to its end; "" where it did not."""
    # What is found, not declared, is named after the item that it is.
    key = item_key(subject.removeprefix("deliverable:"))
    item = view.item(key) if key else None
    if item is None or isinstance(item, CalendarEvent) or is_open(item):
        return "is done" if subject in view.once(_done) else ""
    if isinstance(item, Issue):
        return "was dropped" if item.phase is Phase.DROPPED else "is done"
    return f"is {item.state}"


def _done(view: View) -> frozenset[str]:
    return frozenset(one.subject for one in view.deliverables if one.done)
