"""The change history: every change once, with the moment at which it was learned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, groupby
from operator import attrgetter, itemgetter
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from syncd.model.history import OBSERVED, Change, in_order
from syncd.model.items import ItemKey
from syncd.model.observed import redundant
from syncd.store.batch import chunks, lots, put, rows
from syncd.store.columns import CLASSES, Same, instant_of, to_micros
from syncd.store.schema import changes

History = dict[str, Change]
"""Changes of one item by native id."""

LONGEST = timedelta(hours=1)
"""A pull learns all as of its begin; edits come in while it lasts, mostly shorter than this."""


def read(
    conn: Connection, keys: Mapping[int, ItemKey], ids: Sequence[int]
) -> dict[ItemKey, History]:
    """Histories of `ids`; `keys` names each id."""
    found: dict[ItemKey, History] = defaultdict(dict)
    part = list(rows(conn, select(changes), changes.c.item_id, ids))
    for change in _changes(part, keys, Same()):
        found[change.item][change.native_id] = change
    return found


def read_all(conn: Connection, keys: Mapping[int, ItemKey]) -> dict[ItemKey, list[Change]]:
    """All histories by key, each by (at, native id); `keys` names each id, others are left out."""
    same, found = Same(), {}
    parts = lots(conn, changes, changes.c.item_id, changes.c.native_id)
    told = chain.from_iterable(_changes(part, keys, same) for part in parts)
    for key, many in groupby(told, itemgetter(0)):
        found[key] = sorted(many, key=attrgetter("at"))
    found.pop(None, None)
    return {key: found[key] for key in sorted(found)}


_change: Callable[[Iterable[Any]], Change] = partial(tuple.__new__, Change)
"""As `Change._make`, without a call of Python for each."""


def _changes(part: Sequence[Any], keys: Mapping[int, ItemKey], same: Same) -> Iterator[Change]:
    """Of rows; the item is None where `keys` does not name it."""
    if not part:
        return iter(())
    ids, native_ids, field, old, new, at, actor, is_bot, learned_at = zip(*part, strict=True)
    once = same.__getitem__
    return map(
        _change,
        zip(
            map(keys.get, ids), map(once, field), map(once, old), map(once, new),
            map(instant_of, at), native_ids, map(once, actor), map(bool, is_bot),
            map(instant_of, learned_at), strict=True,
        ),
    )  # fmt: skip


def merge(
    known: History, reported: Iterable[Change], at: datetime
) -> tuple[list[Change], set[str]]:
    """What to write of the provider's changes of one item, and which observed ones they explain.

    A change keeps the moment at which it was first learned (None: now, `at`); one that an observed
    change had already told of was learned with that. `known` is brought up to date.
    """
    if not known:
        known |= {one.native_id: _as_told(one, at) for one in reported}
        return list(known.values()), set()
    written: dict[str, Change] = {}
    fresh: set[str] = set()
    for change in reported:
        stored = known.get(change.native_id)
        now = _as_told(change, at if stored is None else stored.learned_at or at)
        if stored is None:
            fresh.add(now.native_id)
        elif (now := now._replace(learned_at=stored.learned_at)) == stored:
            continue
        known[now.native_id] = written[now.native_id] = now
    explained: set[str] = set()
    for seen in in_order(one for one in known.values() if one.native_id.startswith(OBSERVED)):
        others = (one for one in known.values() if one is not seen)
        cause = redundant(seen, others, CLASSES[seen.item.kind])
        if cause is None:
            continue
        explained.add(seen.native_id)
        del known[seen.native_id]
        if cause.native_id in fresh:
            told = cause._replace(learned_at=seen.learned_at)
            known[cause.native_id] = written[cause.native_id] = told
    return list(written.values()), explained


def _as_told(change: Change, by: datetime) -> Change:
    """As it is stored: never with the value of a description, and not learned yet.

    It had been made when it was learned, `by` then, whatever a clock says that is ahead.
    """
    if change.at > by + LONGEST:
        change = change._replace(at=by)
    if change.field == "description":
        return change._replace(old=None, new=None, learned_at=None)
    return change if change.learned_at is None else change._replace(learned_at=None)


def write(conn: Connection, taken: Sequence[tuple[int, Change]], at: datetime) -> None:
    """Store changes under the ids of their items; `at` is when new ones were learned."""
    now = to_micros(at)
    put(
        conn,
        changes,
        [column.name for column in changes.c],
        [
            (id_, one.native_id, one.field, one.old, one.new, to_micros(one.at), one.actor,
             one.is_bot, now if one.learned_at is None else to_micros(one.learned_at))
            for id_, one in taken
        ],
        key=("item_id", "native_id"),
        update=("field", "old", "new", "at", "actor", "is_bot", "learned_at"),
    )  # fmt: skip


def delete(conn: Connection, places: Collection[tuple[int, str]]) -> None:
    """Remove observed changes that the provider's own history has explained since."""
    for chunk in chunks(sorted(places)):
        conn.execute(
            changes.delete().where(
                or_(
                    *(
                        and_(changes.c.item_id == id_, changes.c.native_id == native_id)
                        for id_, native_id in chunk
                    )
                )
            )
        )
