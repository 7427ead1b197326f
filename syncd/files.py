"""Files of mode 0600 that are there whole, or not at all, after any crash."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO


def write_atomic(path: Path, content: bytes) -> None:
    """Write the file, or replace it. Raises OSError; then what was there is as it was."""
    write_pieces(path, (content,))


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """As `write_atomic`, of a file that need not be in memory as a whole.

    A device or a pipe is written to: root would put a file in the place of `/dev/null`.
    """
    if _is_no_file(path):
        with named(path), path.open("wb") as stream:
            stream.writelines(pieces)
        return
    beside = path.with_name(f".{path.name}.part")
    beside.unlink(missing_ok=True)
    with named(path):
        file = open_private(beside)
        with gone_on_failure(beside):
            with file:
                file.writelines(pieces)
            put_in_place(beside, path)


def _is_no_file(path: Path) -> bool:
    """A device or pipe itself; of links only those that the system made."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)) or path.parent == Path("/dev")


@contextlib.contextmanager
def gone_on_failure(*made: Path) -> Iterator[None]:
    """Of what cannot be finished nothing stays: on a full disk it would take the last room."""
    try:
        yield
    except BaseException:
        for one in made:
            with contextlib.suppress(OSError):
                one.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def named(path: Path) -> Iterator[None]:
    """The system does not say to which file there was no room to write."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


def open_private(path: Path) -> BinaryIO:
    """A new file that its owner alone can read, from its first byte on, open for writing.

    What root makes in somebody's folder is theirs: else their service could not read it. Raises
    FileExistsError and other OSError.
    """
    made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        give_to_owner(made, path.parent)
    except BaseException:
        os.close(made)
        raise
    return os.fdopen(made, "wb")


def give_to_owner(descriptor: int, folder: Path) -> None:
    """Where root opened the file, it belongs to whom the folder belongs to."""
    owner = folder.stat()
    if os.geteuid() == 0 and owner.st_uid:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def put_in_place(made: Path, path: Path) -> None:
    """Give a finished file of the same folder its name, for good."""
    for place in (made, path.parent):
        descriptor = os.open(place, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if place == made:
            made.replace(path)
