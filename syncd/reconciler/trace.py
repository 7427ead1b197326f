"""Why a rule passes over a subject: told by the rules while they judge, kept for one subject."""

from __future__ import annotations

from collections.abc import Iterable

from syncd.model.items import ItemKey, Kind


class Trace:
    """Listens to `View.silent` for what is said of the wanted subjects; all else is not kept.

    Reasons are those that the code really took: they stand at its guards.
    """

    def __init__(self, wanted: Iterable[str]) -> None:
        """`wanted` are subjects as findings carry them."""
        self._wanted = frozenset(wanted)
        self.heard: list[tuple[str, tuple[object, ...]]] = []
        """Reasons, and what is to be put into them, in the order in which they were told."""
        self.kinds: set[str] = set()
        """Of all subjects that anything was said of."""

    def hear(self, about: ItemKey | str, reason: str, values: tuple[object, ...]) -> None:
        """Keep a reason, if it is of a wanted subject."""
        subject = str(about)
        self.kinds.add(kind_of(subject))
        if subject in self._wanted:
            self.heard.append((reason, values))


def kind_of(subject: str) -> str:
    """`issue`, `milestone`, …, `deliverable`, `source` or `team`."""
    first, second, *more = subject.split(":", 2)
    return second if more and second in tuple(Kind) else first
