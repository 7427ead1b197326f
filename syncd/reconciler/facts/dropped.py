"""Work that was dropped: less is to come than those who run a program count with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from syncd.model.items import Issue, Phase
from syncd.reconciler.view import Deliverable, View

MOST_NAMES = 3


def dropped(
    view: View, among: Collection[Deliverable], since: datetime
) -> list[tuple[Deliverable, list[Issue]]]:
    """What of which deliverable was, each item under the first that it is in.

    A duplicate is no less work: it goes on as what it is a duplicate of.
    """
    found: dict[str, list[Issue]] = defaultdict(list)
    whole = {one.id: one for one in among}
    for issue in view.snapshot.issues:
        is_new = issue.phase is Phase.DROPPED and issue.done_at and issue.done_at > since
        if is_new and not issue.restricted and not view.original(issue.key):
            of = (one.id for one in view.deliverables_of(issue.key) if one.id in whole)
            if name := next(of, ""):
                found[name].append(issue)
    return [(whole[name], issues) for name, issues in found.items()]
