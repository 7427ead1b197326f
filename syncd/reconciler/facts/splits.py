"""Which items were made out of others: split from them, or cloned as they were put in a plan."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from syncd.model.items import ItemKey
from syncd.model.links import Evidence
from syncd.reconciler.resolve.phrases import folded
from syncd.reconciler.view import View

SPLIT_FROM = frozenset({"split from", "is split from", "was split from"})
SPLIT_INTO = frozenset({"split to", "split into", "is split into", "was split into"})
CLONE_OF = frozenset(
    {"clones", "is a clone of", "is cloned from", "was cloned from", "cloned from"}
)
CLONED_BY = frozenset(
    {"is cloned by", "cloned by", "is cloned as", "was cloned as", "is cloned into", "cloned to"}
)
"""As real trackers word their link types."""


class Splits:
    """What items were made of; made once per pass, by `view.once(Splits)`."""

    split: Mapping[ItemKey, ItemKey]
    """Item → what it was split from."""
    cloned: Mapping[ItemKey, ItemKey]
    """Item → what it is a copy of."""

    def __init__(self, view: View) -> None:
        self.split, self.cloned = {}, {}
        for link in view.snapshot.links:
            if link.evidence is not Evidence.ISSUE_LINK:
                continue
            sides = _sides(link.phrase, link.inverse_phrase)
            far = view.find(link.far_ref) if sides and link.far is None else None
            end = link.far or (far.key if far else None)
            if sides and end:
                place = self.split if sides[0] == "split" else self.cloned
                made, of = (link.near, end) if sides[1] == "near" else (end, link.near)
                place[made] = of


@lru_cache(1000)
def _sides(phrase: str, inverse: str) -> tuple[str, str] | None:
    """("split" or "clone", which end was made of the other); None for any other link."""
    near, far = folded(phrase), folded(inverse)
    for kind, made, source in (("split", SPLIT_FROM, SPLIT_INTO), ("clone", CLONE_OF, CLONED_BY)):
        if near in made or (near not in source and far in source):
            return kind, "near"
        if near in source or far in made:
            return kind, "far"
    return None
