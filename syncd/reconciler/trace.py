"""Why a rule passes over a subject: told by the rules while they judge, kept for one subject."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from syncd.model.items import ItemKey
from syncd.reconciler.facts import wording


class Trace:
    """Listens to `View.silent` for what is said of the wanted subjects; all else is not kept.

    Reasons are those that the code really took: they stand at its guards.
    """

    def __init__(self, wanted: Iterable[ItemKey | str], today: date) -> None:
        self._wanted, self._today = frozenset(wanted), today
        self._reasons: dict[str, None] = {}

    def hear(self, about: ItemKey | str, reason: str, values: tuple[object, ...]) -> None:
        """Keep a reason, its `{}` filled in, dates as `Wed 2 Dec`."""
        if about in self._wanted:
            shown = (
                wording.day(value, self._today) if isinstance(value, date) else value
                for value in values
            )
            self._reasons[reason.format(*shown)] = None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Each once, in the order in which they were told."""
        return tuple(self._reasons)
