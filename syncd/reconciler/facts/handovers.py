"""Work that waited for other work: since when it is free to start, and how soon it mostly does."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from syncd.model.items import Issue, Phase
from syncd.reconciler.facts.activity import waits_for_unread
from syncd.reconciler.facts.dwell import WINDOW, quantile
from syncd.reconciler.view import View

SHARE = 0.85
"""Of hand-overs that are started within the usual time."""
ENOUGH = 30
"""Fewer hand-overs say nothing (`reconciler.md`, measured at `stalled`)."""


def freed_by(view: View, issue: Issue) -> Issue | None:
    """What was done last of all that it waited for.

    None while anything of that is open, unseen or dropped, or where it never waited.
    """
    if waits_for_unread(view, issue):
        return None
    edges = [edge for edge in view.prerequisites(issue.key) if edge.holds_up]
    before = [view.issue(edge.prerequisite) for edge in edges]
    hidden = view.snapshot.invisible
    done = [
        one
        for one in before
        if one and one.phase is Phase.DONE and one.done_at and one.key not in hidden
    ]
    if not done or len(done) < len(edges):
        return None
    return max(done, key=lambda one: (one.done_at, one.key))


class Handovers:
    """How long the teams take to start what became free; worked out when first asked for."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._known: dict[str | None, list[tuple[int, bool]]] | None = None

    def days(self, team: str | None) -> int:
        """Working days within which `SHARE` of a team's hand-overs started; 0 where few are known.

        One that is still not begun counts as not yet ended (Kaplan-Meier).
        """
        if self._known is None:
            self._known = self._measure()
        seen = self._known.get(team, [])
        return quantile(seen, SHARE).days if sum(e for _, e in seen) >= ENOUGH else 0

    def _measure(self) -> dict[str | None, list[tuple[int, bool]]]:
        view, found = self._view, defaultdict(list)
        for issue in view.snapshot.issues:
            last = freed_by(view, issue)
            if last is None or last.done_at is None:
                continue
            begun = self._begun(issue)
            if begun is None or begun < last.done_at or view.snapshot.as_of - begun > WINDOW:
                continue
            calendar = view.calendar(issue.key)
            lag = calendar.between(calendar.local_date(last.done_at), calendar.local_date(begun))
            found[view.team_of(issue.key).team].append((lag, issue.phase is not Phase.TODO))
        return found

    def _begun(self, issue: Issue) -> datetime | None:
        """When it left "to do"; the present while it has not."""
        if issue.phase is Phase.TODO:
            return self._view.snapshot.as_of
        left = [one for one in self._view.changes(issue.key, "phase") if one.old == Phase.TODO]
        return left[0].at if left else None
