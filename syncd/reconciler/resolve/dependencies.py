"""Who waits for whom (`reconciler.md` §C1), and which pull request implements which issue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod

from syncd.model.findings import Fact
from syncd.model.items import Issue, Item, ItemKey, PullRequest
from syncd.model.links import Evidence, Link
from syncd.reconciler.resolve.index import Index
from syncd.reconciler.resolve.phrases import Meaning, meaning
from syncd.reconciler.resolve.resolution import Dependency, Gating, Implementation

EXPLICIT = 0.98
SUSPECTED = 0.80
CONTEXT = 0.40
SURE = 0.9
"""Explicit edges from here on may alert by themselves."""
LEAST = 0.40
"""What is less sure than this is not kept."""

IMPLEMENTS = {
    Evidence.CLOSES: 0.97,
    Evidence.TITLE: 0.92,
    Evidence.BRANCH: 0.88,
    Evidence.COMMIT: 0.80,
    Evidence.BODY: 0.60,
}
_CERTAIN = 0.95
"""What evidence short of an explicit link can add up to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownLinkType:
    """A type of link whose direction cannot be told from its phrases."""

    source: str
    type_id: str
    phrase: str
    inverse_phrase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """All that the links of one snapshot say."""

    edges: tuple[Dependency, ...]
    """Sorted by (prerequisite, dependant); one per ordered pair."""
    implementations: Mapping[ItemKey, tuple[Implementation, ...]]
    """By issue; the surest first."""
    unknown_types: tuple[UnknownLinkType, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """One piece of evidence for an edge."""

    prerequisite: ItemKey
    dependant: ItemKey
    gating: Gating
    confidence: float
    explicit: bool
    kind: Evidence
    fact: Fact
    link_id: str


def read_dependencies(index: Index, link_types: Mapping[str, str]) -> Dependencies:
    """Join what both ends of every link, and every parent, say."""
    reader = _Reader(index, link_types)
    rank = index.rank
    held = (link for link in index.snapshot.links if link.near in rank)
    for link in sorted(held, key=lambda link: (rank[link.near], link.id)):
        far = reader.far(link)
        if far is not None and far.key != link.near:
            reader.read(link, index.items[link.near], far)
    reader.pieces += _parents(index)
    return Dependencies(
        edges=_join(reader.pieces, rank),
        implementations=_rank(reader.closing),
        unknown_types=tuple(
            UnknownLinkType(source=source, type_id=type_id, phrase=one, inverse_phrase=other)
            for source, type_id, one, other in sorted(reader.unknown)
        ),
    )


class _Reader:
    """Collects what links say, each tracker's link once."""

    def __init__(self, index: Index, link_types: Mapping[str, str]) -> None:
        self._index = index
        self._link_types = link_types
        self._meanings: dict[tuple[str, str, str, bool | None], Meaning | None] = {}
        self._seen: set[tuple[str, str]] = set()
        self.pieces: list[_Piece] = []
        self.closing: dict[tuple[ItemKey, ItemKey], dict[Evidence, float]] = defaultdict(dict)
        self.unknown: set[tuple[str, str, str, str]] = set()

    def far(self, link: Link) -> Item | None:
        """The held item at the far end."""
        known = self._index.items.get(link.far) if link.far is not None else None
        return known or self._index.find(link.far_ref, link.near.source)

    def read(self, link: Link, near: Item, far: Item) -> None:
        """Take in one link whose ends are held."""
        if link.evidence in IMPLEMENTS:
            _implement(self.closing, link, near, far)
        elif link.evidence is not Evidence.ISSUE_LINK:
            self.pieces += _stated(link, near, far)
        elif (link.near.source, link.id) not in self._seen:
            self._seen.add((link.near.source, link.id))
            told = self._meaning(link)
            if told is None:
                self.unknown.add(_type(link))
            self.pieces += _by_meaning(link, near, far, told)

    def _meaning(self, link: Link) -> Meaning | None:
        kind = (link.phrase, link.inverse_phrase, link.type_id, link.outward)
        if kind not in self._meanings:
            self._meanings[kind] = meaning(link, self._link_types)
        return self._meanings[kind]


def _type(link: Link) -> tuple[str, str, str, str]:
    one, other = sorted([link.phrase, link.inverse_phrase])
    return link.near.source, link.type_id, one, other


def _by_meaning(link: Link, near: Item, far: Item, told: Meaning | None) -> Iterator[_Piece]:
    if told is Meaning.WAITS:
        yield _piece(link, near, far, Gating.FINISH_START)
    elif told is Meaning.GATES:
        yield _reversed(_piece(link, near, far, Gating.FINISH_START))
    if told in (Meaning.PARENT, Meaning.TOGETHER):
        yield _piece(link, near, far, Gating.FINISH_FINISH)
    if told in (Meaning.CHILD, Meaning.TOGETHER):
        yield _reversed(_piece(link, near, far, Gating.FINISH_FINISH))


def _stated(link: Link, near: Item, far: Item) -> Iterator[_Piece]:
    if link.evidence is Evidence.BLOCKED_BY:
        yield _piece(link, near, far, Gating.FINISH_START)
    elif link.evidence is Evidence.WAITS_PHRASE:
        piece = _piece(link, near, far, Gating.FINISH_START)
        yield replace(piece, confidence=SUSPECTED, explicit=False)
    elif link.evidence is Evidence.CROSS_REFERENCE:
        piece = _piece(link, near, far, Gating.NONE)
        yield replace(piece, confidence=CONTEXT, explicit=False)


def _piece(link: Link, near: Item, far: Item, gating: Gating) -> _Piece:
    """Evidence that the near end waits for the far end."""
    phrase = link.phrase or {Evidence.BLOCKED_BY: "is blocked by"}.get(link.evidence, "names")
    fact = Fact(
        text=f"{near.ref} {phrase} {far.ref}",
        source=near.key.source,
        seen_at=link.set_at,
        url=near.url,
    )
    return _Piece(
        prerequisite=far.key,
        dependant=near.key,
        gating=gating,
        confidence=EXPLICIT,
        explicit=link.explicit,
        kind=link.evidence,
        fact=fact,
        link_id=link.id,
    )


def _reversed(piece: _Piece) -> _Piece:
    return replace(piece, prerequisite=piece.dependant, dependant=piece.prerequisite)


def _parents(index: Index) -> Iterator[_Piece]:
    for child, parent in sorted(index.parents.items()):
        near, far = index.items[child], index.items.get(parent)
        if isinstance(near, Issue) and isinstance(far, Issue):
            fact = Fact(text=f"{near.ref} is part of {far.ref}", source=child.source, url=near.url)
            yield _Piece(
                child, parent, Gating.FINISH_FINISH, EXPLICIT, True, Evidence.PARENT, fact, ""
            )


def _join(pieces: Iterable[_Piece], rank: Mapping[ItemKey, int]) -> tuple[Dependency, ...]:
    """One edge for each ordered pair.

    Of opposite ones the stronger stays and tells of the other; two that are both stated both stay,
    for what they say is a circle.
    """
    # One number for each ordered pair: many times faster to sort than pairs of keys.
    count = len(rank)
    pairs: dict[int, list[_Piece]] = defaultdict(list)
    for piece in pieces:
        pairs[rank[piece.prerequisite] * count + rank[piece.dependant]].append(piece)
    joined = {code: _joined(pairs[code]) for code in sorted(pairs)}
    kept = []
    for code, edge in joined.items():
        before, after = divmod(code, count)
        other = joined.get(after * count + before)
        if other is not None and other.confidence > edge.confidence and not edge.explicit:
            continue
        if other is not None and other.confidence < edge.confidence and not other.explicit:
            edge = replace(edge, facts=edge.facts + other.facts)  # noqa: PLW2901
        if edge.confidence >= LEAST:
            kept.append(edge)
    return tuple(kept)


def _joined(pieces: list[_Piece]) -> Dependency:
    """One edge of all evidence for one ordered pair; the strictest gating stands."""
    if len(pieces) == 1:
        return _edge(pieces[0])
    best: dict[Evidence, float] = {}
    for piece in pieces:
        best[piece.kind] = max(piece.confidence, best.get(piece.kind, 0.0))
    pieces = sorted(pieces, key=lambda piece: (-piece.confidence, piece.link_id, piece.fact.text))
    gatings = {piece.gating for piece in pieces}
    strictest = next(gating for gating in Gating if gating in gatings)
    explicit = any(piece.explicit for piece in pieces)
    of_gating = [piece for piece in pieces if piece.gating is strictest]
    return replace(
        _edge(of_gating[0]),
        confidence=_combined(best.values(), explicit=explicit),
        explicit=any(piece.explicit for piece in of_gating),
        facts=tuple(dict.fromkeys(piece.fact for piece in pieces)),
    )


def _edge(piece: _Piece) -> Dependency:
    return Dependency(
        prerequisite=piece.prerequisite,
        dependant=piece.dependant,
        gating=piece.gating,
        confidence=piece.confidence,
        explicit=piece.explicit,
        facts=(piece.fact,),
        link_id=piece.link_id,
    )


def _combined(confidences: Iterable[float], *, explicit: bool) -> float:
    """1 - Π(1 - c) of independent kinds of evidence; capped unless one is explicit."""
    known = list(confidences)
    if len(known) == 1:
        return known[0]
    total = round(1 - prod(1 - confidence for confidence in known), 4)
    return total if explicit else max(min(total, _CERTAIN), *known)


def _implement(
    found: dict[tuple[ItemKey, ItemKey], dict[Evidence, float]], link: Link, near: Item, far: Item
) -> None:
    if not isinstance(near, PullRequest) or not isinstance(far, Issue):
        return
    # Closing words work on the default branch only; elsewhere they are a mention.
    real = link.evidence is not Evidence.CLOSES or near.base_is_default
    kind = link.evidence if real else Evidence.BODY
    found[far.key, near.key][kind] = IMPLEMENTS[kind]


def _rank(
    closing: Mapping[tuple[ItemKey, ItemKey], Mapping[Evidence, float]],
) -> dict[ItemKey, tuple[Implementation, ...]]:
    found: dict[ItemKey, list[Implementation]] = defaultdict(list)
    for (issue, pull), kinds in sorted(closing.items()):
        sure = _combined(kinds.values(), explicit=Evidence.CLOSES in kinds)
        found[issue].append(Implementation(pull_request=pull, issue=issue, confidence=sure))
    return {
        issue: tuple(sorted(pulls, key=lambda pull: (-pull.confidence, pull.pull_request)))
        for issue, pulls in found.items()
    }
