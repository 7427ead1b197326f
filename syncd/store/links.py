"""Links as their near ends state them, with the times that a past day is rebuilt from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any

from sqlalchemy import Connection, select

from syncd.model.items import ItemKey
from syncd.model.links import Evidence, Link
from syncd.store.batch import lots, put, rows
from syncd.store.columns import Same, instant_of, micros_or_none, to_micros
from syncd.store.items import Held
from syncd.store.schema import links

_NAMES = [column.name for column in links.c]
_EVIDENCE = {str(one): one for one in Evidence}
_SIDES = {None: None, 0: False, 1: True}
_link: Callable[[Iterable[Any]], Link] = partial(tuple.__new__, Link)
"""As `Link._make`, without a call of Python for each."""


class _Ends(dict[str | None, ItemKey | None]):
    """Far ends by their text, each once."""

    def __missing__(self, text: str | None) -> ItemKey | None:
        self[text] = found = None if text is None else ItemKey.parse(text)
        return found


def replace_all(
    conn: Connection,
    near: Mapping[ItemKey, Held],
    stated: Iterable[Link],
    since: Mapping[ItemKey, int | None],
    at: datetime,
) -> None:
    """`stated` are all links of the `near` items now; what is not among them has been removed.

    `since` tells for each near end when a link that is new on it can first have been there.
    """
    now = to_micros(at)
    new: dict[tuple[int, str], Link] = {(near[one.near].id, one.id): one for one in stated}
    stored = _stored(conn, [one.id for one in near.values() if not one.is_new])
    written: list[tuple[Any, ...]] = []
    kept = [place for place in stored if place in new]
    told = _Reading().links([new[place].near for place in kept], [stored[one] for one in kept])
    as_stored = dict(zip(kept, told, strict=True))
    for place, link in new.items():
        row = stored.get(place)
        if row is None:
            written.append(_values(place[0], link, since[link.near], now))
        elif row.removed_at is not None or as_stored[place] != link:
            written.append(_values(place[0], link, row.since, row.learned_at))
    for place, row in stored.items():
        if place not in new and row.removed_at is None:
            written.append((*row[:-1], now))
    put(conn, links, _NAMES, written, key=("item_id", "id"), update=_NAMES[2:])


def _stored(conn: Connection, ids: Sequence[int]) -> dict[tuple[int, str], Any]:
    found: dict[tuple[int, str], Any] = {}
    for row in rows(conn, select(links), links.c.item_id, ids):
        found[row.item_id, row.id] = row
    return found


def _values(id_: int, link: Link, since: int | None, learned_at: int) -> tuple[Any, ...]:
    far = None if link.far is None else str(link.far)
    return (
        id_, link.id, link.far_ref, str(link.evidence), far, link.phrase, link.inverse_phrase,
        link.type_id, link.outward, link.explicit, micros_or_none(link.set_at), since, learned_at,
        None,
    )  # fmt: skip


class _Reading:
    """Turns rows into links; far ends that are among the `keys` are the same objects as those."""

    def __init__(self, keys: Iterable[ItemKey] = ()) -> None:
        self._same = Same()
        self._ends = _Ends((str(key), key) for key in keys)

    def links(self, near: Iterable[ItemKey], part: Sequence[Sequence[Any]]) -> Iterator[Link]:
        """One of each row, in their order, by columns: loops that run in C."""
        if not part:
            return iter(())
        _, id_, ref, evidence, far, phrase, inverse, type_, outward, explicit, set_at, *_ = zip(
            *part, strict=True
        )
        once = self._same.__getitem__
        return map(
            _link,
            zip(
                id_, near, map(once, ref), map(_EVIDENCE.__getitem__, evidence),
                map(self._ends.__getitem__, far), map(once, phrase), map(once, inverse),
                map(once, type_), map(_SIDES.__getitem__, outward), map(bool, explicit),
                map(instant_of, set_at), strict=True,
            ),
        )  # fmt: skip


def read(
    conn: Connection, keys: Mapping[int, ItemKey], as_of: datetime, known_by: datetime | None
) -> tuple[Link, ...]:
    """Links that stood at `as_of` on the items of `keys`, sorted by near end and id."""
    moment = to_micros(as_of)
    known = None if known_by is None else to_micros(known_by)
    reading = _Reading(keys.values())
    found: dict[ItemKey, list[Link]] = defaultdict(list)
    for part in lots(conn, links, links.c.item_id, links.c.id):
        standing = [row for row in part if row[0] in keys and _stands(row, moment, known)]
        for link in reading.links([keys[row[0]] for row in standing], standing):
            found[link.near].append(link)
    return tuple(chain.from_iterable(found[near] for near in sorted(found)))


def _stands(row: Sequence[Any], moment: int, known: int | None) -> bool:
    set_at, since, learned_at, end = row[-4:]
    if known is not None and learned_at > known:
        return False
    began = since if set_at is None else set_at
    if began is not None and began > moment:
        return False
    return end is None or end > moment or (known is not None and end > known)
