"""What cannot be told because of items that cannot be seen."""

from __future__ import annotations

from collections.abc import Iterable

from syncd.model.findings import Unknown
from syncd.model.items import ItemKey
from syncd.reconciler.facts import subjects
from syncd.reconciler.view import View


def unseen(
    view: View,
    rule: str,
    subject: ItemKey | str,
    what: str,
    hidden: Iterable[ItemKey],
    *,
    kind: str = "",
) -> Unknown:
    """That a rule cannot tell, since `what` of the subject, the `hidden` items, is not seen now."""
    return Unknown(
        rule=rule,
        subject=str(subject),
        discriminator=kind,
        reason=f"{what} cannot be seen now",
        unseen=names(view, sorted(set(hidden))),
    )


def names(view: View, hidden: Iterable[ItemKey]) -> tuple[str, ...]:
    """What people call these items, in this order."""
    return tuple(subjects.refs(item for key in hidden if (item := view.item(key))))
