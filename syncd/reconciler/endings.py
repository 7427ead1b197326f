"""What has come to its end, so that nothing more can be told of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from syncd.model.alerts import Alert, AlertState
from syncd.model.findings import Finding
from syncd.model.items import CalendarEvent, Issue, ItemKey, Phase, item_key
from syncd.reconciler.engine import ABOUT_DONE, done
from syncd.reconciler.facts.parted import is_made_anew
from syncd.reconciler.facts.subjects import is_over
from syncd.reconciler.facts.withdrawn import WITHDRAWN
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.view import Deliverable, View

GONE = "is not found any more"
"""Deleted, as two listings prove; some hosts say the same of what we may see no more."""
UNDECLARED = "is not declared under that name any more"
BOUND = "is part of another deliverable now"
PASSED = "was needed for a date that has passed"
MADE_ANEW = "has a new event in place of the one that was cancelled"
UNDATED = "has no date any more"
"""Whoever reads that it is no longer overdue, or fits its date, takes it for done or replanned."""
OF_A_DATE = frozenset(
    {"overdue", "date-moved", "forecast-late", "slip-creep", "date-doubtful", "dep-inversion"}
)
"""Rules that look at nothing that has no date."""
DELIVERABLE = "deliverable:"


def endings(view: View, alerts: Iterable[Alert]) -> Mapping[str, str]:
    """Fingerprints of open alerts whose subject came to its end, each with how: `is done`."""
    alive = (one for one in alerts if one.state is not AlertState.RESOLVED)
    found = ((one, ending(view, one.finding) or _gone(view, one.finding)) for one in alive)
    return {one.fingerprint: how for one, how in found if how}


def _gone(view: View, finding: Finding) -> str:
    """That the subject, or what did not fit it, is no more: nobody made it well."""
    key = _key(finding.subject)
    if key and view.item(key) is None:
        return GONE
    if finding.subject.startswith(DELIVERABLE) and finding.subject not in view.once(_wholes):
        is_bound = any(key in one.bound for one in view.deliverables)
        if key is None or is_bound:
            return UNDECLARED if key is None else BOUND
    return _undone(view, finding, key)


def _undone(view: View, finding: Finding, key: ItemKey | None) -> str:
    """That what did not fit a subject which is there still is no more."""
    if finding.rule == "dep-weak":
        return PASSED if _has_passed(view, finding.deliverable) else ""
    if finding.rule == "event-moved":
        return MADE_ANEW if _is_made_anew(view, finding) else ""
    if finding.rule in OF_A_DATE and finding.discriminator != WITHDRAWN:
        whole = view.once(_wholes).get(finding.subject)
        unseen = view.snapshot.invisible
        is_dated = whole.target if whole else not key or key in unseen or view.target(key)
        return "" if is_dated else UNDATED
    item, around = view.item(key) if key else None, None
    if finding.rule == "dates-disagree" and isinstance(item, Issue):
        around = {"sprint": [item.sprint], "version": item.milestones}.get(finding.discriminator)
    if around is None or any(one and is_open(one) for one in map(view.item, filter(None, around))):
        return ""
    return f"is in no open {'sprint' if finding.discriminator == 'sprint' else 'release'} any more"


def _is_made_anew(view: View, finding: Finding) -> bool:
    whole, key = view.once(_wholes).get(finding.subject), item_key(finding.discriminator)
    event = view.event(key) if key else None
    if whole is None or event is None or event.status != "cancelled":
        return False
    others = {*whole.events, *whole.gates, *whole.freezes} - {event.key}
    return is_made_anew(view, event, others)


def _has_passed(view: View, deliverable: str) -> bool:
    """Whether nothing is committed any more, as the day is over, though it is not done."""
    whole = view.once(_wholes).get(f"{DELIVERABLE}{deliverable}")
    if whole is None or whole.done or whole.target is None:
        return False
    return is_over(view, whole.target.claim, view.calendar_of(whole))


def _wholes(view: View) -> Mapping[str, Deliverable]:
    return {one.subject: one for one in view.deliverables}


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
