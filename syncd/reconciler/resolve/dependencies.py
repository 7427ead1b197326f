"""Who waits for whom (`reconciler.md` §C1), and which pull request implements which issue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter, lt

from syncd.model.findings import Fact
from syncd.model.items import CalendarEvent, Issue, Item, ItemKey
from syncd.model.links import LinkDecision
from syncd.reconciler.resolve.evidence import (
    EXPLICIT,
    Piece,
    Reader,
    UnknownLinkType,
    combined,
    implementations,
    of_implementations,
    parents,
)
from syncd.reconciler.resolve.index import Index
from syncd.reconciler.resolve.resolution import Dependency, Gating, HiddenEnd, Implementation

LEAST = 0.40
"""What is less sure than this is not kept."""
TOGETHER = 0.30
"""Of a milestone that two items share, or of an event that names both."""
CROWD = 12
"""An event that names more items than this is an agenda, and says nothing of any two of them."""

Pair = frozenset[ItemKey]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """All that the links of one snapshot say."""

    edges: tuple[Dependency, ...]
    """Sorted by (prerequisite, dependant); one per ordered pair."""
    implementations: Mapping[ItemKey, tuple[Implementation, ...]]
    """By issue; the surest first."""
    unknown_types: tuple[UnknownLinkType, ...]
    hidden: tuple[HiddenEnd, ...]
    """Sorted by (dependant, ref)."""
    originals: Mapping[ItemKey, ItemKey]
    """Item that was dropped as a duplicate → the one that now stands for it."""


def read_dependencies(
    index: Index, link_types: Mapping[str, str], decisions: Sequence[LinkDecision] = ()
) -> Dependencies:
    """Join what both ends of every link, every parent, pull request and decision say."""
    reader, rank = Reader(index, link_types), index.rank
    held = (link for link in index.snapshot.links if link.near in rank)
    for link in sorted(held, key=attrgetter("near", "id")):
        reader.read(link)
    found = implementations(reader.closing)
    pieces = [*reader.pieces, *parents(index), *of_implementations(index, found)]
    pieces += _accepted(index, decisions)
    rejected = {_pair(one) for one in decisions if not one.accepted}
    if rejected:
        pieces = [one for one in pieces if one.explicit or _pair(one) not in rejected]
    pieces += _circumstances(index, {_pair(one) for one in pieces if not one.explicit})
    originals = {key: _last(key, reader.originals) for key in reader.originals}
    pieces = list(_redirected(index, pieces, originals))
    unread = list(_into_the_dark(pieces, reader.unread_originals))
    hidden = {(one.dependant, one.ref): one for one in [*reader.hidden, *unread]}
    return Dependencies(
        edges=_join((one for one in pieces if not _is_in(one, reader.unread_originals)), rank),
        implementations=found,
        unknown_types=tuple(
            UnknownLinkType(source=source, type_id=type_id, phrase=one, inverse_phrase=other)
            for source, type_id, one, other in sorted(reader.unknown)
        ),
        hidden=tuple(hidden[end] for end in sorted(hidden)),
        originals=originals,
    )


def _pair(one: Piece | LinkDecision) -> Pair:
    return frozenset((one.prerequisite, one.dependant))


def _last(key: ItemKey, originals: Mapping[ItemKey, ItemKey]) -> ItemKey:
    """The end of a chain of duplicates; of a circle of them the last before it closes."""
    seen = {key}
    while (following := originals.get(key)) is not None and following not in seen:
        seen.add(following)
        key = following
    return key


def _accepted(index: Index, decisions: Iterable[LinkDecision]) -> Iterator[Piece]:
    """A suggestion that a person accepted counts as stated until the real link is there."""
    for one in decisions:
        before, after = index.items.get(one.prerequisite), index.items.get(one.dependant)
        if one.accepted and before and after:
            text = f"{after.ref} waits for {before.ref}: accepted by {one.by}"
            fact = Fact(text=text, seen_at=one.at, url=after.url)
            yield Piece(
                before.key, after.key, Gating.FINISH_START, EXPLICIT, True, "accepted", fact
            )


def _redirected(
    index: Index, pieces: Iterable[Piece], originals: Mapping[ItemKey, ItemKey]
) -> Iterator[Piece]:
    """Who waits for a duplicate waits for the original."""
    for piece in pieces:
        original = originals.get(piece.prerequisite)
        if original is None or piece.gating is not Gating.FINISH_START:
            yield piece
        elif original != piece.dependant:
            copy, real = index.items[piece.prerequisite], index.items[original]
            text = f"{piece.fact.text}, which was closed as a duplicate of {real.ref}"
            fact = replace(piece.fact, text=text, url=copy.url)
            yield piece._replace(prerequisite=original, fact=fact)


def _into_the_dark(pieces: Iterable[Piece], unread: Mapping[ItemKey, str]) -> Iterator[HiddenEnd]:
    """Who waits for a duplicate of something that is not held waits for that."""
    for piece in pieces if unread else ():
        if _is_in(piece, unread) and piece.explicit:
            ref = unread[piece.prerequisite]
            text = f"{piece.fact.text}, which was closed as a duplicate of {ref}"
            fact = replace(piece.fact, text=text)
            yield HiddenEnd(dependant=piece.dependant, ref=ref, fact=fact)


def _is_in(piece: Piece, unread: Mapping[ItemKey, str]) -> bool:
    return piece.gating is Gating.FINISH_START and piece.prerequisite in unread


def _circumstances(index: Index, pairs: set[Pair]) -> Iterator[Piece]:
    """A shared milestone, an event that names both: weak signs, looked for where others are."""
    together = _named_together(index, pairs)
    for pair in sorted(pairs, key=sorted):
        one, other = sorted(pair)
        near, far = index.items.get(one), index.items.get(other)
        if isinstance(near, Issue) and isinstance(far, Issue):
            for milestone in sorted({*near.milestones} & {*far.milestones}):
                place = index.items.get(milestone)
                if place is not None:
                    yield _sign(near, far, "milestone", f"Both are in {place.ref}", place)
        if (event := together.get(pair)) and near and far:
            yield _sign(near, far, "event", f'"{event.title}" names both', event)


def _sign(near: Item, far: Item, kind: str, text: str, place: Item) -> Piece:
    fact = Fact(text=text, source=place.key.source, url=place.url)
    return Piece(far.key, near.key, Gating.NONE, TOGETHER, False, kind, fact)


def _named_together(index: Index, pairs: set[Pair]) -> dict[Pair, CalendarEvent]:
    found: dict[Pair, CalendarEvent] = {}
    for event in index.snapshot.events if pairs else ():
        named = {item.key for ref in event.refs if (item := index.find(ref))}
        if 2 <= len(named) <= CROWD:
            both = (frozenset((one, other)) for one in named for other in named if one < other)
            for pair in both:
                if pair in pairs and (pair not in found or event.key < found[pair].key):
                    found[pair] = event
    return found


def _join(pieces: Iterable[Piece], rank: Mapping[ItemKey, int]) -> tuple[Dependency, ...]:
    """One edge for each ordered pair.

    Of opposite ones the stronger stays and tells of the other, of equals the one that was said
    first; two that are both stated both stay, for what they say is a circle.
    """
    # One number for each ordered pair: many times faster to sort than pairs of keys.
    count = len(rank)
    pairs: dict[int, list[Piece]] = defaultdict(list)
    for piece in pieces:
        pairs[rank[piece.prerequisite] * count + rank[piece.dependant]].append(piece)
    _give_direction(pairs, count)
    joined = {code: _joined(pairs[code]) for code in sorted(pairs)}
    kept = []
    for code, edge in joined.items():
        before, after = divmod(code, count)
        other = joined.get(after * count + before)
        if other is not None and _yields(edge, other):
            continue
        if other is not None and _yields(other, edge):
            edge = edge._replace(facts=edge.facts + other.facts)  # noqa: PLW2901
        if edge.confidence >= LEAST:
            kept.append(edge)
    return tuple(kept)


def _yields(edge: Dependency, opposite: Dependency) -> bool:
    """Whether only the opposite one stays."""
    ranks = ((*one.strength, one.dependant) for one in (edge, opposite))
    return not edge.explicit and lt(*ranks)


def _give_direction(pairs: dict[int, list[Piece]], count: int) -> None:
    """Signs that have no direction go to the direction that others give."""
    none = Gating.NONE
    loose = [code for code, found in pairs.items() if all(one.gating is none for one in found)]
    for code in loose:
        before, after = divmod(code, count)
        other = pairs.get(after * count + before)
        if other and (any(one.gating is not none for one in other) or before > after):
            other += pairs.pop(code)


def _joined(pieces: list[Piece]) -> Dependency:
    """One edge of all evidence for one ordered pair; the strictest gating stands.

    What is stated wins over words: a child whose text says "needs" is still a part.
    """
    if len(pieces) == 1:
        return _edge(pieces[0])
    best: dict[str, float] = {}
    for piece in pieces:
        best[piece.kind] = max(piece.confidence, best.get(piece.kind, 0.0))
    pieces = sorted(pieces, key=lambda piece: (-piece.confidence, piece.link_id, piece.fact.text))
    stated = [piece for piece in pieces if piece.explicit]
    counting = stated or pieces
    gatings = {piece.gating for piece in counting}
    strictest = next(gating for gating in Gating if gating in gatings)
    of_gating = next(piece for piece in counting if piece.gating is strictest)
    return _edge(of_gating)._replace(
        confidence=combined(best.values(), explicit=bool(stated)),
        facts=tuple(dict.fromkeys(piece.fact for piece in pieces)),
    )


def _edge(piece: Piece) -> Dependency:
    return Dependency(
        piece.prerequisite, piece.dependant, piece.gating, piece.confidence, piece.explicit,
        (piece.fact,), piece.link_id,
    )  # fmt: skip
