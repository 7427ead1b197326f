"""What links, parents and pull requests say of who waits for whom, one piece each (§C1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from syncd.model.findings import Fact
from syncd.model.items import Issue, Item, ItemKey, Milestone, Phase, PullRequest
from syncd.model.links import Evidence, Link
from syncd.reconciler.resolve.index import Index
from syncd.reconciler.resolve.phrases import Meaning, meaning
from syncd.reconciler.resolve.resolution import SURE, Gating, HiddenEnd, Implementation

EXPLICIT = 0.98
SUSPECTED = 0.80
MENTION = 0.40

IMPLEMENTS = {
    Evidence.CLOSES: 0.97,
    Evidence.TITLE: 0.92,
    Evidence.BRANCH: 0.88,
    Evidence.COMMIT: 0.80,
    Evidence.BODY: 0.60,
}
FINISHES = 0.85
"""From here on an issue cannot finish before a pull request that implements it."""
_CERTAIN = 0.95
"""What evidence short of an explicit link can add up to."""

_NAMES = {Evidence.BLOCKED_BY: "is blocked by"}
_MEANINGS = {
    Meaning.WAITS: ((False, Gating.FINISH_START),),
    Meaning.GATES: ((True, Gating.FINISH_START),),
    Meaning.PARENT: ((False, Gating.FINISH_FINISH),),
    Meaning.CHILD: ((True, Gating.FINISH_FINISH),),
    Meaning.TOGETHER: ((False, Gating.FINISH_FINISH), (True, Gating.FINISH_FINISH)),
}
"""Whether the far end waits for the near end (else the near for the far), and how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownLinkType:
    """A type of link whose direction cannot be told from its phrases."""

    source: str
    type_id: str
    phrase: str
    inverse_phrase: str


class Piece(NamedTuple):
    """One piece of evidence for an edge. `kind` tells which pieces are independent."""

    prerequisite: ItemKey
    dependant: ItemKey
    gating: Gating
    confidence: float
    explicit: bool
    kind: str
    fact: Fact
    link_id: str = ""


def combined(confidences: Iterable[float], *, explicit: bool) -> float:
    """1 - Π(1 - c) of independent kinds of evidence; capped unless one is explicit."""
    known = list(confidences)
    if len(known) == 1:
        return known[0]
    total = round(1 - prod(1 - confidence for confidence in known), 4)
    return total if explicit else max(min(total, _CERTAIN), *known)


class Reader:
    """Collects what links say, each tracker's link once."""

    def __init__(self, index: Index, link_types: Mapping[str, str]) -> None:
        self._index = index
        self._link_types = link_types
        self._meanings: dict[tuple[str, str, str, bool | None], Meaning | None] = {}
        self._seen: set[tuple[str, str]] = set()
        self.pieces: list[Piece] = []
        self.closing: dict[tuple[ItemKey, ItemKey], dict[Evidence, float]] = defaultdict(dict)
        self.unknown: set[tuple[str, str, str, str]] = set()
        self.hidden: list[HiddenEnd] = []
        self.originals: dict[ItemKey, ItemKey] = {}
        """Item that was dropped as a duplicate → the one that says the same."""
        self.unread_originals: dict[ItemKey, str] = {}
        """The same → the ref of one that is not held."""

    def read(self, link: Link) -> None:
        """Take in one link whose near end is held."""
        if link.evidence is Evidence.ISSUE_LINK and self._meaning(link) is Meaning.NONE:
            return
        near = self._index.items[link.near]
        if isinstance(near, Milestone):
            return  # it says what is one thing, not who waits
        far = self._far(link)
        if far is None:
            self._note_hidden(link, near)
        elif far.key == near.key:
            return
        elif link.evidence in IMPLEMENTS:
            _implement(self.closing, link, near, far)
        elif link.evidence is not Evidence.ISSUE_LINK:
            self.pieces += _stated(link, near, far)
        elif (near.key.source, link.id) not in self._seen:
            self._seen.add((near.key.source, link.id))
            self._read_phrase(link, near, far)

    def _far(self, link: Link) -> Item | None:
        """The held item at the far end."""
        known = self._index.items.get(link.far) if link.far is not None else None
        return known or self._index.find(link.far_ref, link.near.source)

    def _read_phrase(self, link: Link, near: Item, far: Item) -> None:
        told = self._meaning(link)
        if told is None:
            self.unknown.add(_type(link))
        elif told is Meaning.DUPLICATE and _is_dropped(near):
            self.originals[near.key] = far.key
        elif told is Meaning.ORIGINAL and _is_dropped(far):
            self.originals[far.key] = near.key
        for far_waits, gating in _MEANINGS.get(told or Meaning.NONE, ()):
            self.pieces.append(_piece(link, near, far, gating, far_waits=far_waits))

    def _note_hidden(self, link: Link, near: Item) -> None:
        is_native = link.evidence is Evidence.BLOCKED_BY
        told = self._meaning(link) if link.evidence is Evidence.ISSUE_LINK else None
        if told is Meaning.DUPLICATE and _is_dropped(near):
            self.unread_originals[near.key] = link.far_ref
        if is_native or told is Meaning.WAITS:
            end = HiddenEnd(
                dependant=near.key, ref=link.far_ref, fact=_fact(link, near, link.far_ref)
            )
            self.hidden.append(end)

    def _meaning(self, link: Link) -> Meaning | None:
        kind = (link.phrase, link.inverse_phrase, link.type_id, link.outward)
        if kind not in self._meanings:
            self._meanings[kind] = meaning(link, self._link_types)
        return self._meanings[kind]


