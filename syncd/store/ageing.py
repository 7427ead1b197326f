"""What is too old to be kept, and what must stay although it is old."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select, update

from syncd.model.alerts import AlertState, MessageState
from syncd.model.items import Kind
from syncd.store.batch import chunks, rows
from syncd.store.columns import to_micros
from syncd.store.documents import alert_of
from syncd.store.schema import alerts, claims, entities, items, links, outbox, runs

FEWEST_RUNS = 100
"""Newest runs that stay at any age: without one a pass would think that it is the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """How long each kind of thing is kept."""

    items: timedelta
    """After an item was closed, and after a mail was queued of which the Message-ID is known."""
    runs: timedelta
    mails: timedelta
    """The bytes of a mail that was sent or came to another end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outdated:
    """What is older than its age."""

    items: tuple[int, ...] = ()
    """Ids of the items that go, with their history, dates and links."""
    kept: int = 0
    """Items as old, which others that stay still need."""
    runs: int = 0
    bodies: int = 0
    """Mails whose bytes go; that they were sent stays."""
    mails: int = 0
    """Mails of which nothing stays."""

    def __bool__(self) -> bool:
        return bool(self.items or self.runs or self.bodies or self.mails)


def find(conn: Connection, ages: Ages, now: datetime) -> Outdated:
    """What `remove` would remove; writes nothing."""
    old = set(_closed_before(conn, now - ages.items))
    needed = _needed(conn, old)
    body_goes, mail_goes = _bodies(now - ages.mails), _mails(conn, now - ages.items)
    return Outdated(
        items=tuple(sorted(old - needed)),
        kept=len(old & needed),
        runs=_count(conn, runs, _old_runs(conn, now - ages.runs)),
        bodies=_count(conn, outbox, and_(body_goes, ~mail_goes)),
        mails=_count(conn, outbox, mail_goes),
    )


def remove(conn: Connection, ages: Ages, now: datetime) -> Outdated:
    """Remove it, in the caller's transaction; gives what was removed."""
    found = find(conn, ages, now)
    for ids in chunks(found.items):
        conn.execute(items.delete().where(items.c.id.in_(ids)))
    conn.execute(runs.delete().where(_old_runs(conn, now - ages.runs)))
    conn.execute(outbox.delete().where(_mails(conn, now - ages.items)))
    conn.execute(update(outbox).where(_bodies(now - ages.mails)).values(body=b"", fallback=b""))
    return found


def _count(conn: Connection, table: Any, where: Any) -> int:
    return conn.execute(select(func.count()).select_from(table).where(where)).scalar() or 0


def _closed_before(conn: Connection, limit: datetime) -> Iterator[int]:
    """Ids of held items that were closed, over or gone by then."""
    yield from conn.execute(select(items.c.id).where(items.c.gone_at < to_micros(limit))).scalars()
    for kind, table in entities.items():
        joined = table.join(items, items.c.id == table.c.item_id)
        query = select(table.c.item_id).select_from(joined)
        yield from conn.execute(query.where(_ENDED[kind](table, limit))).scalars()


def _issue(table: Any, limit: datetime) -> Any:
    return and_(items.c.open_until.is_(None), table.c.done_at < to_micros(limit))


def _pull(table: Any, limit: datetime) -> Any:
    ended = func.coalesce(table.c.merged_at, table.c.closed_at)
    return and_(items.c.open_until.is_(None), ended < to_micros(limit))


def _milestone(table: Any, limit: datetime) -> Any:
    """Jira tells of a version only by its dates when it was released."""
    dated = select(func.max(claims.c.hi)).where(claims.c.item_id == table.c.item_id)
    by_day = and_(table.c.closed_at.is_(None), dated.scalar_subquery() < _day(limit))
    return and_(items.c.open_until.is_(None), or_(table.c.closed_at < to_micros(limit), by_day))


def _event(table: Any, limit: datetime) -> Any:
    return table.c.last_day < _day(limit)


def _day(limit: datetime) -> str:
    return limit.date().isoformat()


_ENDED: dict[Kind, Callable[[Any, datetime], Any]] = {
    Kind.ISSUE: _issue,
    Kind.PULL_REQUEST: _pull,
    Kind.MILESTONE: _milestone,
    Kind.EVENT: _event,
}


