"""Items and their date claims, read and written in bulk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, select

from syncd.model.items import (
    DateClaim,
    DateRole,
    Issue,
    Item,
    ItemKey,
    Kind,
    Precision,
    PullRequest,
)
from syncd.store.batch import chunks, every, lots, put, rows
from syncd.store.columns import (
    CLASSES,
    FIELDS,
    day_of,
    decode,
    encode,
    instant_or_none,
    micros_or_none,
)
from syncd.store.schema import claims, entities, items

_ROLES = {str(role): role for role in DateRole}
_PRECISIONS = {str(one): one for one in Precision}


@dataclass(frozen=True, slots=True)
class Held:
    """The identity row of an item; `item` is its content, None where only its key is known."""

    id: int
    first_seen: int | None
    gone_at: int | None
    gone_generation: int | None
    scope: str | None
    item: Item | None
    is_new: bool
    """Never named before: nothing else of it is stored."""


def identify(conn: Connection, keys: set[ItemKey]) -> dict[ItemKey, Held]:
    """Identity and content of each key; keys never met get an identity without content."""
    rows_of = _identities(conn, keys)
    missing = sorted(keys - rows_of.keys())
    put(
        conn,
        items,
        ("source", "kind", "native_id", "held", "generation"),
        [(key.source, str(key.kind), key.native_id, False, 0) for key in missing],
        key=("source", "kind", "native_id"),
    )
    rows_of |= _identities(conn, missing)
    content: dict[int, Item] = {}
    for kind in Kind:
        held = {row.id: key for key, row in rows_of.items() if row.held and key.kind is kind}
        content |= read(conn, kind, held)
    new = set(missing)
    return {
        key: Held(
            row.id, row.first_seen, row.gone_at, row.gone_generation, row.scope,
            content.get(row.id), key in new,
        )
        for key, row in rows_of.items()
    }  # fmt: skip


def _identities(conn: Connection, keys: Iterable[ItemKey]) -> dict[ItemKey, Row[Any]]:
    groups: dict[tuple[str, Kind], dict[str, ItemKey]] = defaultdict(dict)
    for key in keys:
        groups[key.source, key.kind][key.native_id] = key
    found: dict[ItemKey, Row[Any]] = {}
    for (source, kind), named in groups.items():
        mine = select(items).where(items.c.source == source, items.c.kind == str(kind))
        for row in rows(conn, mine, items.c.native_id, list(named)):
            found[named[row.native_id]] = row
    return found


def read(conn: Connection, kind: Kind, keys: Mapping[int, ItemKey]) -> dict[int, Item]:
    """Content of the items of a kind by id; `keys` names each id."""
    table, ids = entities[kind], list(keys)
    stated = _claims(rows(conn, select(claims), claims.c.item_id, ids), keys)
    part = list(rows(conn, select(table), table.c.item_id, ids))
    return dict(zip((row[0] for row in part), _decoded(kind, part, keys, stated), strict=True))


def read_all(conn: Connection, keys: Mapping[int, ItemKey]) -> dict[Kind, list[Item]]:
    """Content of all items that `keys` names by id."""
    stated = _claims(every(conn, claims, claims.c.item_id), keys)
    found: dict[Kind, list[Item]] = {}
    for kind, table in entities.items():
        parts = lots(conn, table, table.c.item_id)
        named = ([row for row in part if row[0] in keys] for part in parts)
        found[kind] = [one for part in named for one in _decoded(kind, part, keys, stated)]
    return found


def _decoded(
    kind: Kind,
    part: Sequence[Any],
    keys: Mapping[int, ItemKey],
    stated: Mapping[int, tuple[DateClaim, ...]],
) -> list[Item]:
    ids = [row[0] for row in part]
    claims = [stated.get(id_, ()) for id_ in ids]
    return decode(CLASSES[kind], [keys[id_] for id_ in ids], [row[1:] for row in part], claims)


def _claims(found: Iterable[Any], keys: Mapping[int, ItemKey]) -> dict[int, tuple[DateClaim, ...]]:
    stated: dict[int, list[DateClaim]] = defaultdict(list)
    for item_id, field, role, lo, hi, precision, zone, set_at, set_by in found:
        key = keys.get(item_id)
        if key is not None:
            stated[item_id].append(
                DateClaim(
                    subject=key,
                    role=_ROLES[role],
                    field=field,
                    lo=day_of(lo),
                    hi=day_of(hi),
                    precision=_PRECISIONS[precision],
                    zone=zone,
                    set_at=instant_or_none(set_at),
                    set_by=set_by,
                )
            )
    return {id_: tuple(sorted(many, key=attrgetter("field"))) for id_, many in stated.items()}


def completed(item: Item, old: Item | None) -> Item:
    """The item with what is held of those fields that its source did not answer."""
    if old is None or not isinstance(item, Issue | PullRequest) or not item.unanswered:
        return item
    claims = (*item.claims, *(each for each in old.claims if each.field in item.unanswered))
    if not (isinstance(item, Issue) and isinstance(old, Issue)):
        return replace(item, claims=claims)
    # That it was closed or opened again is known, whatever else was not answered.
    is_open = not (item.phase.is_closed or old.phase.is_closed)
    return replace(
        item,
        claims=claims,
        sprint=old.sprint if "sprint" in item.unanswered else item.sprint,
        phase=old.phase if is_open and "phase" in item.unanswered else item.phase,
    )


def as_stored(item: Item, aliases: Iterable[str]) -> Item:
    """The item in the form in which it comes back: claims by field, derived fields unset."""
    by_field = {claim.field: claim for claim in item.claims}
    stored = {
        "aliases": tuple(sorted({*item.aliases, *aliases} - {item.ref})),
        "claims": tuple(by_field[field] for field in sorted(by_field)),
        **_DERIVED.get(type(item), {}),
    }
    if all(getattr(item, name) == value for name, value in stored.items()):
        return item
    return replace(item, **stored)


_DERIVED: dict[type[Any], dict[str, Any]] = {
    Issue: {
        "state_entered_at": None,
        "last_human_activity_at": None,
        "reopen_count": 0,
        "unanswered": (),
    },
    PullRequest: {"last_human_activity_at": None, "unanswered": ()},
}


def write(conn: Connection, contents: Mapping[int, Item], held: Collection[int]) -> None:
    """Store content under its id, replacing what was there, which is so for the `held` ids only."""
    groups: dict[Kind, list[tuple[Any, ...]]] = defaultdict(list)
    for id_, item in contents.items():
        groups[item.key.kind].append((id_, *encode(item)))
    for kind, values in groups.items():
        names = [field.name for field in FIELDS[CLASSES[kind]]]
        put(conn, entities[kind], ("item_id", *names), values, key=("item_id",), update=names)
    for chunk in chunks([id_ for id_ in contents if id_ in held]):
        conn.execute(claims.delete().where(claims.c.item_id.in_(chunk)))
    put(
        conn,
        claims,
        [column.name for column in claims.c],
        [
            (id_, one.field, str(one.role), one.lo.isoformat(), one.hi.isoformat(),
             str(one.precision), one.zone, micros_or_none(one.set_at), one.set_by)
            for id_, item in contents.items()
            for one in item.claims
        ],
    )  # fmt: skip
