"""One page of a pull, taken into the store in the transaction of the caller."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, or_, select, update

from syncd.interfaces import Committed, Page
from syncd.model.history import Change
from syncd.model.items import Item, ItemKey, Kind
from syncd.model.links import Link
from syncd.model.observed import unexplained
from syncd.model.snapshot import Scope
from syncd.model.values import tracked
from syncd.store import changes, forgetting, items, links, listing, pulls
from syncd.store.batch import chunks, put
from syncd.store.columns import to_micros
from syncd.store.items import Held
from syncd.store.pulls import Pull
from syncd.store.schema import accounts, entities
from syncd.store.schema import items as item_rows


@dataclass(slots=True)
class _Merge:
    """What a page does to the items it names, before anything is written."""

    pull: Pull
    at: datetime
    reread: bool
    held: Mapping[ItemKey, Held]
    """As found before the page."""
    now: dict[ItemKey, Item | None]
    """Content after the page; None where only the key is known."""
    written: dict[ItemKey, Item] = field(default_factory=dict)
    changed: set[ItemKey] = field(default_factory=set)
    late: set[ItemKey] = field(default_factory=set)
    """Named only in a version older than ours."""
    steps: list[tuple[Item, Item]] = field(default_factory=list)
    """(before, after) of held items in which a tracked field differs."""

    def take(self, item: Item) -> None:
        """Merge one version; an older one than ours adds only the name it had."""
        key, old = item.key, self.now[item.key]
        if old is not None and _is_older(item, old) and not self._is_of_tomorrow(old):
            if key not in self.written:
                self.late.add(key)
            kept = items.as_stored(old, (item.ref, *item.aliases))
            if kept != old:
                self.now[key] = self.written[key] = kept
            return
        self.late.discard(key)
        item = items.completed(item, old)
        new = items.as_stored(item, () if old is None else (old.ref, *old.aliases))
        if new == old:
            return
        self.now[key] = self.written[key] = new
        if old is None or _differs(old, new):
            self.changed.add(key)
        if old is not None and tracked(old) != tracked(new):
            self.steps.append((old, new))

    def _is_of_tomorrow(self, old: Item) -> bool:
        """Whether ours says to be from a day that is yet to come, which outdates nothing."""
        return old.updated_at is not None and old.updated_at > self.at + timedelta(days=1)


def _is_older(item: Item, old: Item) -> bool:
    if item.updated_at is None or old.updated_at is None:
        return False
    return item.updated_at < old.updated_at


def _differs(old: Item, new: Any) -> bool:
    return bool(replace(new, updated_at=old.updated_at) != old)


def commit(
    conn: Connection, scope: Scope, page: Page, at: datetime, *, accept_loss: bool, swept: bool
) -> Committed:
    """Items, changes, links, accounts, problems, tombstones and cursor of one page."""
    page = forgetting.cleaned(conn, page, at)
    pull = pulls.enter(conn, scope, at)
    reported = _by_item(page.changes)
    keys = {item.key for item in page.items} | reported.keys()
    keys |= {link.near for link in page.links} | set(page.gone)
    held = items.identify(conn, keys)
    merge = _Merge(pull, at, page.reread, held, {key: one.item for key, one in held.items()})
    for item in page.items:
        merge.take(item)
    items.write(
        conn,
        {held[key].id: item for key, item in merge.written.items()},
        {one.id for one in held.values() if one.item is not None},
    )
    _commit_identities(conn, merge)
    _commit_changes(conn, reported, merge)
    _commit_links(conn, page, merge)
    _commit_accounts(conn, page)
    pulls.note_problems(conn, pull, page, at)
    _name(conn, page, merge)
    _bury(conn, page, merge)
    listing.glimpse(conn, pull, page, at)
    if page.last:
        if page.listing and not pulls.met_nameless(conn, pull):
            listing.conclude(conn, pull, at, unlisted=page.unlisted, accept_loss=accept_loss)
            pulls.listed(conn, pull, at)
            if not swept:
                pulls.forget_problems(conn, pull)
        pulls.leave(conn, pull, page, at)
    elif page.bookmark is not None:
        pulls.mark(conn, scope, page.bookmark)
    return Committed(items=len(page.items), changed=len(merge.changed), problems=len(page.problems))


def _commit_identities(conn: Connection, merge: _Merge) -> None:
    now = to_micros(merge.at)
    put(
        conn,
        item_rows,
        ("source", "kind", "native_id", "held", "first_seen", "open_until", "generation"),
        [
            (key.source, str(key.kind), key.native_id, True, merge.held[key].first_seen or now,
             listing.open_until(item), merge.pull.generation)
            for key, item in merge.written.items()
        ],
        key=("source", "kind", "native_id"),
        update=("held", "first_seen", "open_until"),
    )  # fmt: skip


def _by_item(found: Iterable[Change]) -> Mapping[ItemKey, list[Change]]:
    """Changes of each item; mostly those of one follow each other, so keys are seldom hashed."""
    by_item: dict[ItemKey, list[Change]] = defaultdict(list)
    for key, many in groupby(found, attrgetter("item")):
        by_item[key] += many
    return by_item


def _commit_changes(
    conn: Connection, reported: Mapping[ItemKey, list[Change]], merge: _Merge
) -> None:
    touched = reported.keys() | {new.key for _, new in merge.steps}
    if not touched:
        return
    ids = {merge.held[key].id: key for key in touched}
    history = changes.read(
        conn, ids, [id_ for id_, key in ids.items() if not merge.held[key].is_new]
    )
    rows: dict[tuple[int, str], Change] = {}
    explained: set[tuple[int, str]] = set()
    for key, many in reported.items():
        id_ = merge.held[key].id
        written, causes = changes.merge(history[key], many, merge.at)
        rows.update({(id_, one.native_id): one for one in written})
        explained |= {(id_, native_id) for native_id in causes}
    for old, new in merge.steps:
        known, id_ = history[new.key], merge.held[new.key].id
        for seen in unexplained(old, new, known.values(), merge.at):
            place = (id_, seen.native_id)
            first = known.pop(seen.native_id, seen)
            is_bot = merge.reread and new.key.kind in (Kind.ISSUE, Kind.PULL_REQUEST)
            whole = seen._replace(old=first.old, learned_at=merge.at, is_bot=is_bot)
            if whole.old == whole.new:
                # Undone in the very instant that it was seen in: there was no change.
                explained.add(place)
                rows.pop(place, None)
            else:
                known[seen.native_id] = rows[place] = whole
    changes.delete(conn, explained)
    changes.write(conn, [(id_, change) for (id_, _), change in rows.items()], merge.at)


def _commit_links(conn: Connection, page: Page, merge: _Merge) -> None:
    stated: dict[ItemKey, list[Link]] = {item.key: [] for item in page.items}
    for link in page.links:
        stated.setdefault(link.near, []).append(link)
    for key in merge.late:
        stated.pop(key, None)
    now = to_micros(merge.at)
    near = {key: merge.held[key] for key in stated}
    links.replace_all(
        conn,
        near,
        [link for many in stated.values() for link in many],
        {key: now if _held_before(one, merge.pull) else None for key, one in near.items()},
        merge.at,
    )


def _held_before(held: Held, pull: Pull) -> bool:
    return held.first_seen is not None and held.first_seen < pull.began_at


def _commit_accounts(conn: Connection, page: Page) -> None:
    """What is told without a name, which has its id there, takes no name away."""
    for is_named, told in ((True, ("name", "email", "is_bot")), (False, ("email", "is_bot"))):
        put(
            conn,
            accounts,
            ("source", "id", "name", "email", "is_bot"),
            [
                (one.source, one.id, one.name, one.email, one.is_bot)
                for one in page.accounts
                if (one.name != one.id) is is_named
            ],
            key=("source", "id"),
            update=told,
        )


def _name(conn: Connection, page: Page, merge: _Merge) -> None:
    """The pull has met these items: they are visible, and of this scope."""
    pull = merge.pull
    seen = {
        "scope": pull.scope.name,
        "generation": pull.generation,
        "missing_since": None,
        "gone_at": None,
        "gone_generation": None,
        "evidence": None,
    }
    named = [one.id for one in (merge.held[key] for key in _named(page)) if not _buried(one, pull)]
    for ids in chunks(named):
        conn.execute(update(item_rows).where(item_rows.c.id.in_(ids)).values(**seen))
    for names in chunks([one.native_id for one in page.problems]):
        by_ref = [
            item_rows.c.id.in_(select(table.c.item_id).where(table.c.ref.in_(names)))
            for table in entities.values()
        ]
        conn.execute(
            update(item_rows)
            .where(
                item_rows.c.source == pull.scope.source,
                item_rows.c.scope == pull.scope.name,
                item_rows.c.gone_at.is_(None),
                or_(item_rows.c.native_id.in_(names), *by_ref),
            )
            .values(generation=pull.generation, missing_since=None)
        )


def _buried(held: Held, pull: Pull) -> bool:
    """Declared deleted in this same pull: a page that comes late does not bring it back."""
    return (
        held.gone_at is not None
        and held.scope == pull.scope.name
        and held.gone_generation == pull.generation
    )


def _is_elsewhere(key: ItemKey, held: Held, pull: Pull) -> bool:
    """Whether an event lives on in another calendar of the source: each removes its own copy."""
    return (
        key.kind is Kind.EVENT
        and held.gone_at is None
        and held.scope not in (None, pull.scope.name)
    )


def _bury(conn: Connection, page: Page, merge: _Merge) -> None:
    named, pull = _named(page), merge.pull
    gone = [
        one.id
        for key, one in ((key, merge.held[key]) for key in page.gone)
        if not _is_elsewhere(key, one, pull)
        and (one.gone_at is None or (key in named and not _buried(one, pull)))
    ]
    for ids in chunks(gone):
        conn.execute(
            update(item_rows)
            .where(item_rows.c.id.in_(ids))
            .values(
                scope=pull.scope.name,
                gone_at=to_micros(merge.at),
                gone_generation=pull.generation,
                evidence=f"{pull.scope.source} says that it was deleted",
            )
        )


def _named(page: Page) -> frozenset[ItemKey]:
    return frozenset(item.key for item in page.items)
