"""The store's file: its folder, its owner's lock, what its header tells before it is opened."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import re
import socket
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from syncd.errors import StoreDamaged, StoreError, StoreLocked, StoreTooNew
from syncd.files import give_to_owner
from syncd.store.schema import SCHEMA, WAY_DOWN

APPLICATION = 0x73796E63
"""`sync`: SQLite's application id, by which a store is known from other programs' databases."""

_MAGIC = b"SQLite format 3\x00"
_HEADER = 100

TROUBLES = 10
"""Lines of damage that are told at most."""

STAMP = "%Y%m%dT%H%M%SZ"

MOUNTS = Path("/proc/self/mountinfo")

NO_ROOM = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}
)
"""What SQLite says where it cannot write: of the disk or of rights, not of the store."""

LOG_INDEX = 32 * 1024
"""Bytes of SQLite's index of a write-ahead log, at least."""

NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "lustre", "fuse.sshfs",
     "fuse.glusterfs", "fuse.s3fs", "fuse.rclone"}
)  # fmt: skip
"""File systems of other machines, on which SQLite's log and locks cannot be relied on."""


def prepare_folder(path: Path, *, create: bool) -> None:
    """Make sure that the folder of the store is there and ours alone (0700 where it is made here).

    Raises StoreError for one that others can write or own, that lies on another machine, that is
    missing, or that cannot be made.
    """
    folder = path.parent
    try:
        if create and not folder.exists():
            folder.mkdir(mode=0o700, parents=True)
        found = folder.stat()
    except OSError as error:
        raise StoreError(
            f"{folder}: the folder of the store cannot be used: {error.strerror}",
            hint=f"mkdir -p -m 700 {folder}",
        ) from error
    _require_trust(folder, found, write=create)
    system = file_system(folder)
    if system in NETWORK:
        raise StoreError(
            f"{folder}: this folder is on another machine ({system}), where SQLite is not safe",
            hint="put the store on a local disk (store.url), or use PostgreSQL",
        )


def room(folder: Path) -> str:
    """The command that shows what a folder is short of: bytes, or files that it may still hold."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return f"df -h {folder}"
    lacks_files = found.f_files and not found.f_favail and found.f_bavail
    return f"df {'-i' if lacks_files else '-h'} {folder}"


def _require_trust(folder: Path, found: os.stat_result, *, write: bool) -> None:
    mine = (os.geteuid(), 0)
    if write and os.geteuid() and found.st_uid not in mine:
        owner = _owner(found.st_uid)
        raise StoreError(
            f"{folder}: this folder belongs to {owner}, who can change what is in it",
            hint=f"run syncd as {owner}, or: chown -R {os.geteuid()} {folder}",
        )
    if found.st_mode & 0o022:
        raise StoreError(
            f"{folder}: others can write this folder, so the store in it cannot be trusted",
            hint=f"chmod go-w {folder}",
        )


def _owner(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def file_system(folder: Path) -> str:
    """Type of the file system that the folder is on; "" where the system does not tell."""
    try:
        lines = MOUNTS.read_text().splitlines()
    except OSError:
        return ""
    place, found, longest = folder.resolve(), "", -1
    for line in lines:
        left, _, right = line.partition(" - ")
        fields = left.split(" ")
        point = Path(fields[4].encode().decode("unicode_escape")) if len(fields) > 4 else place
        # Of two mounts at one place the later one is seen.
        if place.is_relative_to(point) and len(point.parts) >= longest:
            found, longest = right.split(" ")[0], len(point.parts)
    return found


def stamp_of(now: datetime) -> str:
    """The moment as it stands in names of files: `20261126T081500Z`."""
    return now.astimezone(UTC).strftime(STAMP)


def uri(path: Path, **options: str | int) -> str:
    """The file as SQLite's URI."""
    query = "&".join(f"{name}={value}" for name, value in options.items())
    return f"file:{quote(str(path))}?{query}"


def wal_of(path: Path) -> Path:
    """SQLite's write-ahead log beside the file."""
    return path.with_name(f"{path.name}-wal")


def was_cut_off(path: Path) -> bool:
    """Whether the last process to write ended without closing the store."""
    wal = wal_of(path)
    return wal.exists() and wal.stat().st_size > 0


def is_half_upgraded(path: Path) -> bool:
    """Whether an upgrade is under way, or was cut off and is to be undone."""
    journal = path.with_name(f"{path.name}-journal")
    return journal.exists() and journal.stat().st_size > 0


def undo_upgrade(path: Path, now: datetime) -> None:
    """Let SQLite take back an upgrade that was cut off; leave one alone that is under way.

    Until then the header may tell of a schema and a size that the file has not.
    """
    try:
        lock = Lock(path, now)
    except StoreLocked:
        return
    try:
        with contextlib.closing(sqlite3.connect(path)) as conn:
            conn.execute("PRAGMA user_version").fetchone()
    finally:
        lock.release()


def peek(path: Path) -> int | None:
    """Schema number of the store, read without opening it as a database; None = no file.

    Raises StoreTooNew and StoreDamaged; touches nothing. Not for a process that has the store open:
    closing the file here would end the locks of its connections.
    """
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER)
            size = os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(
            f"{path}: the store cannot be read: {error.strerror}", hint=f"ls -l {path.parent}"
        ) from error
    if len(header) < _HEADER or not header.startswith(_MAGIC):
        raise damaged(path, "it is empty" if not header else "it is not a database")
    if _number(header, 68) != APPLICATION:
        raise damaged(path, "it is a database of another program")
    pages = _number(header, 28) * (int.from_bytes(header[16:18], "big") or 1)
    valid = _number(header, 24) == _number(header, 92)
    if valid and pages > size and not (was_cut_off(path) or is_half_upgraded(path)):
        raise damaged(path, "its end is missing")
    schema = _number(header, 60)
    if was_cut_off(path):
        schema = _schema_in_log(path, schema)
    if schema > SCHEMA:
        raise StoreTooNew(
            f"store has schema {schema}, this syncd knows {SCHEMA}: "
            "upgrade syncd, or restore a backup",
            hint="; ".join(filter(None, (_restoring(path), WAY_DOWN))),
        )
    return schema


