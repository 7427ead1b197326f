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
    items = [item for key in sorted(set(hidden)) if (item := view.item(key))]
    return Unknown(
        rule=rule,
        subject=str(subject),
        discriminator=kind,
        reason=f"{what} cannot be seen now",
        unseen=tuple(subjects.refs(items)),
    )
