"""What has come to its end, so that nothing more can be told of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from syncd.model.alerts import Alert, AlertState
from syncd.model.findings import Finding
from syncd.model.items import CalendarEvent, Issue, ItemKey, Phase, item_key
from syncd.reconciler.engine import ABOUT_DONE, done
from syncd.reconciler.facts.parted import is_made_anew
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.view import View

GONE = "is not found any more"
"""Deleted, as two listings prove; some hosts say the same of what we may see no more."""

UNDECLARED = "is not declared under that name any more"
BOUND = "counts as part of another deliverable now"
MADE_ANEW = "has a new event in place of the one that was cancelled"
DELIVERABLE = "deliverable:"


def endings(view: View, alerts: Iterable[Alert]) -> Mapping[str, str]:
    """Fingerprints of open alerts whose subject came to its end, each with how: `is done`."""
    alive = (one for one in alerts if one.state is not AlertState.RESOLVED)
    return {
        one.fingerprint: how
        for one in alive
        if (
            how := ending(view, one.finding) or _gone(view, one.finding) or _left(view, one.finding)
        )
    }


def _gone(view: View, finding: Finding) -> str:
    key = _key(finding.subject)
    if key and view.item(key) is None:
        return GONE
    if finding.subject.startswith(DELIVERABLE) and finding.subject not in view.once(_subjects):
        return UNDECLARED if key is None else BOUND if key in view.once(_bound) else ""
    return ""


def _left(view: View, finding: Finding) -> str:
    """That what did not fit is no more, the sprint, release or event: nobody made it fit."""
    if finding.rule == "event-moved" and (event := item_key(finding.discriminator)):
        return MADE_ANEW if _is_made_anew(view, finding.subject, event) else ""
    item = view.item(key) if (key := _key(finding.subject)) else None
    if finding.rule != "dates-disagree" or not isinstance(item, Issue):
        return ""
    around = {"sprint": [item.sprint], "version": item.milestones}.get(finding.discriminator)
    if around is None or any(one and is_open(one) for one in map(view.item, filter(None, around))):
        return ""
    return f"is in no open {'sprint' if finding.discriminator == 'sprint' else 'release'} any more"


def _is_made_anew(view: View, subject: str, key: ItemKey) -> bool:
    event = view.event(key)
    wholes = [one for one in view.deliverables if one.subject == subject]
    others = [k for one in wholes for k in (*one.events, *one.gates, *one.freezes) if k != key]
    return event is not None and event.status == "cancelled" and is_made_anew(view, event, others)


def _subjects(view: View) -> frozenset[str]:
    return frozenset(one.subject for one in view.deliverables)


def _bound(view: View) -> frozenset[ItemKey]:
    return frozenset(key for one in view.deliverables for key in one.bound)


def _key(subject: str) -> ItemKey | None:
    # What is found, not declared, is named after the item that it is.
    return item_key(subject.removeprefix(DELIVERABLE))


def ending(view: View, finding: Finding) -> str:
    """How its subject came to its end; "" where it did not, or where that is what it tells of."""
    subject = finding.subject if finding.rule not in ABOUT_DONE else ""
    key = _key(subject)
    item = view.item(key) if key else None
    if item is None or isinstance(item, CalendarEvent) or is_open(item):
        return "is done" if subject in view.once(done) else ""
    if isinstance(item, Issue):
        return "was dropped" if item.phase is Phase.DROPPED else "is done"
    return f"is {item.state}"
