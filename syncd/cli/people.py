"""`syncd people`: what is held of somebody, and taking it out."""

from __future__ import annotations

from typing import Any

from syncd.cli.options import Options, Usage
from syncd.cli.screen import Screen, clean
from syncd.cli.stores import confirm
from syncd.cli.wiring import now, open_reading, open_writing
from syncd.cli.words import count
from syncd.model.people import spelt
from syncd.settings import Settings
from syncd.store.care import kept
from syncd.store.forgetting import REMOVED, Held, Who
from syncd.store.opening import is_server_at, path_of
from syncd.store.store import SqlStore

NAME = "syncd/people/1"
LISTED = 20
"""Items that are named one by one."""
WORDS = (
    ("changes", "change that they made or that is about them", "changes of theirs"),
    ("answers", "answer or note", "answers and notes"),
    ("links", "decision on links", "decisions on links"),
    ("alerts", "alert that names them", "alerts that name them"),
    ("mails", "mail to them", "mails to them"),
)


def show(options: Options, asked: str) -> int:
    """A list of all of it."""
    with open_reading(options) as (settings, store):
        who = _who(settings, store, asked)
        held = _sql(store).held_of(who)
    _tell(options, asked, who, held, done=False)
    return 0


def forget(options: Options, asked: str, *, yes: bool) -> int:
    """All of it taken out."""
    with open_writing(options) as (settings, store):
        who = _who(settings, store, asked)
        if not yes:
            _tell(options, asked, who, _sql(store).held_of(who), done=False, to_ask=True)
        confirm(options, f'Put "{REMOVED}" wherever {clean(asked)} is named?', yes=yes,
                command=f"syncd people forget {asked} --yes")  # fmt: skip
        held = _sql(store).forget(who, now())
        url = settings.store_url
        copies = () if is_server_at(url) else kept(path_of(url))
    _tell(options, asked, who, held, done=True)
    screen = Screen(options)
    if copies:
        days = settings.store.keep_backup_days
        screen.note(f"{count(len(copies), 'backup')} made before still have it, for at most "
                    f"{days} days.")  # fmt: skip
    if who.person in settings.people:
        screen.note(f"[people.{who.person}] is still in the configuration: remove that table too.")
    return 0


def _sql(store: object) -> SqlStore:
    if not isinstance(store, SqlStore):
        raise TypeError(type(store))
    return store


def _who(settings: Settings, store: object, asked: str) -> Who:
    held = _sql(store)
    people = spelt(settings.reachable(), held.accounts())
    person = next((one for one in people if one.id == asked), None)
    known = Who()
    if person is not None:
        known = Who(
            person=asked, accounts=frozenset(person.accounts),
            emails=frozenset({person.email} if person.email else ()),
            names=frozenset({person.name}),
        )  # fmt: skip
    who = held.who(asked, known)
    if not who:
        raise Usage(
            f'nothing is held of "{clean(asked)}"',
            "name a person of the configuration, an account id, or a mail address",
        )
    if (
        person is None
        and asked in who.names
        and len({source for source, _ in who.accounts}) < len(who.accounts)
    ):
        ids = ", ".join(clean(":".join(one)) for one in sorted(who.accounts))
        raise Usage(f'several accounts are called "{clean(asked)}": {ids}', "name one of them")
    return who


def _tell(
    options: Options, asked: str, who: Who, held: Held, *, done: bool, to_ask: bool = False
) -> None:
    screen = Screen(options)
    if screen.is_json:
        if not to_ask:
            screen.document(_document(asked, who, held, done=done))
        return
    for one in held.accounts:
        mail = f" <{clean(one.email)}>" if one.email else ""
        screen.line(f"{one.source}: {clean(one.id)}  {clean(one.name)}{mail}")
    named = ", ".join(map(clean, held.items[:LISTED]))
    more = len(held.items) - LISTED
    if named:
        screen.text(f"{count(len(held.items), 'item')}: {named}"
                    + (f" and {more} more" if more > 0 else ""))  # fmt: skip
    for place, one_word, many in WORDS:
        if number := held.counts[place]:
            screen.line(count(number, one_word, many))
    if not (held.accounts or any(held.counts.values())):
        screen.text("Nothing is held.")
    if done:
        screen.text(f'Forgotten: it says "{REMOVED}" there now, and will after each pull.')


def _document(asked: str, who: Who, held: Held, *, done: bool) -> dict[str, Any]:
    return {
        "schema": NAME,
        "asked": asked,
        "person": who.person or None,
        "forgotten": done,
        "accounts": [
            {"source": one.source, "id": one.id, "name": one.name, "email": one.email}
            for one in held.accounts
        ],
        "items": list(held.items),
        "counts": held.counts,
    }
