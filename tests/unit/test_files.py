"""Files that are there whole or not at all, and their owner's alone."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.files import open_private, write_atomic, write_pieces


def test_a_file_is_replaced_whole_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "note"
    path.write_text("old")
    path.chmod(0o644)
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["note"]


def test_what_breaks_off_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise OSError(28, "No space left on device")

    path = tmp_path / "note"
    write_atomic(path, b"old")
    with pytest.raises(OSError, match="No space left") as told:
        write_pieces(path, broken())
    assert told.value.filename == str(path)
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["note"]
    write_pieces(path, (b"n", b"ew"))
    assert path.read_bytes() == b"new"
    assert [one.name for one in tmp_path.iterdir()] == ["note"]


def test_a_device_or_a_pipe_is_written_to_and_stays_what_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_atomic(pipe, b"text")
    assert os.read(reader, 10) == b"text"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert [one.name for one in tmp_path.iterdir()] == ["pipe"]
    with pytest.raises(IsADirectoryError):
        write_atomic(tmp_path, b"text")


def test_a_link_that_somebody_put_there_is_not_followed(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_text("theirs")
    (tmp_path / ".note.part").symlink_to(theirs)
    (tmp_path / "note").symlink_to(theirs)
    write_atomic(tmp_path / "note", b"ours")
    assert (theirs.read_text(), (tmp_path / "note").read_bytes()) == ("theirs", b"ours")
    with pytest.raises(FileExistsError):
        open_private(theirs)


def test_what_root_writes_in_somebodys_folder_is_theirs(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    os.chown(tmp_path, 1234, 1235)
    write_atomic(tmp_path / "note", b"text")
    found = (tmp_path / "note").stat()
    assert (found.st_uid, found.st_gid) == (1234, 1235)
