"""What is held of a person, and how it is taken out so that no pull brings it back."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, and_, or_, select, update

from syncd.interfaces import Page
from syncd.model.alerts import MessageState
from syncd.model.history import REQUEST, SECOND, Change
from syncd.model.items import Account, CalendarEvent, Issue, Item, ItemKey, Kind, PullRequest
from syncd.store import items as item_store
from syncd.store.batch import is_server, put, rows
from syncd.store.columns import to_micros
from syncd.store.documents import rewritten
from syncd.store.schema import (
    accounts,
    acts,
    alerts,
    changes,
    claims,
    entities,
    forgotten,
    items,
    link_decisions,
    oddities,
    outbox,
    transitions,
)

REMOVED = "removed person"
"""What stands where somebody was named who is forgotten."""

Named = TypeVar("Named", bound=Item)
Hidden = Callable[[str, str], bool]
"""Whether the account of that id at that source is forgotten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """One person, by every name that the store may know them under."""

    person: str = ""
    """Id in the configuration; "" for somebody whom it does not name."""
    accounts: frozenset[tuple[str, str]] = frozenset()
    """(source, account id)."""
    emails: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.person or self.accounts)

    def holds(self, source: str, account: str) -> bool:
        """Whether that is one of their accounts."""
        return (source, account) in self.accounts


