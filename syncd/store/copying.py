"""Copies of a store: whole ones, or none."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import sqlite3
from pathlib import Path

from syncd.errors import StoreError
from syncd.files import open_private, put_in_place
from syncd.store.files import damaged, frozen, open_to_read, uri

PART = ".part"
"""Ending of a copy that is being made."""

SPARE = 1.1
"""Times its size a copy must find room: the store goes on beside it."""


def backup(path: Path, target: Path) -> None:
    """A whole copy of the store, made beside its name and then put there.

    Of one that fails nothing stays. Raises StoreError where there is no room for it.
    """
    part = target.with_name(target.name + PART)
    part.unlink(missing_ok=True)
    with reading(path) as source:
        _require_room(source, target)
        open_private(part).close()
        try:
            with part.open("rb") as held:
                fcntl.flock(held, fcntl.LOCK_EX)  # until it has its name: see `leftovers`
                _fill(part, source)
                if not _is_readable(part):
                    raise damaged(path, "a copy of it cannot be read")
                put_in_place(part, target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def reading(path: Path) -> contextlib.closing[sqlite3.Connection]:
    """The store, to be read as it is now, whoever writes it."""
    return contextlib.closing(open_to_read(path))


def _require_room(source: sqlite3.Connection, target: Path) -> None:
    (pages,) = source.execute("PRAGMA page_count").fetchone()
    (size,) = source.execute("PRAGMA page_size").fetchone()
    needed, free = pages * size * SPARE, shutil.disk_usage(target.parent).free
    if free < needed:
        raise StoreError(
            f"{target}: the disk has no room for a copy of the store: {needed / 1e6:.1f} MB are "
            f"needed, {free / 1e6:.1f} MB are free",
            hint=f"df -h {target.parent}",
        )


def _fill(part: Path, source: sqlite3.Connection) -> None:
    with contextlib.closing(sqlite3.connect(uri(part, mode="rw"), uri=True)) as copy:
        # What is cut off is thrown away as a whole: no journal has to take it back.
        copy.execute("PRAGMA journal_mode = OFF")
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")


def leftovers(path: Path) -> tuple[Path, ...]:
    """Copies of the store beside it whose makers were killed, with what SQLite left of them."""
    made = (path.parent.glob(f"{path.name}.{end}{PART}*") for end in ("*.bak", "new"))
    return tuple(one for found in made for one in found if not _is_being_made(one))


def _is_being_made(found: Path) -> bool:
    part = found.with_name(found.name.rpartition(PART)[0] + PART)
    try:
        with part.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _is_readable(path: Path) -> bool:
    try:
        with frozen(path) as conn:
            return bool(conn.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.Error:
        return False