def schema_of(path: Path) -> int:
    """As `peek`; raises StoreError where there is no store."""
    schema = peek(path)
    if schema is None:
        raise StoreError(f"{path}: there is no store yet", hint="syncd sync")
    return schema


def _number(header: bytes, place: int) -> int:
    return int.from_bytes(header[place : place + 4], "big")


def _schema_in_log(path: Path, schema: int) -> int:
    """As `PRAGMA user_version` sees it: the `schema` of the file's header may be behind the log."""
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(uri(path, mode="ro"), uri=True)) as conn,
    ):
        (schema,) = conn.execute("PRAGMA user_version").fetchone()
    return schema


def damaged(path: Path, why: str) -> StoreDamaged:
    """The error for a store that is not whole; names the newest good backup."""
    return StoreDamaged(
        f"{path}: the store is damaged: {why}; it was left as it is",
        why=why,
        hint=_restoring(path) or f"put a backup in its place; there is none beside {path}",
    )


def _restoring(path: Path) -> str:
    """The command that puts the newest good backup in its place; "" where there is none."""
    backup = newest_backup(path)
    return "" if backup is None else f"syncd store restore {backup}"


def successor(path: Path) -> Path:
    """What is made beside the store to take its place; with nobody at it, what one cut off left."""
    return path.with_name(f"{path.name}.new")


def newest_backup(path: Path) -> Path | None:
    """The newest `*.bak` of this store beside it that could be restored by this program."""
    try:
        found = sorted(path.parent.glob(f"{path.name}*.bak"), key=backed_up_at, reverse=True)
    except OSError:
        return None
    return next((one for one in found if _can_be_restored(one)), None)


def backed_up_at(path: Path) -> datetime:
    """When that backup was made: as its name says, or else as its file does."""
    if stamped := re.search(r"\.(\d{8}T\d{6}Z)\.bak$", path.name):
        return datetime.strptime(stamped[1], STAMP).replace(tzinfo=UTC)
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _can_be_restored(path: Path) -> bool:
    try:
        with frozen(path) as conn:
            (application,) = conn.execute("PRAGMA application_id").fetchone()
            (schema,) = conn.execute("PRAGMA user_version").fetchone()
            return application == APPLICATION and schema <= SCHEMA and not damage(conn)
    except sqlite3.Error:
        return False


def damage(conn: sqlite3.Connection) -> str:
    """What is wrong with any page, index or reference of the open file; "" where it is whole."""
    found = [str(row[0]) for row in conn.execute(f"PRAGMA integrity_check({TROUBLES})")]
    if found != ["ok"]:
        return "; ".join(line.replace("\n", " ") for line in found)
    loose = conn.execute("PRAGMA foreign_key_check").fetchmany(TROUBLES)
    tables = ", ".join(sorted({str(row[0]) for row in loose}))
    return f"rows of {tables} belong to no item" if tables else ""


def frozen(path: Path) -> contextlib.closing[sqlite3.Connection]:
    """A file that nobody writes, opened without a trace."""
    return contextlib.closing(sqlite3.connect(uri(path, mode="ro", immutable=1), uri=True))


def open_to_read(path: Path, **how: Any) -> sqlite3.Connection:
    """The store as it is now, whoever writes it.

    Where SQLite can make no side files, on a disk that is full or may not be written, and nobody
    else has made them, as a file that nobody changes.
    """
    conn: sqlite3.Connection = sqlite3.connect(uri(path, mode="ro"), uri=True, **how)
    try:
        conn.execute("PRAGMA schema_version").fetchone()
    except sqlite3.OperationalError as error:
        conn.close()
        if _is_in_use(path) or error.sqlite_errorcode & 0xFF not in NO_ROOM:
            raise
        conn = sqlite3.connect(uri(path, mode="ro", immutable=1), uri=True, **how)
    except BaseException:
        conn.close()
        raise
    return conn


def _is_in_use(path: Path) -> bool:
    """Whether somebody has it open; a smaller index of the log is of one who found no room."""
    index = path.with_name(f"{path.name}-shm")
    return was_cut_off(path) or (index.exists() and index.stat().st_size >= LOG_INDEX)


class Lock:
    """Ownership of a store, held by the kernel for as long as this process lives."""

    def __init__(self, path: Path, now: datetime) -> None:
        """Take it at once, or raise StoreLocked naming the holder."""
        self.path = path.with_name(f"{path.name}.lock")
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            give_to_owner(self._file, path.parent)
        except OSError as error:
            raise StoreError(
                f"{self.path}: the lock of the store cannot be opened: {error.strerror}",
                hint=f"ls -ld {path.parent}",
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._file, 500, 0).decode(errors="replace").strip()
            os.close(self._file)
            raise StoreLocked(
                f"{path}: the store is in use by {holder or 'another process'}",
                hint="wait for it to end, or stop it; `syncd status` reads beside it",
            ) from error
        since = now.astimezone(UTC).isoformat(timespec="seconds")
        os.ftruncate(self._file, 0)
        os.pwrite(
            self._file, f"pid {os.getpid()} on {socket.gethostname()} since {since}\n".encode(), 0
        )

    def release(self) -> None:
        """Give it back; the file stays, for it tells nothing by being there."""
        os.close(self._file)
