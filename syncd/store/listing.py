"""What the absence of an item from a complete listing means (promise D2): little, and slowly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select, update

from syncd.errors import SourceEmptied
from syncd.interfaces import Page
from syncd.model.items import CalendarEvent, Issue, Item, Kind, MilestoneKind, PullRequest
from syncd.store.batch import chunks
from syncd.store.columns import from_micros, to_micros
from syncd.store.pulls import Pull
from syncd.store.schema import entities, items

APART = timedelta(hours=1)
"""Two listings this far apart without an item prove that it is gone."""

FEWEST = 5
SHARE = 0.30
"""A listing that loses at least so many open items, and more than this share, is not believed; nor
is one that loses so much of all items, open ones among them: an archive takes closed ones only, a
lost right takes both; nor one that names nothing at all where several were open."""

FOR_EVER = "9999-12-31"


def open_until(item: Item) -> str | None:
    """Last day on which the item counts as open; None = it is closed."""
    if isinstance(item, Issue):
        return None if item.phase.is_closed else FOR_EVER
    if isinstance(item, PullRequest):
        return FOR_EVER if item.state == "open" else None
    if isinstance(item, CalendarEvent):
        return None if item.status == "cancelled" else item.last_day.isoformat()
    return None if item.state in ("released", "closed", "archived") else FOR_EVER


def glimpse(conn: Connection, pull: Pull, page: Page, at: datetime) -> None:
    """Items that the provider named without their content, or refused to show."""
    for keys, values in (
        (page.seen, {"missing_since": None, "gone_at": None, "gone_generation": None,
                     "evidence": None}),
        (page.hidden, {"missing_since": func.coalesce(items.c.missing_since, to_micros(at)),
                       "evidence": f"{pull.scope.source} says that we may not see it"}),
    ):  # fmt: skip
        groups: dict[tuple[str, Kind], list[str]] = defaultdict(list)
        for key in keys:
            groups[key.source, key.kind].append(key.native_id)
        for (source, kind), names in groups.items():
            for some in chunks(names):
                conn.execute(
                    update(items)
                    .where(
                        items.c.source == source,
                        items.c.kind == str(kind),
                        items.c.native_id.in_(some),
                        items.c.held,
                    )
                    .values(generation=pull.generation, **values)
                )


def conclude(
    conn: Connection,
    pull: Pull,
    at: datetime,
    *,
    unlisted: Collection[MilestoneKind],
    accept_loss: bool,
) -> None:
    """Items of the scope that this complete listing did not name are missing, later gone.

    Milestones of `unlisted` kinds stay as they are.

    Raises SourceEmptied, before anything is written, when too many items are missing at once,
    unless `accept_loss`: a person looked and says that they really are.
    Events that are over may fall out of a listing's window: they stay as they are.
    """
    now = to_micros(at)
    today = (at.astimezone(UTC) - timedelta(days=1)).date().isoformat()
    scope = and_(
        items.c.source == pull.scope.source,
        items.c.scope == pull.scope.name,
        items.c.held,
        items.c.gone_at.is_(None),
        items.c.id.not_in(_milestones(unlisted)),
    )
    still_open = func.coalesce(items.c.open_until, "") >= today
    listed = and_(scope, or_(items.c.kind != str(Kind.EVENT), still_open))
    unnamed = and_(listed, items.c.generation != pull.generation)
    visible = items.c.missing_since.is_(None)
    if not accept_loss:
        _refuse_loss(conn, pull, and_(listed, visible), still_open)
    _confirm(conn, pull, unnamed, at)
    conn.execute(update(items).where(unnamed, visible).values(missing_since=now))


def _refuse_loss(conn: Connection, pull: Pull, listed: Any, still_open: Any) -> None:
    unnamed = items.c.generation != pull.generation
    open_items = and_(listed, still_open)
    lost = _count(conn, and_(open_items, unnamed))
    if not lost:
        return
    total, all_lost = _count(conn, open_items), _count(conn, and_(listed, unnamed))
    everything = _count(conn, listed)
    if _is_loss(lost, total) or (lost > 1 and lost == total and _is_empty(conn, pull)):
        raise _emptied(pull, lost, f"{lost} of {total} open items")
    if _is_loss(all_lost, everything):
        raise _emptied(pull, all_lost, f"{all_lost} of {everything} items, {lost} of them open,")


def _is_loss(lost: int, total: int) -> bool:
    return lost >= FEWEST and lost > SHARE * total


def _emptied(pull: Pull, lost: int, what: str) -> SourceEmptied:
    return SourceEmptied(
        f"{pull.scope}: {what} are missing from a complete listing; "
        "nothing counts as deleted, the data stays as it was",
        lost=lost,
        source=pull.scope.source,
        scope=pull.scope.name,
        hint=f"syncd doctor {pull.scope.source}; if they really are gone: "
        f"syncd sync {pull.scope.source} --full --accept-loss",
    )


def _milestones(kinds: Collection[MilestoneKind]) -> Select[Any]:
    table = entities[Kind.MILESTONE]
    return select(table.c.item_id).where(table.c.kind.in_([str(each) for each in kinds]))


def _is_empty(conn: Connection, pull: Pull) -> bool:
    """Whether the listing named nothing at all of the scope, not even what is closed."""
    named = and_(
        items.c.source == pull.scope.source,
        items.c.scope == pull.scope.name,
        items.c.generation == pull.generation,
    )
    return _count(conn, named) == 0


def _confirm(conn: Connection, pull: Pull, unnamed: Any, at: datetime) -> None:
    # What the provider refused to show is there or not: two listings prove nothing of it.
    long_missing = and_(
        unnamed, items.c.evidence.is_(None), items.c.missing_since <= to_micros(at - APART)
    )
    for (since,) in conn.execute(
        select(items.c.missing_since).where(long_missing).distinct()
    ).all():
        first = from_micros(since)
        conn.execute(
            update(items)
            .where(long_missing, items.c.missing_since == since)
            .values(
                gone_at=to_micros(at),
                gone_generation=pull.generation,
                evidence=f"absent from two complete listings of {pull.scope}, "
                f"{first:%Y-%m-%d %H:%M} and {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
            )
        )


def _count(conn: Connection, condition: Any) -> int:
    return conn.execute(select(func.count()).select_from(items).where(condition)).scalar() or 0
