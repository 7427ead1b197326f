"""What has a date of its own that people may hold it to: deliverables, and issues with a due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from syncd.model.acts import Agreed
from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Finding
from syncd.model.items import DateClaim, ItemKey
from syncd.reconciler.facts import subjects
from syncd.reconciler.facts.moves import Move
from syncd.reconciler.resolve.resolution import Deliverable
from syncd.reconciler.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A subject with a date of its own."""

    claim: DateClaim
    calendar: WorkingCalendar
    name: str
    node: ItemKey | str
    """The item, or the subject of the deliverable."""
    keys: tuple[ItemKey, ...]
    """The subject and all that inherits its date."""
    tier: str
    deliverable: Deliverable | None = None
    """None for an item."""
    baseline: date | None = None
    provisional: bool = True
    """There is no baseline but the first date seen."""
    begun_on: date | None = None
    """The day from which on there was a plan; None where its date never stood."""
    agreed: Agreed | None = None
    """The act by which people set the baseline."""

    def is_promised(self, day: date) -> bool:
        """Whether people set or declared that day as the baseline."""
        return self.deliverable is not None and self.deliverable.promised == day

    def is_settled(self, at: datetime) -> bool:
        """Whether what happened then came before people agreed on a baseline."""
        return self.agreed is not None and at <= self.agreed.at

    def covers(self, move: Move) -> bool:
        """Whether people agreed since that move, or its later date is the declared baseline."""
        is_promised = move.slip > 0 and self.is_promised(move.new)
        return is_promised or self.is_settled(move.steps[-1].change.at)

    @property
    def note(self) -> str:
        """`, the first date seen`, `, set by dana: the vendor is late`: whose the baseline is."""
        if self.agreed is None:
            return ", the first date seen" if self.provisional else ""
        why = f": {self.agreed.reason}" if self.agreed.reason else ""
        return f", set by {self.agreed.by}{why}"

    def draft(self, view: View, rule: str) -> Finding:
        """A finding about it with all but what was found, for `dataclasses.replace`."""
        if self.deliverable is None:
            return subjects.draft_of_item(view, self.claim.subject, rule)
        draft = subjects.draft_of(view, self.deliverable, rule)
        return replace(draft, scopes=subjects.scopes(view, [self.claim.subject]))


def dated_subjects(view: View) -> Iterator[Dated]:
    """Open deliverables, then open issues with a date besides theirs, if it ever changed."""
    for deliverable, target in subjects.targeted(view):
        if _has_moved(view, target.claim, deliverable.subject):
            yield _of_deliverable(view, deliverable, target.claim)
    whole = {key for one in view.deliverables for key in subjects.one_with(view, one)}
    for issue, own in subjects.with_own_date(view, whole, "it has no date of its own"):
        if _has_moved(view, own.claim, issue.key):
            main = subjects.main_deliverable(view, issue.key)
            yield Dated(
                claim=own.claim,
                calendar=view.calendar(issue.key),
                name=subjects.called(issue),
                node=issue.key,
                keys=(issue.key,),
                tier=main.tier if main else "B",
                begun_on=view.commitment(issue.key).committed_on,
            )


def made_on(view: View, key: ItemKey) -> date:
    """The day on which an item was made; long ago where nothing tells.

    No source says it of versions and milestones: those were there when first read, or named by an
    issue.
    """
    made_at: datetime | None = getattr(view.item(key), "created_at", None)
    if made_at is None:
        known = [view.snapshot.first_seen.get(key), *_named_at(view, key)]
        made_at = min((at for at in known if at), default=None)
    return view.calendar(key).local_date(made_at) if made_at else date.min


def _named_at(view: View, milestone: ItemKey) -> Iterator[datetime]:
    """When each issue that carries it began to."""
    for issue in view.milestone_members(milestone):
        changes = view.changes(issue.key, "milestones", "sprint")
        put = [change.at for change in changes if change.new == str(milestone)]
        yield put[0] if put else issue.created_at


def _has_moved(view: View, claim: DateClaim, subject: ItemKey | str) -> bool:
    if view.moves(claim):
        return True
    view.silent(subject, "its date, {}, never changed", claim.hi)
    return False


def _of_deliverable(view: View, deliverable: Deliverable, claim: DateClaim) -> Dated:
    heirs = [key for key in deliverable.members if (own := view.target(key)) and own.via]
    return Dated(
        claim=claim,
        calendar=view.calendar_of(deliverable),
        name=deliverable.name,
        node=deliverable.subject,
        keys=(*deliverable.bound, *heirs),
        tier=deliverable.tier,
        deliverable=deliverable,
        baseline=deliverable.baseline,
        provisional=deliverable.provisional,
        begun_on=deliverable.begun_on,
        agreed=deliverable.agreed,
    )
