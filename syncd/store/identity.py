"""What tells one store from every other, and whether this file is a copy of one."""

from __future__ import annotations

import secrets
import socket
from dataclasses import astuple, dataclass
from pathlib import Path

from sqlalchemy import Connection, insert, make_url, select, update

from syncd.errors import StoreMoved
from syncd.store.schema import identity

MOVED = "moved"
"""In place of an inode: the store goes on elsewhere."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where a store's file is."""

    host: str
    folder: str
    inode: str
    """Of the file: a copy has another, a file that was renamed or mounted elsewhere has not."""


def give(conn: Connection) -> None:
    """Tell a new store from every other."""
    conn.execute(insert(identity).values(instance=secrets.token_hex(4)))


def read(conn: Connection) -> str:
    """Eight hex digits, the same for as long as the store lives."""
    return str(conn.execute(select(identity.c.instance)).scalar_one())


def home_of(path: Path) -> Home:
    """Where that file is now."""
    return Home(socket.gethostname(), str(path.parent), str(path.stat().st_ino))


def known_home(conn: Connection) -> Home | None:
    """Where its last owner found it; None before the first, and after a restore."""
    row = conn.execute(select(identity.c.host, identity.c.folder, identity.c.inode)).one()
    return None if row.host is None else Home(row.host, row.folder, row.inode)


def settle(conn: Connection, home: Home) -> None:
    """From now on it lives there."""
    conn.execute(update(identity).values(host=home.host, folder=home.folder, inode=home.inode))


def leave_home(conn: Connection) -> None:
    """Its next owner decides where it lives from then on."""
    conn.execute(update(identity).values(host=None, folder=None, inode=None))


def leave_for(conn: Connection, target: str) -> None:
    """It goes on in the database at the URL `target`, and is used here only if it is adopted."""
    url = make_url(target)
    settle(conn, Home(url.host or socket.gethostname(), url.database or "", MOVED))


def require_not_left(known: Home | None, name: str) -> None:
    """Raises StoreMoved for a store that goes on elsewhere."""
    if known is not None and known.inode == MOVED:
        raise StoreMoved(
            f"{name}: this store was moved to {known.folder} on {known.host}; "
            "if that one is in use, people would be told everything twice",
            hint="set store.url to it; syncd store adopt takes this one, once that is not used",
        )


def require_home(known: Home | None, home: Home, path: Path) -> None:
    """Raises StoreMoved for a copy of a store in another folder or on another host.

    One that was put in the place of the store is a backup that somebody restored by hand; a file
    that came along whole, such as the volume of a container, is the same store.
    """
    if known is None or known.inode == home.inode:
        return
    if astuple(known)[:2] != astuple(home)[:2]:
        raise StoreMoved(
            f"{path}: this is a copy of the store in {known.folder} on {known.host}; "
            "if that one is still in use, people would be told everything twice",
            hint="syncd store adopt makes this the store, once the other is not used any more",
        )