def _is_dropped(item: Item) -> bool:
    return isinstance(item, Issue) and item.phase is Phase.DROPPED


def _type(link: Link) -> tuple[str, str, str, str]:
    one, other = sorted([link.phrase, link.inverse_phrase])
    return link.near.source, link.type_id, one, other


def _stated(link: Link, near: Item, far: Item) -> Iterator[Piece]:
    if link.evidence is Evidence.BLOCKED_BY:
        yield _piece(link, near, far, Gating.FINISH_START)
    elif link.evidence is Evidence.WAITS_PHRASE:
        piece = _piece(link, near, far, Gating.FINISH_START)
        yield piece._replace(confidence=SUSPECTED, explicit=False)
    elif link.evidence is Evidence.CROSS_REFERENCE:
        piece = _piece(link, near, far, Gating.NONE)
        yield piece._replace(confidence=MENTION, explicit=False)


def _piece(link: Link, near: Item, far: Item, gating: Gating, *, far_waits: bool = False) -> Piece:
    ends = (near.key, far.key) if far_waits else (far.key, near.key)
    return Piece(
        *ends, gating, EXPLICIT, link.explicit, link.evidence, _fact(link, near, far.ref), link.id
    )


def _fact(link: Link, near: Item, far_ref: str) -> Fact:
    phrase = link.phrase or _NAMES.get(link.evidence, "names")
    return Fact(
        text=f"{near.ref} {phrase} {far_ref}",
        source=near.key.source,
        seen_at=link.set_at,
        url=near.url,
    )


def parents(index: Index) -> Iterator[Piece]:
    """A parent cannot finish before its children."""
    for child, parent in sorted(index.parents.items()):
        near, far = index.items[child], index.items.get(parent)
        if isinstance(near, Issue) and isinstance(far, Issue):
            fact = Fact(text=f"{near.ref} is part of {far.ref}", source=child.source, url=near.url)
            yield Piece(child, parent, Gating.FINISH_FINISH, EXPLICIT, True, Evidence.PARENT, fact)


def _implement(
    found: dict[tuple[ItemKey, ItemKey], dict[Evidence, float]], link: Link, near: Item, far: Item
) -> None:
    if not isinstance(near, PullRequest) or not isinstance(far, Issue):
        return
    if near.is_revert and link.evidence is not Evidence.CLOSES:
        return  # it repeats the title and branch of what it takes back
    # Closing words work on the default branch only; elsewhere they are a mention.
    real = link.evidence is not Evidence.CLOSES or near.base_is_default
    kind = link.evidence if real else Evidence.BODY
    found[far.key, near.key][kind] = IMPLEMENTS[kind]


def implementations(
    closing: Mapping[tuple[ItemKey, ItemKey], Mapping[Evidence, float]],
) -> dict[ItemKey, tuple[Implementation, ...]]:
    """By issue; the surest first."""
    found: dict[ItemKey, list[Implementation]] = defaultdict(list)
    for (issue, pull), kinds in sorted(closing.items()):
        sure = combined(kinds.values(), explicit=Evidence.CLOSES in kinds)
        found[issue].append(Implementation(pull_request=pull, issue=issue, confidence=sure))
    return {
        issue: tuple(sorted(pulls, key=lambda pull: (-pull.confidence, pull.pull_request)))
        for issue, pulls in found.items()
    }


def of_implementations(
    index: Index, found: Mapping[ItemKey, tuple[Implementation, ...]]
) -> Iterator[Piece]:
    """An issue cannot finish before the pull requests that surely implement it."""
    for issue, pulls in found.items():
        for one in pulls:
            near, far = index.items[one.pull_request], index.items[issue]
            said = "implements" if one.confidence >= FINISHES else "may implement"
            fact = Fact(text=f"{near.ref} {said} {far.ref}", source=near.key.source, url=near.url)
            yield Piece(
                near.key,
                far.key,
                Gating.FINISH_FINISH if one.confidence >= FINISHES else Gating.NONE,
                one.confidence,
                one.confidence >= SURE,
                "implements",
                fact,
            )
