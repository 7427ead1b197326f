"""What has come to its end, so that nothing more can be told of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from syncd.model.alerts import Alert, AlertState
from syncd.model.findings import Finding
from syncd.model.items import CalendarEvent, Issue, Phase, item_key
from syncd.reconciler.engine import ABOUT_DONE, done
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.view import View


def endings(view: View, alerts: Iterable[Alert]) -> Mapping[str, str]:
    """Fingerprints of open alerts whose subject came to its end, each with how: `is done`."""
    alive = (one for one in alerts if one.state is not AlertState.RESOLVED)
    return {one.fingerprint: how for one in alive if (how := ending(view, one.finding))}


def ending(view: View, finding: Finding) -> str:
    """How its subject came to its end; "" where it did not, or where that is what it tells of."""
    subject = finding.subject if finding.rule not in ABOUT_DONE else ""
    # What is found, not declared, is named after the item that it is.
    key = item_key(subject.removeprefix("deliverable:"))
    item = view.item(key) if key else None
    if item is None or isinstance(item, CalendarEvent) or is_open(item):
        return "is done" if subject in view.once(done) else ""
    if isinstance(item, Issue):
        return "was dropped" if item.phase is Phase.DROPPED else "is done"
    return f"is {item.state}"
