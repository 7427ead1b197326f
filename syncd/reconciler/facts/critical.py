"""What sets the end of a committed deliverable and has no working day to spare (§C2)."""

from __future__ import annotations

from syncd.model.items import ItemKey
from syncd.reconciler.facts import chains, subjects
from syncd.reconciler.view import View


def critical(view: View) -> frozenset[ItemKey]:
    """Items on the critical path of a committed deliverable; `view.once(critical)` makes it once.

    Whatever one of them loses, a target loses.
    """
    ends = (one.subject for one in subjects.committed(view))
    behind = chains.items_behind(view, ends)
    return frozenset(key for key in behind if _has_no_spare(view, key))


def _has_no_spare(view: View, key: ItemKey) -> bool:
    spare = view.plan.spare(key)
    return spare is not None and spare <= 0
