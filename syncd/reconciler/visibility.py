"""Whether a finding's data can be believed now."""

from __future__ import annotations

from syncd.model.findings import Finding
from syncd.model.items import ItemKey, item_key
from syncd.reconciler.view import Deliverable, View

CANNOT_BE_SEEN = "it cannot be seen any more"


class Visibility:
    """Answers for the findings of one view why they cannot be believed."""

    def __init__(self, view: View, *, assume_fresh: bool) -> None:
        self._view = view
        self._assume_fresh = assume_fresh
        self._invisible = view.snapshot.invisible
        self._pulled = {one.scope: one.succeeded_at for one in view.snapshot.freshness}
        self._hidden = {one.subject for one in view.deliverables if self._is_hidden(one)}

    def invisible_subjects(self) -> frozenset[str]:
        """Subjects that cannot be seen now."""
        return frozenset(self._hidden | {str(key) for key in self._invisible})

    def unseen(self, found: Finding) -> list[ItemKey]:
        """Which of its ends cannot be seen any more."""
        return [key for key in _ends(found) if key in self._invisible]

    def why_unknown(self, found: Finding) -> str:
        """The reason not to believe it, "" where there is none."""
        stale = sorted(found.scopes & self._view.stale)
        if stale:
            return f"no complete reading of {', '.join(str(scope) for scope in stale)}"
        if found.subject in self._hidden or self.unseen(found):
            return CANNOT_BE_SEEN
        if any(self._came_halfway(key) for key in _ends(found)):
            return "it came with a reading that has not ended yet"
        return ""

    def _came_halfway(self, key: ItemKey) -> bool:
        """First seen after the last complete reading ended."""
        first = self._view.snapshot.first_seen.get(key)
        ended = self._pulled.get(self._view.scope(key))
        return not self._assume_fresh and first is not None and ended is not None and first > ended

    def _is_hidden(self, deliverable: Deliverable) -> bool:
        """Part of what it is bound to, or all that is open in it, cannot be seen."""
        if not self._invisible.isdisjoint(deliverable.bound):
            return True
        issues = [self._view.issue(key) for key in deliverable.members]
        still_open = {issue.key for issue in issues if issue and not issue.phase.is_closed}
        return bool(still_open) and still_open <= self._invisible


def _ends(found: Finding) -> list[ItemKey]:
    return [key for text in (found.subject, found.discriminator) if (key := item_key(text))]
