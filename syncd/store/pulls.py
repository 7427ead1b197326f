"""What is known of each scope: its cursor, which pull is under way, how fresh it is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select, update

from syncd.interfaces import Page, Problem
from syncd.model.items import ItemKey, Kind
from syncd.model.snapshot import Freshness, Scope
from syncd.store.batch import chunks, put
from syncd.store.columns import instant_or_none, micros_or_none, to_micros
from syncd.store.schema import entities, items, problems, scopes


@dataclass(frozen=True, slots=True)
class Pull:
    """The pull of a scope that a page belongs to; `generation` counts them."""

    scope: Scope
    generation: int
    began_at: int


def _is(scope: Scope) -> Any:
    return and_(scopes.c.source == scope.source, scopes.c.name == scope.name)


def enter(conn: Connection, scope: Scope, at: datetime) -> Pull:
    """The pull under way, or a new one where the one before has ended or failed.

    One that failed with a bookmark goes on: what it named before counts as named.
    """
    now = to_micros(at)
    row = conn.execute(select(scopes).where(_is(scope))).first()
    if row is None:
        put(
            conn,
            scopes,
            (
                "source",
                "name",
                "generation",
                "began_at",
                "attempted_at",
                "error",
                "retired",
                "newcomer",
            ),
            [(scope.source, scope.name, 1, now, now, "", False, True)],
        )
        return Pull(scope, 1, now)
    if row.retired:
        _return(conn, _is(scope))
    elif row.began_at is not None:
        return Pull(scope, row.generation, row.began_at)
    generation = row.generation if row.bookmark and not row.retired else row.generation + 1
    _note(conn, scope, generation=generation, began_at=now, attempted_at=now)
    return Pull(scope, generation, now)


def leave(conn: Connection, pull: Pull, page: Page, at: datetime) -> None:
    """The pull has read its scope to the end: the cursor moves, the scope is fresh."""
    now = to_micros(at)
    _note(
        conn, pull.scope, cursor=page.cursor, bookmark=None, began_at=None, succeeded_at=now,
        attempted_at=now, failing_since=None, error="", retry_at=None,
    )  # fmt: skip


def mark(conn: Connection, scope: Scope, bookmark: str | None) -> None:
    """How far the pull under way has come: where it goes on if it is cut off."""
    _note(conn, scope, bookmark=bookmark)


def restart(conn: Connection, scope: Scope) -> None:
    """Forget the pull under way."""
    _note(conn, scope, bookmark=None, began_at=None)


def listed(conn: Connection, pull: Pull, at: datetime) -> None:
    """Every item of the scope was named, or is known to be missing."""
    _note(conn, pull.scope, listed_at=to_micros(at), lost=0)


def lose(conn: Connection, scope: Scope, lost: int) -> None:
    """A listing that lacks so many items is not believed: the next pull lists all anew."""
    _note(conn, scope, bookmark=None, lost=lost)


def fail(
    conn: Connection, scope: Scope, at: datetime, error: str, retry_at: datetime | None
) -> None:
    """The pull has ended badly; cursor and items stay."""
    enter(conn, scope, at)
    now = to_micros(at)
    since = func.coalesce(scopes.c.failing_since, now)
    _note(
        conn, scope, began_at=None, attempted_at=now, failing_since=since, error=error,
        retry_at=micros_or_none(retry_at),
    )  # fmt: skip


def _note(conn: Connection, scope: Scope, **values: Any) -> None:
    conn.execute(update(scopes).where(_is(scope)).values(**values))


def cursor(conn: Connection, scope: Scope, *, whole: bool = False) -> str | None:
    """The bookmark of a pull that was cut off (not if `whole`), else where the last one ended."""
    found = scopes.c.cursor if whole else func.coalesce(scopes.c.bookmark, scopes.c.cursor)
    return conn.execute(select(found).where(_is(scope))).scalar()


def retire(conn: Connection, source: str, names: Sequence[str]) -> None:
    """Only these scopes of the source are configured now; one that is new was never read."""
    known = set(conn.execute(select(scopes.c.name).where(scopes.c.source == source)).scalars())
    put(
        conn,
        scopes,
        ("source", "name", "generation", "error", "retired", "newcomer"),
        [(source, name, 0, "", False, True) for name in dict.fromkeys(names) if name not in known],
    )
    mine, named = scopes.c.source == source, scopes.c.name.in_(list(names))
    conn.execute(update(scopes).where(mine, ~named).values(retired=True))
    _return(conn, and_(mine, named, scopes.c.retired))


def _return(conn: Connection, which: Any) -> None:
    """Scopes that are configured again: read from the beginning, and judged by no pass yet."""
    conn.execute(
        update(scopes)
        .where(which)
        .values(retired=False, newcomer=True, succeeded_at=None, began_at=None, bookmark=None,
                cursor=None)
    )  # fmt: skip


def retired(conn: Connection) -> frozenset[Scope]:
    """The scopes that are configured no more."""
    found = conn.execute(select(scopes.c.source, scopes.c.name).where(scopes.c.retired))
    return frozenset(Scope(row.source, row.name) for row in found)


def judge(conn: Connection, which: Collection[Scope]) -> None:
    """A pass has looked at these."""
    for scope in which:
        _note(conn, scope, newcomer=False)


def note_problems(conn: Connection, pull: Pull, page: Page, at: datetime) -> None:
    """Keep items aside that could not be read, and forget those that came whole after all."""
    mended = [name for item in page.items for name in (item.key.native_id, item.ref)]
    mended += [key.native_id for key in page.gone]
    for chunk in chunks(mended if _count(conn, problems, pull.scope) else []):
        conn.execute(
            problems.delete().where(
                problems.c.source == pull.scope.source,
                problems.c.scope == pull.scope.name,
                problems.c.native_id.in_(chunk),
            )
        )
    put(
        conn,
        problems,
        ("source", "scope", "native_id", "reason", "at", "generation"),
        [
            (pull.scope.source, pull.scope.name, one.native_id, one.reason, to_micros(at),
             pull.generation)
            for one in page.problems
        ],
        key=("source", "scope", "native_id"),
        update=("reason", "generation"),
    )  # fmt: skip


def met_nameless(conn: Connection, pull: Pull) -> bool:
    """Whether a row of this pull did not tell whose it is: its listing is not a complete one."""
    found = select(problems.c.native_id).where(
        problems.c.source == pull.scope.source,
        problems.c.scope == pull.scope.name,
        problems.c.native_id == "",
        problems.c.generation == pull.generation,
    )
    return conn.execute(found).first() is not None


def forget_problems(conn: Connection, pull: Pull) -> None:
    """After a complete listing: what it did not name is no problem any more."""
    conn.execute(
        problems.delete().where(
            problems.c.source == pull.scope.source,
            problems.c.scope == pull.scope.name,
            problems.c.generation != pull.generation,
        )
    )


def held(conn: Connection, scope: Scope) -> dict[ItemKey, str]:
    """Key and ref of the items of a scope that are not gone."""
    found: dict[ItemKey, str] = {}
    for kind, table in entities.items():
        for native_id, ref in conn.execute(
            select(items.c.native_id, table.c.ref)
            .join(table, table.c.item_id == items.c.id)
            .where(
                items.c.source == scope.source,
                items.c.scope == scope.name,
                items.c.kind == str(kind),
                items.c.gone_at.is_(None),
            )
        ):
            found[ItemKey(scope.source, kind, native_id)] = ref
    return found


def kept_aside(conn: Connection) -> dict[Scope, tuple[Problem, ...]]:
    """Items kept aside, sorted by id."""
    found: dict[Scope, list[Problem]] = defaultdict(list)
    for row in conn.execute(select(problems).order_by(problems.c.native_id)):
        one = Problem(native_id=row.native_id, reason=row.reason)
        found[Scope(row.source, row.scope)].append(one)
    return {scope: tuple(found[scope]) for scope in sorted(found)}


def strays(conn: Connection) -> dict[Scope, int]:
    """Where issues were moved that no scope reads, sorted, and how many open ones are there."""
    issues, live = entities[Kind.ISSUE], select(scopes.c.source, scopes.c.name)
    read = {Scope(*row) for row in conn.execute(live.where(~scopes.c.retired))}
    moves = conn.execute(
        select(items.c.source, items.c.scope, issues.c.scope, func.count())
        .join(issues, issues.c.item_id == items.c.id)
        .where(
            issues.c.scope != items.c.scope,
            items.c.gone_at.is_(None),
            items.c.open_until.is_not(None),
        )
        .group_by(items.c.source, items.c.scope, issues.c.scope)
    )
    found: Counter[Scope] = Counter()
    for source, home, place, count in moves:
        if Scope(source, home) in read and Scope(source, place) not in read:
            found[Scope(source, place)] += count
    return dict(sorted(found.items()))


def _count(conn: Connection, table: Any, scope: Scope) -> int:
    return (
        conn.execute(
            select(func.count())
            .select_from(table)
            .where(table.c.source == scope.source, table.c.scope == scope.name)
        ).scalar()
        or 0
    )


def freshness(conn: Connection) -> tuple[Freshness, ...]:
    """Of every scope pulled and not retired, sorted by source and name."""
    there = items.c.gone_at.is_(None)
    counts = _by_scope(conn, items, func.count(), items.c.held, there)
    malformed = _by_scope(conn, problems, func.count())
    # What the provider refuses to show (it has evidence) is not looked for any sooner.
    missed = items.c.missing_since.is_not(None) & items.c.evidence.is_(None)
    missing = _by_scope(conn, items, func.min(items.c.missing_since), there, missed)
    found = []
    for row in conn.execute(select(scopes).where(~scopes.c.retired)):
        scope = Scope(row.source, row.name)
        found.append(
            Freshness(
                scope=scope,
                succeeded_at=instant_or_none(row.succeeded_at),
                attempted_at=instant_or_none(row.attempted_at),
                failing_since=instant_or_none(row.failing_since),
                error=row.error,
                retry_at=instant_or_none(row.retry_at),
                items=counts.get(scope, 0),
                problems=malformed.get(scope, 0),
                listed_at=instant_or_none(row.listed_at),
                is_cut_off=row.bookmark is not None,
                missing_since=instant_or_none(missing.get(scope)),
                lost=row.lost,
                is_new=row.newcomer,
            )
        )
    return tuple(sorted(found, key=lambda one: one.scope))


def _by_scope(conn: Connection, table: Any, value: Any, *where: Any) -> dict[Scope, int]:
    query = select(table.c.source, table.c.scope, value).where(*where)
    return {
        Scope(source, name): found
        for source, name, found in conn.execute(query.group_by(table.c.source, table.c.scope))
    }