def look_up(conn: Connection, asked: str, known: Who) -> Who:
    """All accounts of somebody whom the configuration knows, or whom `asked` names.

    `asked` is an account id, `source:id`, a mail address or a whole name.
    """
    found, mails = [], {one.casefold() for one in known.emails or {asked} if one}
    for row in conn.execute(select(accounts)):
        mine = {row.id, f"{row.source}:{row.id}", row.name}
        is_known = known.holds(row.source, row.id) or (row.email or "").casefold() in mails
        if is_known or (not known and asked and asked in mine):
            found.append(row)
    return Who(
        person=known.person,
        accounts=known.accounts | {(row.source, row.id) for row in found},
        emails=known.emails | {row.email for row in found if row.email},
        names=known.names | {row.name for row in found},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the store has of one person."""

    accounts: tuple[Account, ...]
    items: tuple[str, ...]
    """What people call the items that name one of the accounts, sorted."""
    counts: dict[str, int]
    """Place → how many rows: items, changes, answers, links, alerts, mails, waiting."""


def held(conn: Connection, who: Who) -> Held:
    """All that is held; writes nothing."""
    named = [item for _, item in _items(conn, who)]
    mine = outbox.c.person == who.person
    states = conn.execute(select(outbox.c.state).where(mine)).scalars().all() if who.person else []
    return Held(
        accounts=tuple(
            Account(source=row.source, id=row.id, name=row.name, email=row.email)
            for row in conn.execute(select(accounts).order_by(accounts.c.source, accounts.c.id))
            if who.holds(row.source, row.id)
        ),
        items=tuple(sorted(item.ref for item in named)),
        counts={
            "items": len(named),
            "changes": sum(1 for _ in _changes(conn, who)),
            "answers": sum(1 for _ in _rewritten(conn, acts, who)),
            "links": len(_decided(conn, who)),
            "alerts": sum(1 for _ in _rewritten(conn, alerts, who)),
            "mails": len(states),
            "waiting": Counter(states)[str(MessageState.WAITING)],
        },
    )


def forget(conn: Connection, who: Who, at: datetime) -> Held:
    """Take it all out, in the caller's transaction; gives what was held.

    A keyed hash of each account stays, by which the next pull leaves them out.
    """
    if not is_server(conn):
        conn.exec_driver_sql("PRAGMA secure_delete = ON")
    before = held(conn, who)
    _remember(conn, who, at)
    contents = {id_: mask(item, who.holds) for id_, item in _items(conn, who)}
    item_store.write(conn, contents, contents.keys())
    for place, change in list(_changes(conn, who)):
        masked = mask_change(change, who.holds)
        conn.execute(
            update(changes).where(place)
            .values(old=masked.old, new=masked.new, actor=masked.actor)
        )  # fmt: skip
    for source, account in who.accounts:
        conn.execute(accounts.delete().where(accounts.c.source == source, accounts.c.id == account))
    for table in (acts, alerts, transitions):
        for key, text in list(_rewritten(conn, table, who)):
            conn.execute(update(table).where(key).values(document=text))
    for said in _decided(conn, who):
        conn.execute(update(link_decisions).where(link_decisions.c.by == said).values(by=REMOVED))
    _forget_mails(conn, who)
    _forget_oddities(conn, who)
    return before


def _forget_mails(conn: Connection, who: Who) -> None:
    """Mails to them go; of mails to others that have left only the bytes do."""
    if who.person:
        conn.execute(outbox.delete().where(outbox.c.person == who.person))
    ended = outbox.c.state != str(MessageState.WAITING)
    conn.execute(update(outbox).where(ended).values(body=b"", fallback=b""))
    pattern = _pattern(who)
    for id_, subject in conn.execute(select(outbox.c.id, outbox.c.subject).where(ended)).all():
        if pattern.search(subject):
            text = pattern.sub(REMOVED, subject)
            conn.execute(update(outbox).where(outbox.c.id == id_).values(subject=text))


def _forget_oddities(conn: Connection, who: Who) -> None:
    """What was odd about mails from them, and their addresses that bounced."""
    pattern = _pattern(who)
    if who.person:
        conn.execute(oddities.delete().where(oddities.c.about == who.person))
    for (text,) in conn.execute(select(oddities.c.text).distinct()).all():
        if pattern.search(text):
            conn.execute(oddities.delete().where(oddities.c.text == text))


def _items(conn: Connection, who: Who) -> Iterator[tuple[int, Item]]:
    """Items that name one of the accounts, with their ids."""
    for kind, table in entities.items():
        names = [column for column in table.c if column.name in _PEOPLE]
        for source in sorted({source for source, _ in who.accounts}):
            ids = [account for at, account in who.accounts if at == source]
            near = [column.contains(one, autoescape=True) for column in names for one in ids]
            query = select(items.c.id, items.c.native_id).join(table, table.c.item_id == items.c.id)
            dated = items.c.id.in_(select(claims.c.item_id).where(claims.c.set_by.in_(ids)))
            found = conn.execute(query.where(items.c.source == source, or_(dated, *near))).all()
            keys = {row.id: ItemKey(source, kind, row.native_id) for row in found}
            for id_, item in item_store.read(conn, kind, keys).items():
                if mask(item, who.holds) != item:
                    yield id_, item


_ACTORS = (changes.c.actor, changes.c.old, changes.c.new)


def _changes(conn: Connection, who: Who) -> Iterator[tuple[Any, Change]]:
    """Changes made by one of the accounts, or of who holds an item, and where they stand."""
    for source in sorted({source for source, _ in who.accounts}):
        ids = [account for at, account in who.accounts if at == source]
        query = (
            select(changes, items.c.kind, items.c.native_id.label("item"))
            .join(items, items.c.id == changes.c.item_id)
            .where(items.c.source == source)
            .where(
                or_(
                    *(column.in_(ids) for column in (changes.c.actor, changes.c.old, changes.c.new))
                )
            )
        )
        for row in rows(conn, query):
            change = Change(
                ItemKey(source, Kind(row.kind), row.item), row.field, row.old, row.new, _NEVER,
                row.native_id, row.actor,
            )  # fmt: skip
            if mask_change(change, who.holds) != change:
                yield _place(row), change


_NEVER = datetime(1, 1, 1, tzinfo=UTC)


def _place(row: Any) -> Any:
    return and_(changes.c.item_id == row.item_id, changes.c.native_id == row.native_id)


def _rewritten(conn: Connection, table: Any, who: Who) -> Iterator[tuple[Any, str]]:
    """Where a document of the table names them, and the document without."""
    pattern, exact = _pattern(who), _exact(who)
    (key,) = table.primary_key.columns
    for id_, text in rows(conn, select(key, table.c.document)):
        new = rewritten(text, lambda value: exact.get(value) or pattern.sub(REMOVED, value))
        if new != text:
            yield key == id_, new


def _decided(conn: Connection, who: Who) -> list[str]:
    said = conn.execute(select(link_decisions.c.by)).scalars()
    return [by for by in said if by == who.person or by in who.names]


def _exact(who: Who) -> dict[str, str]:
    """Values that are nothing but the person."""
    found = {f"{source}:{account}": f"{source}:{REMOVED}" for source, account in who.accounts}
    if who.person:
        found |= {f"person:{who.person}": f"person:{REMOVED}", who.person: REMOVED}
    return found


def _pattern(who: Who) -> re.Pattern[str]:
    """Their names, addresses and accounts as whole words."""
    words = {*who.names, *who.emails, *(account for _, account in who.accounts)}
    listed = "|".join(re.escape(one) for one in sorted(words, key=len, reverse=True) if one)
    return re.compile(rf"(?<![\w@.-])(?:{listed})(?![\w@-])" if listed else r"(?!)")


_PEOPLE = frozenset(
    {"assignee", "author", "requested_reviewers", "reviews", "code_owners", "organiser",
     "attendees"}
)  # fmt: skip
"""Columns of items that name accounts."""


def mask(item: Named, hidden: Hidden) -> Named:
    """The item without accounts that are hidden; the same object where it names none."""
    source = item.key.source

    def one(account: str | None) -> str | None:
        return REMOVED if account is not None and hidden(source, account) else account

    stated = tuple(
        replace(each, set_by=REMOVED) if one(each.set_by) != each.set_by else each
        for each in item.claims
    )
    fields: dict[str, Any] = {"claims": stated} | _fields(item, one)
    if all(getattr(item, name) == value for name, value in fields.items()):
        return item
    return replace(item, **fields)


def _fields(item: Item, one: Callable[[str | None], Any]) -> dict[str, Any]:
    if isinstance(item, Issue):
        return {"assignee": one(item.assignee)}
    if isinstance(item, PullRequest):
        return {
            "author": one(item.author),
            "requested_reviewers": tuple(map(one, item.requested_reviewers)),
            "code_owners": tuple(" ".join(map(one, each.split(" "))) for each in item.code_owners),
            "reviews": tuple(replace(each, author=one(each.author)) for each in item.reviews),
        }
    if isinstance(item, CalendarEvent):
        return {
            "organiser": one(item.organiser),
            "attendees": tuple(replace(e, account=one(e.account)) for e in item.attendees),
        }
    return {}


def mask_change(change: Change, hidden: Hidden) -> Change:
    """The change without accounts that are hidden."""
    source = change.item.source

    def one(account: str | None) -> str | None:
        return REMOVED if account is not None and hidden(source, account) else account

    if change.field in ("assignee", REQUEST, SECOND):
        change = change._replace(old=one(change.old), new=one(change.new))
    return change._replace(actor=one(change.actor))


def cleaned(conn: Connection, page: Page, at: datetime) -> Page:
    """The page of a pull without those who are forgotten; the same page where nobody is."""
    known = conn.execute(select(forgotten.c.digest, forgotten.c.salt)).all()
    if not known:
        return page
    salt, digests = known[0].salt, {row.digest for row in known}
    met: dict[tuple[str, str], bool] = {}
    for one in page.accounts:
        if one.email and digest(salt, "", one.email.lower()) in digests:
            # The same person under an account that they have got since.
            digests.add(digest(salt, one.source, one.id))
            _keep(conn, [(digest(salt, one.source, one.id), salt, to_micros(at))])

    def hidden(source: str, account: str) -> bool:
        key = (source, account)
        if key not in met:
            met[key] = digest(salt, source, account) in digests
        return met[key]

    return replace(
        page,
        items=tuple(mask(item, hidden) for item in page.items),
        changes=tuple(mask_change(one, hidden) for one in page.changes),
        accounts=tuple(one for one in page.accounts if not hidden(one.source, one.id)),
    )


def digest(salt: str, source: str, account: str) -> str:
    """By which an account is known again, and by which nobody can tell whose it was."""
    return hmac.new(salt.encode(), f"{source}\x1f{account}".encode(), hashlib.sha256).hexdigest()


def _remember(conn: Connection, who: Who, at: datetime) -> None:
    salt = conn.execute(select(forgotten.c.salt).limit(1)).scalar() or secrets.token_hex(16)
    keys: Collection[tuple[str, str]] = {
        *who.accounts, *(("", email.lower()) for email in who.emails),
    }  # fmt: skip
    _keep(conn, [(digest(salt, *key), salt, to_micros(at)) for key in sorted(keys)])


def _keep(conn: Connection, values: list[tuple[str, str, int]]) -> None:
    put(conn, forgotten, ("digest", "salt", "at"), values, key=("digest",))
