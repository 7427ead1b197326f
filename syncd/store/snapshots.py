"""The whole model as it was at one instant, read in one transaction with one query a table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from syncd.model.calendar import local_time
from syncd.model.history import HUMAN_FIELDS, Change, bulk_changes, known_then, values_at
from syncd.model.items import Account, CalendarEvent, Item, ItemKey, Kind
from syncd.model.snapshot import Scope, Snapshot
from syncd.store import changes, clocks, forecasts, items, links, pulls
from syncd.store.batch import every
from syncd.store.columns import Same, instant_of, to_micros
from syncd.store.schema import accounts
from syncd.store.schema import items as item_rows

_KINDS = {str(kind): kind for kind in Kind}


class _Identity(NamedTuple):
    """What stands of an item in the table of all of them."""

    key: ItemKey
    scope: str
    first_seen: int
    missing_since: int | None
    gone_at: int | None
    """None: it is still there. Only events are known beyond it, see `_cancelled`."""


def load(conn: Connection, as_of: datetime, known_by: datetime | None = None) -> Snapshot:
    """Rebuild every held item at `as_of`, from what was learned by `known_by`."""
    known = _identities(conn, as_of, known_by)
    keys = {id_: one.key for id_, one in known.items()}
    history = changes.read_all(conn, keys)
    past = {key: known_then(many, as_of, known_by) for key, many in history.items()}
    bulk = bulk_changes(one for one in _all(past) if one.field in HUMAN_FIELDS and not one.is_bot)
    seen = {one.key: instant_of(one.first_seen) for one in known.values()}
    deleted = {one.key: one.gone_at for one in known.values() if one.gone_at is not None}
    held: dict[Kind, tuple[Any, ...]] = {}
    for kind, content in items.read_all(conn, keys).items():
        then = (
            _rewound(one, history.get(one.key, ()), as_of, known_by, bulk, seen_at=seen[one.key])
            for one in content
        )
        found: Iterable[Item] = (item for item in then if item is not None)
        if deleted:
            found = _cancelled(found, deleted)
        held[kind] = tuple(sorted(found, key=attrgetter("key")))
    present = {item.key for many in held.values() for item in many}
    shown = {id_: one for id_, one in known.items() if one.key in present}
    retired = pulls.retired(conn)
    return Snapshot(
        as_of=as_of,
        issues=held[Kind.ISSUE],
        pull_requests=held[Kind.PULL_REQUEST],
        milestones=held[Kind.MILESTONE],
        events=held[Kind.EVENT],
        links=links.read(conn, {id_: one.key for id_, one in shown.items()}, as_of, known_by),
        changes=tuple(chain.from_iterable(past[key] for key in past if key in present)),
        accounts=accounts_of(conn),
        freshness=pulls.freshness(conn),
        invisible=_invisible(shown.values(), as_of, known_by, retired),
        retired=retired,
        first_seen={key: seen[key] for key in sorted(present)},
        skews=clocks.read(conn, as_of),
        forecasts=forecasts.read(conn, as_of, known_by),
    )


def _all(past: Mapping[ItemKey, list[Change]]) -> Iterator[Change]:
    return chain.from_iterable(past.values())


def _rewound(
    item: Item,
    history: Sequence[Change],
    as_of: datetime,
    known_by: datetime | None,
    bulk: frozenset[tuple[ItemKey, str]],
    *,
    seen_at: datetime,
) -> Item | None:
    """The item as it was then: just read, so that nobody else has it and it need not be copied."""
    values = values_at(item, history, as_of, known_by=known_by, bulk=bulk, seen_at=seen_at)
    if values is None:
        return None
    for name, value in values.items():
        object.__setattr__(item, name, value)
    return item


def _cancelled(items: Iterable[Item], deleted: Mapping[ItemKey, int]) -> Iterator[Item]:
    """Calendars tell of a deleted event its id alone: to a plan it is what was held, cancelled.

    Nothing hangs on what was deleted after its day.
    """
    for one in items:
        at = deleted.get(one.key)
        if at is None:
            yield one
        elif isinstance(one, CalendarEvent):
            gone = instant_of(at)
            if local_time(gone, one.zone or "UTC").date() <= one.last_day:
                yield replace(one, status="cancelled", updated_at=gone)


def _invisible(
    shown: Iterable[_Identity],
    as_of: datetime,
    known_by: datetime | None,
    retired: Collection[Scope],
) -> frozenset[ItemKey]:
    away = {(scope.source, scope.name) for scope in retired}
    return frozenset(
        one.key
        for one in shown
        if (one.gone_at is None and _by(one.missing_since, as_of, known_by))
        or (one.key.source, one.scope) in away
    )


def _by(moment: int | None, as_of: datetime, known_by: datetime | None) -> bool:
    """Whether something that syncd noticed at `moment` counts at `as_of`."""
    if moment is None or moment > to_micros(as_of):
        return False
    return known_by is None or moment <= to_micros(known_by)


def _identities(
    conn: Connection, as_of: datetime, known_by: datetime | None
) -> dict[int, _Identity]:
    same, limit = Same(), None if known_by is None else to_micros(known_by)
    found: dict[int, _Identity] = {}
    for row in every(conn, item_rows, item_rows.c.id):
        id_, source, kind, native_id, scope, is_held, first_seen, _, _, missing, gone, *_ = row
        unknown = not is_held or (limit is not None and first_seen > limit)
        is_gone = _by(gone, as_of, known_by)
        if not unknown and (not is_gone or kind == Kind.EVENT):
            key = ItemKey(same[source], _KINDS[kind], native_id)
            gone_at = gone if is_gone else None
            found[id_] = _Identity(key, same[scope], first_seen, missing, gone_at)
    return found


def accounts_of(conn: Connection) -> tuple[Account, ...]:
    """Every account the sources named, sorted by source and id."""
    found = [
        Account(source=row.source, id=row.id, name=row.name, email=row.email, is_bot=row.is_bot)
        for row in conn.execute(select(accounts))
    ]
    return tuple(sorted(found, key=lambda one: (one.source, one.id)))
