"""A deliverable whose table got another name in the configuration is what it was.

All that is known of it is kept under an id: the first name of its table. So nothing is rewritten
when that changes, and what refers to it goes on: alerts, answers, mail threads, forecasts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from syncd.model.people import DeclaredDeliverable
from syncd.model.runs import Declared


def _said(table: DeclaredDeliverable) -> str:
    return table.formerly or table.table


def _says_nothing_new(one: DeclaredDeliverable, old: Declared) -> bool:
    return (one.table, _said(one)) == (old.table, old.said)


def _was(one: DeclaredDeliverable, old: Declared) -> bool:
    return one.formerly not in ("", one.table) and one.formerly == old.table


def _is_of_the_same(one: DeclaredDeliverable, old: Declared) -> bool:
    return sorted(one.match) == sorted(old.match)


_SIGNS: tuple[Callable[[DeclaredDeliverable, Declared], bool], ...] = (
    lambda one, old: _says_nothing_new(one, old) and _is_of_the_same(one, old),
    lambda one, old: _was(one, old) and _is_of_the_same(one, old),
    _says_nothing_new,
    _was,
    lambda one, old: one.formerly == old.id,
    lambda one, old: bool(one.match) and _is_of_the_same(one, old),
    lambda one, old: one.table == old.table,
)
"""By what a table is known again, the surest first. What was said stays said, so that two that
swapped names do not swap them at each pass."""


def identified(
    tables: Sequence[DeclaredDeliverable], kept: Sequence[Declared]
) -> tuple[DeclaredDeliverable, ...]:
    """The tables with the ids under which they are kept, in the order of these."""
    ids: dict[str, str] = {}
    for is_same in _SIGNS:
        ids |= dict(_matched(tables, kept, ids, is_same))
    taken = {*ids.values(), *(old.id for old in kept)}
    for one in tables:
        if one.table not in ids:
            ids[one.table] = _free(_said(one), taken)
            taken.add(ids[one.table])
    known = (replace(one, id=ids[one.table], called=one.table) for one in tables)
    return tuple(sorted(known, key=lambda one: one.id))


def _matched(
    tables: Iterable[DeclaredDeliverable],
    kept: Iterable[Declared],
    ids: dict[str, str],
    is_same: Callable[[DeclaredDeliverable, Declared], bool],
) -> Iterator[tuple[str, str]]:
    """(table, id) of each that fits just one another, of those that are not matched yet."""
    left = [old for old in kept if old.id not in ids.values()]
    pairs = [
        (one.table, old.id)
        for one in tables
        if one.table not in ids
        for old in left
        if is_same(one, old)
    ]
    names, olds = [table for table, _ in pairs], [old for _, old in pairs]
    yield from (pair for pair in pairs if names.count(pair[0]) == 1 and olds.count(pair[1]) == 1)


def _free(name: str, taken: set[str]) -> str:
    """What was called so before and has another name now is something else."""
    while name in taken:
        name += "+"
    return name


def to_keep(
    tables: Sequence[DeclaredDeliverable], kept: Sequence[Declared]
) -> tuple[Declared, ...]:
    """The `identified` tables, to know them again, and those that were there before.

    The latter by name alone: what is made of the same a year later, as of the release "next", need
    not be what it was.
    """
    ids, names = {one.id for one in tables}, {one.table for one in tables}
    now = [Declared(id=one.id, table=one.table, said=_said(one), match=one.match) for one in tables]
    gone = [
        replace(old, table="" if old.table in names else old.table, match=())
        for old in kept
        if old.id not in ids
    ]
    return tuple(sorted((*now, *gone), key=lambda one: one.id))