def _needed(conn: Connection, old: set[int]) -> set[int]:
    """Old items that one that stays is part of, planned for or linked with, or an alert names.

    Without them a date would lose its parent, or a wait its end: that would be news of nothing.
    """
    if not old:
        return set()
    names = _Names(conn)
    above = _above(conn, names)
    linked: dict[int, set[int]] = defaultdict(set)
    for near, far_ref, far in conn.execute(
        select(links.c.item_id, links.c.far_ref, links.c.far).where(links.c.removed_at.is_(None))
    ):
        for end in (names.by_key.get(far), *names.by_ref.get((names.source[near], far_ref), ())):
            if end is not None:
                linked[near].add(end)
                linked[end].add(near)
    staying = names.source.keys() - old
    found = {end for one in staying for end in (*linked[one], *above[one])} & old
    found |= _named_by_alerts(conn, names) & old
    edge = set(found)
    while edge:
        edge = {end for one in edge for end in above[one]} & old - found
        found |= edge
    return found


class _Names:
    """Every identity, by its key and by what people call it."""

    def __init__(self, conn: Connection) -> None:
        self.source: dict[int, str] = {}
        self.by_key: dict[str | None, int] = {}
        self.by_ref: dict[tuple[str, str], set[int]] = defaultdict(set)
        for row in conn.execute(
            select(items.c.id, items.c.source, items.c.kind, items.c.native_id)
        ):
            self.source[row.id] = row.source
            self.by_key[f"{row.source}:{row.kind}:{row.native_id}"] = row.id
        for table in entities.values():
            query = select(table.c.item_id, table.c.ref, table.c.aliases)
            for id_, ref, aliases in rows(conn, query):
                for name in (ref, *json.loads(aliases)):
                    self.by_ref[self.source[id_], name].add(id_)


def _above(conn: Connection, names: _Names) -> dict[int, set[int]]:
    """Item → its parent, sprint and milestones."""
    found: dict[int, set[int]] = defaultdict(set)

    def add(id_: int, keys: Iterable[str | None]) -> None:
        found[id_] |= {end for key in keys if (end := names.by_key.get(key)) is not None}

    issue, pull = entities[Kind.ISSUE], entities[Kind.PULL_REQUEST]
    query = select(issue.c.item_id, issue.c.parent, issue.c.sprint, issue.c.milestones)
    for id_, parent, sprint, milestones in rows(conn, query):
        add(id_, (sprint, *json.loads(milestones)))
        found[id_] |= names.by_ref.get((names.source[id_], parent), set())
    for id_, milestones in rows(conn, select(pull.c.item_id, pull.c.milestones)):
        add(id_, json.loads(milestones))
    return found


def _named_by_alerts(conn: Connection, names: _Names) -> set[int]:
    going_on = alerts.c.state != str(AlertState.RESOLVED)
    texts = conn.execute(select(alerts.c.document).where(going_on)).scalars()
    subjects = {alert_of(text).finding.subject for text in texts}
    return {end for one in subjects if (end := names.by_key.get(one)) is not None}


def _old_runs(conn: Connection, limit: datetime) -> Any:
    newest = select(runs.c.seq).order_by(runs.c.seq.desc()).offset(FEWEST_RUNS).limit(1)
    last = conn.execute(newest).scalar()
    return and_(runs.c.ended_at < to_micros(limit), runs.c.seq <= (-1 if last is None else last))


def _ended() -> Any:
    return outbox.c.state != str(MessageState.WAITING)


def _bodies(limit: datetime) -> Any:
    ended = func.coalesce(outbox.c.sent_at, outbox.c.queued_at)
    has_bytes = or_(outbox.c.body != b"", outbox.c.fallback != b"")
    return and_(_ended(), ended < to_micros(limit), has_bytes)


def _mails(conn: Connection, limit: datetime) -> Any:
    """Not those about alerts that go on: who was told of one is told of its end."""
    queued = func.coalesce(outbox.c.sent_at, outbox.c.queued_at)
    going_on = set(
        conn.execute(
            select(alerts.c.fingerprint).where(alerts.c.state != str(AlertState.RESOLVED))
        ).scalars()
    )
    query = select(outbox.c.id, outbox.c.alerts).where(_ended(), queued < to_micros(limit))
    kept = [
        id_
        for id_, told in conn.execute(query)
        if any(alert in going_on for alert, _ in json.loads(told))
    ]
    return and_(_ended(), queued < to_micros(limit), outbox.c.id.not_in(kept))
