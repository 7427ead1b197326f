"""The whole model as it was at one instant, read in one transaction with one query a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import Connection, select

from syncd.model.history import HUMAN_FIELDS, Change, bulk_changes, rewind
from syncd.model.items import Account, Item, ItemKey, Kind
from syncd.model.snapshot import Snapshot
from syncd.store import changes, clocks, forecasts, items, links, pulls
from syncd.store.batch import rows
from syncd.store.changes import History
from syncd.store.columns import from_micros, to_micros
from syncd.store.schema import accounts
from syncd.store.schema import items as item_rows


def load(conn: Connection, as_of: datetime, known_by: datetime | None = None) -> Snapshot:
    """Rebuild every held item at `as_of`, from what was learned by `known_by`."""
    identities = _identities(conn, as_of, known_by)
    keys = {
        row.id: ItemKey(row.source, kind, row.native_id)
        for kind, known in identities.items()
        for row in known
    }
    history = changes.read(conn, keys)
    past = _past(history, as_of, known_by)
    bulk = bulk_changes(one for one in past if one.field in HUMAN_FIELDS and not one.is_bot)
    held: dict[Kind, tuple[Any, ...]] = {}
    for kind, known in identities.items():
        content = items.read(conn, kind, {row.id: keys[row.id] for row in known})
        then = (
            rewind(item, history.get(item.key, {}).values(), as_of, known_by=known_by, bulk=bulk)
            for item in content.values()
        )
        held[kind] = _sorted(item for item in then if item is not None)
    present = {item.key for many in held.values() for item in many}
    every = chain.from_iterable(identities.values())
    shown = {keys[row.id]: row for row in every if keys[row.id] in present}
    near = {id_: key for id_, key in keys.items() if key in present}
    first_seen = {key: from_micros(shown[key].first_seen) for key in sorted(shown, key=_order)}
    return Snapshot(
        as_of=as_of,
        issues=held[Kind.ISSUE],
        pull_requests=held[Kind.PULL_REQUEST],
        milestones=held[Kind.MILESTONE],
        events=held[Kind.EVENT],
        links=links.read(conn, near, as_of, known_by),
        changes=tuple(one for one in past if one.item in present),
        accounts=accounts_of(conn),
        freshness=pulls.freshness(conn),
        invisible=_invisible(conn, shown, as_of, known_by),
        first_seen=first_seen,
        skews=clocks.read(conn),
        forecasts=forecasts.read(conn, as_of, known_by),
    )


def _invisible(
    conn: Connection, shown: Mapping[ItemKey, Any], as_of: datetime, known_by: datetime | None
) -> frozenset[ItemKey]:
    retired = pulls.retired(conn)
    return frozenset(
        key
        for key, row in shown.items()
        if _by(row.missing_since, as_of, known_by) or (row.source, row.scope) in retired
    )


def _order(key: ItemKey) -> tuple[str, str, str]:
    return key.source, key.kind, key.native_id


def _sorted(found: Iterable[Item]) -> tuple[Any, ...]:
    return tuple(sorted(found, key=lambda item: _order(item.key)))


def _by(moment: int | None, as_of: datetime, known_by: datetime | None) -> bool:
    """Whether something that syncd noticed at `moment` counts at `as_of`."""
    if moment is None or moment > to_micros(as_of):
        return False
    return known_by is None or moment <= to_micros(known_by)


def _identities(
    conn: Connection, as_of: datetime, known_by: datetime | None
) -> dict[Kind, list[Any]]:
    found: dict[Kind, list[Any]] = {kind: [] for kind in Kind}
    for row in rows(conn, select(item_rows).where(item_rows.c.held)):
        unknown = known_by is not None and row.first_seen > to_micros(known_by)
        if not unknown and not _by(row.gone_at, as_of, known_by):
            found[Kind(row.kind)].append(row)
    return found


def _past(
    history: dict[ItemKey, History], as_of: datetime, known_by: datetime | None
) -> list[Change]:
    found: list[Change] = []
    for key in sorted(history, key=_order):
        found += sorted(
            (
                one
                for one in history[key].values()
                if one.at <= as_of
                and (known_by is None or one.learned_at is None or one.learned_at <= known_by)
            ),
            key=lambda one: (one.at, one.native_id),
        )
    return found


def accounts_of(conn: Connection) -> tuple[Account, ...]:
    """Every account the sources named, sorted by source and id."""
    found = [
        Account(source=row.source, id=row.id, name=row.name, email=row.email, is_bot=row.is_bot)
        for row in conn.execute(select(accounts))
    ]
    return tuple(sorted(found, key=lambda one: (one.source, one.id)))
