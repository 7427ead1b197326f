"""`syncd store`: upgrade, check, backup, restore, prune, adopt, move."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from syncd.cli.options import Options, Usage
from syncd.cli.screen import Screen
from syncd.cli.wiring import now, open_reading, open_writing, settings_of
from syncd.cli.words import count
from syncd.pictures.days import age
from syncd.settings import Settings
from syncd.store import care, open_store
from syncd.store.ageing import Ages, Outdated
from syncd.store.files import peek
from syncd.store.opening import is_server_at, path_of
from syncd.store.schema import SCHEMA
from syncd.store.store import SqlStore

NAME = "syncd/store/1"


def upgrade(options: Options) -> int:
    """The store at the schema of this program."""
    settings = settings_of(options, with_plugins=False)
    if is_server_at(settings.store_url):
        return _upgrade_server(options, settings)
    path = _path(options)
    before = _schema(path)
    open_store(f"sqlite:///{path}", now=now(), own=True).close()
    saved = next(iter(care.kept(path)), None) if before < SCHEMA else None
    words = f"The store has schema {SCHEMA}, which is current."
    if saved:
        words = f"Upgraded from schema {before} to {SCHEMA}; before that it was {saved.path}."
    say(options, words, action="upgrade", was=before, version=SCHEMA,
         backup=str(saved.path) if saved else None)  # fmt: skip
    return 0


def _upgrade_server(options: Options, settings: Settings) -> int:
    """Its tables, and those of the jobs where several processes share the work."""
    words = f"The store has schema {SCHEMA}, which is current"
    open_store(settings.store_url, now=now(), own=True).close()
    if settings.serve.engine == "procrastinate":
        from syncd.cluster.tables import address_of, install

        install(address_of(settings.store_url))
        words += "; so are the tables of the jobs"
    say(options, f"{words}.", action="upgrade", was=None, version=SCHEMA, backup=None)
    return 0


def check(options: Options) -> int:
    """Whether it is whole."""
    settings = settings_of(options, with_plugins=False)
    if is_server_at(settings.store_url):
        return _check_server(options, settings)
    path = _path(options)
    health, at = care.examine(path), now()
    since = None if health.backed_up_at is None else at - health.backed_up_at
    words = f"The store is whole: schema {health.schema}, {health.size / 1e6:.1f} MB; "
    words += "no backup beside it." if since is None else f"newest backup {age(since)} old."
    if health.schema < SCHEMA:
        words += f" This syncd needs schema {SCHEMA}: syncd store upgrade"
    say(
        options, words, action="check", version=health.schema, current=health.schema == SCHEMA,
        bytes=health.size, backup=str(health.backup) if health.backup else None,
        backed_up_at=health.backed_up_at and health.backed_up_at.isoformat(),
    )  # fmt: skip
    return 0


def _check_server(options: Options, settings: Settings) -> int:
    with closing(open_store(settings.store_url, now=now(), read_only=True)) as store:
        store.check()
        size = store.size()
    words = f"The store can be read as a whole: schema {SCHEMA}, {size / 1e6:.1f} MB; "
    words += "its backups are the server's."
    say(options, words, action="check", version=SCHEMA, current=True, bytes=size, backup=None,
         backed_up_at=None)  # fmt: skip
    return 0


def back_up(options: Options, target: Path) -> int:
    """A copy."""
    made = care.copy_to(_path(options), target.absolute(), now())
    size = made.stat().st_size
    say(options, f"{made}: {size / 1e6:.1f} MB", action="backup", file=str(made), bytes=size)
    return 0


def restore(options: Options, source: Path, *, yes: bool) -> int:
    """A copy put back."""
    path = _path(options)
    if path.exists():
        confirm(options, f"Put {source} in the place of {path}?", yes=yes,
                 command=f"syncd store restore {source} --yes")  # fmt: skip
    saved = care.restore(path, source.absolute(), now())
    words = f"{path} is {source} now."
    words += f" What it was before is kept: {saved}" if saved else ""
    say(options, words, action="restore", file=str(path), kept=str(saved) if saved else None)
    return 0


def prune(options: Options, *, dry_run: bool, yes: bool) -> int:
    """What is too old, counted and then removed."""
    with (open_reading if dry_run else open_writing)(options) as (settings, store):
        if not isinstance(store, SqlStore):
            raise TypeError(type(store))
        ages, at = ages_of(settings), now()
        found, copies = store.outdated(ages, at), _copies(settings)
        acts = not dry_run and bool(found or copies)
        if acts:
            if not yes:
                _tell(options, found, len(copies), done=False)
            confirm(options, "Remove them?", yes=yes, command="syncd store prune --yes")
            found = store.prune(ages, at)
            for copy in copies:
                copy.unlink(missing_ok=True)
    if Screen(options).is_json:
        _document(options, action="prune", done=acts, items=len(found.items), needed=found.kept,
                  runs=found.runs, texts=found.bodies, mails=found.mails,
                  backups=len(copies))  # fmt: skip
    else:
        _tell(options, found, len(copies), done=acts)
    return 0


def ages_of(settings: Settings) -> Ages:
    """The ages of `[store]`."""
    store = settings.store
    return Ages(
        items=timedelta(days=store.keep_days), runs=timedelta(days=store.keep_run_days),
        mails=timedelta(days=store.keep_mail_days),
    )  # fmt: skip


def adopt(options: Options) -> int:
    """A store that was copied here, or moved away, is the one in use."""
    url = settings_of(options, with_plugins=False).store_url
    if is_server_at(url):
        open_store(url, now=now(), read_only=True).close()
    else:
        _schema(path_of(url))
    with closing(open_store(url, now=now(), own=True, adopt=True)) as store:
        place = store.database.name
    say(options, f"{place} is the store from now on.", action="adopt", file=place)
    return 0


def move(options: Options, url: str) -> int:
    """The store copied into another database; what is configured stays as it is."""
    from syncd.store import moving

    target = sys.stdin.readline().strip() if url == "-" else url
    source = settings_of(options, with_plugins=False).store_url
    if not is_server_at(source):
        _schema(path_of(source))
    screen = Screen(options)

    def tell(table: str, rows: int) -> None:
        if not screen.is_json:
            screen.note(f"{table}: {count(rows, 'row')}")

    copied = moving.move(source, target, now(), on_table=tell)
    rows = sum(copied.values())
    say(options, f"Copied {count(rows, 'row')}. To use it set store.url to that address; the old "
         "store is as it was, and refused from now on; syncd store adopt would take it again.",
         action="move", rows=rows, tables=copied)  # fmt: skip
    return 0


def _path(options: Options) -> Path:
    return path_of(settings_of(options, with_plugins=False).store_url)


def _schema(path: Path) -> int:
    schema = peek(path)
    if schema is None:
        raise Usage(f"there is no store at {path} yet", "syncd sync")
    return schema


def _copies(settings: Settings) -> tuple[Path, ...]:
    if is_server_at(settings.store_url):
        return ()
    age = timedelta(days=settings.store.keep_backup_days)
    return care.outdated(path_of(settings.store_url), now(), age)


def _tell(options: Options, found: Outdated, copies: int, *, done: bool) -> None:
    screen = Screen(options)
    lines = [
        (len(found.items), "closed item", "with its history"),
        (found.runs, "record of a pass", ""),
        (found.bodies, "mail", "of which only the text goes"),
        (found.mails, "mail", "of which nothing stays"),
        (copies, "backup", ""),
    ]
    told = [(number, what, more) for number, what, more in lines if number]
    if not told:
        screen.text("Nothing is older than its age.")
    for number, what, more in told:
        many = "records of passes" if what.startswith("record") else ""
        screen.line(f"{count(number, what, many)}{', ' + more if more else ''}")
    if found.kept:
        screen.text(f"{count(found.kept, 'item')} as old stay: others need them.")
    if told and done:
        screen.text("Removed. The file keeps its size; the room is used again.")


def confirm(options: Options, question: str, *, yes: bool, command: str) -> None:
    """Ask, where somebody is there to answer. Raises Usage without a yes."""
    if yes:
        return
    if not options.asks:
        raise Usage("this changes the store: say --yes", command)
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Usage("nothing was changed", command)


def say(options: Options, words: str, **fields: Any) -> None:
    """Words for a person, the fields for a script."""
    screen = Screen(options)
    if screen.is_json:
        _document(options, **fields)
    else:
        screen.text(screen.typed(words))


def _document(options: Options, **fields: Any) -> None:
    Screen(options).document({"schema": NAME, **fields})
