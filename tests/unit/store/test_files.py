"""What the store says and leaves alone when its file, folder or lock is not as it should be."""

import os
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from processes import hold

from syncd.errors import StoreDamaged, StoreError, StoreLocked, StoreTooNew
from syncd.interfaces import Page
from syncd.store import SqlStore, open_store
from syncd.store.care import restore
from syncd.store.files import peek
from syncd.store.schema import SCHEMA
from syncd.testing.builders import AS_OF, issue
from syncd.testing.store_contract import PAY

MANY = tuple(issue(f"PAY-{number}", title="x" * 200) for number in range(400))


def opened(folder: Path, **how: bool) -> SqlStore:
    return open_store(f"sqlite:///{folder}/syncd.db", now=AS_OF, **how)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "state"
    with closing(opened(place, own=True)) as store:
        store.commit(PAY, Page(items=MANY, last=True, cursor="c"), AS_OF)
    return place


def content(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.suffix != ".lock"}


def stamp(path: Path, place: int, number: int) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        file.write(number.to_bytes(4, "big"))


def run_script(text: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(text), *map(str, arguments)],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def test_only_the_owner_can_read_what_the_store_writes(folder: Path) -> None:
    with closing(opened(folder)) as store:
        store.commit(PAY, Page(items=MANY[:1], last=True), AS_OF)
        store.backup(folder / "copy.db")
        assert folder.stat().st_mode & 0o777 == 0o700
        names = {one.name for one in folder.iterdir()}
        assert {"syncd.db", "syncd.db-wal", "syncd.db.lock", "copy.db"} <= names
        assert {one.stat().st_mode & 0o777 for one in folder.iterdir()} == {0o600}


def test_a_folder_that_others_can_write_is_refused(folder: Path) -> None:
    folder.chmod(0o770)
    with pytest.raises(StoreError, match="others can write this folder") as refusal:
        opened(folder)
    assert refusal.value.hint == f"chmod go-w {folder}"
    assert refusal.value.exit_code == 1


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
def test_a_folder_on_another_machine_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    mounts = tmp_path / "mountinfo"
    home = str(tmp_path / "my home").replace(" ", "\\040")
    mounts.write_text(
        "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
        f"30 22 0:9 / {home} rw,relatime shared:1 - {kind} server:/home rw\n"
        f"31 30 8:2 / {home}/local rw - ext4 /dev/sdb1 rw\n"
    )
    monkeypatch.setattr("syncd.store.files.MOUNTS", mounts)
    (tmp_path / "my home").mkdir()
    with pytest.raises(StoreError, match=f"on another machine \\({kind}\\)") as refusal:
        opened(tmp_path / "my home" / "state", own=True)
    assert "local disk" in refusal.value.hint
    opened(tmp_path / "my home" / "local", own=True).close()


def test_what_root_makes_in_the_folder_of_a_user_is_theirs(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    place = tmp_path / "state"
    place.mkdir(mode=0o700)
    os.chown(place, 65534, 65534)
    with closing(opened(place, own=True)) as store:
        store.commit(PAY, Page(items=MANY[:1], last=True), AS_OF)
        store.backup(place / "syncd.db.1.bak")
        assert len(list(place.iterdir())) >= 4
        assert {one.stat().st_uid for one in place.iterdir()} == {65534}


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root to become a plain user")
    done = run_script(
        """
        import os, tempfile
        from syncd.errors import StoreError
        from syncd.store import open_store
        from syncd.testing.builders import AS_OF
        folder = tempfile.mkdtemp()
        os.chmod(folder, 0o755)
        os.chown(folder, 1234, 1234)
        os.setgid(65534)
        os.setuid(65534)
        try:
            open_store(f"sqlite:///{folder}/syncd.db", now=AS_OF, own=True)
        except StoreError as error:
            print(error)
            print(error.hint)
        """,
    )
    assert done.stderr == ""
    assert "belongs to user 1234, who can change what is in it" in done.stdout
    assert "chown -R 65534" in done.stdout


@pytest.mark.parametrize("how", [{"own": True}, {}, {"read_only": True}])
def test_a_newer_schema_is_refused_and_left_as_it_is(folder: Path, how: dict[str, bool]) -> None:
    stamp(folder / "syncd.db", 60, SCHEMA + 1)
    before = content(folder)
    with pytest.raises(StoreTooNew) as refusal:
        opened(folder, **how)
    assert str(refusal.value) == (
        f"store has schema {SCHEMA + 1}, this syncd knows {SCHEMA}: upgrade syncd, or restore a backup"
    )
    assert refusal.value.exit_code == 5
    assert content(folder) == before


def leave_in_log(folder: Path, schema: int) -> None:
    """Another number of the schema, written by a process that was killed before the log's end."""
    done = run_script(
        """
        import os, sqlite3, sys
        conn = sqlite3.connect(sys.argv[1])
        conn.execute(f"PRAGMA user_version = {sys.argv[2]}")
        os.kill(os.getpid(), 9)
        """,
        folder / "syncd.db",
        schema,
    )
    assert done.returncode == -9


def test_an_older_schema_is_seen_in_the_log_of_a_process_that_was_killed(folder: Path) -> None:
    leave_in_log(folder, SCHEMA - 1)
    assert peek(folder / "syncd.db") == SCHEMA - 1


def test_a_newer_schema_is_seen_in_the_log_of_a_process_that_was_killed(folder: Path) -> None:
    leave_in_log(folder, 999)
    before = (folder / "syncd.db").read_bytes(), (folder / "syncd.db-wal").read_bytes()
    with pytest.raises(StoreTooNew):
        opened(folder, own=True)
    assert ((folder / "syncd.db").read_bytes(), (folder / "syncd.db-wal").read_bytes()) == before


def test_an_older_schema_is_upgraded_with_a_backup_beside_it(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    path = tmp_path / "syncd.db"
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA application_id = 0x73796e63")
        conn.execute("CREATE TABLE keepsake (x)")
    old = path.read_bytes()
    with pytest.raises(StoreError, match="this syncd needs"):
        opened(tmp_path, read_only=True)
    assert path.read_bytes() == old
    with closing(opened(tmp_path)) as store:
        assert store.freshness() == ()
    (backup,) = tmp_path.glob("syncd.db.schema-0.*.bak")
    with closing(sqlite3.connect(backup)) as conn:
        assert [row[0] for row in conn.execute("SELECT name FROM sqlite_master")] == ["keepsake"]


def test_an_upgrade_that_fails_leaves_the_old_schema_whole(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    path = tmp_path / "syncd.db"
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA application_id = 0x73796e63")
        conn.execute("CREATE TABLE outbox (in_the_way)")
    with pytest.raises(Exception, match="outbox"):
        opened(tmp_path)
    with closing(sqlite3.connect(path)) as conn:
        assert [row[0] for row in conn.execute("SELECT name FROM sqlite_master")] == ["outbox"]


def spoil_header(path: Path) -> None:
    stamp(path, 0, 0)


def cut_in_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def make_text(path: Path) -> None:
    path.write_text("not a database, but long enough to hold a header of one hundred bytes " * 3)


def take_other_program(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("CREATE TABLE bookmarks (url)")


SPOILS = (spoil_header, cut_in_half, empty, make_text, take_other_program)


@pytest.mark.parametrize("spoil", SPOILS, ids=lambda spoil: spoil.__name__)
@pytest.mark.parametrize("how", [{"own": True}, {"read_only": True}], ids=str)
def test_a_damaged_store_is_refused_and_kept(folder: Path, spoil, how: dict[str, bool]) -> None:
    with closing(opened(folder)) as store:
        store.backup(folder / "syncd.db.good.bak")
    shutil.copy(folder / "syncd.db.good.bak", folder / "syncd.db.torn.bak")
    cut_in_half(folder / "syncd.db.torn.bak")
    spoil(folder / "syncd.db")
    before = content(folder)
    with pytest.raises(StoreDamaged, match="it was left as it is") as refusal:
        opened(folder, **how)
    assert "syncd.db.good.bak" in refusal.value.hint
    assert content(folder) == before


def test_damage_in_the_middle_is_a_plain_sentence(folder: Path) -> None:
    path = folder / "syncd.db"
    page = 4096
    with path.open("r+b") as file:
        for place in range(page, path.stat().st_size, page):
            file.seek(place)
            file.write(b"\x0d" + b"\xff" * 200)
    with pytest.raises(StoreDamaged), closing(opened(folder)) as store:
        store.snapshot(AS_OF)
    with pytest.raises(StoreDamaged), closing(opened(folder)) as store:
        store.check()


def test_a_read_only_open_needs_a_store_and_takes_no_lock(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir(mode=0o700)
    with pytest.raises(StoreError, match="no store yet") as refusal:
        opened(tmp_path / "empty", read_only=True)
    assert refusal.value.hint == "syncd sync"
    assert list((tmp_path / "empty").iterdir()) == []
    with closing(opened(folder, own=True)), closing(opened(folder, read_only=True)) as reader:
        assert len(reader.snapshot(AS_OF).issues) == len(MANY)
        with pytest.raises(StoreError, match="cannot be written"):
            reader.fail(PAY, AS_OF, "x", None)


def test_a_url_that_is_no_sqlite_file_is_refused() -> None:
    for url in ("postgres", "sqlite://", "sqlite:///:memory:", "mysql://u:secret@h/d"):
        with pytest.raises(StoreError, match=r"store\.url") as refusal:
            open_store(url, now=AS_OF)
        assert "secret" not in str(refusal.value)


@pytest.fixture
def holder(folder: Path) -> Iterator[subprocess.Popen[str]]:
    with hold(f"sqlite:///{folder}/syncd.db") as process:
        yield process
        process.kill()


def test_a_second_owner_is_refused_and_told_who_holds_it(
    folder: Path, holder: subprocess.Popen[str]
) -> None:
    with pytest.raises(StoreLocked) as refusal:
        opened(folder, own=True)
    assert f"pid {holder.pid} on {os.uname().nodename} since 2026-11-23T08:00:00" in str(
        refusal.value
    )
    assert refusal.value.exit_code == 6
    with closing(opened(folder)) as beside:
        assert beside.commit(PAY, Page(items=MANY[:1], last=True), AS_OF).items == 1
    holder.kill()
    holder.wait()
    opened(folder, own=True).close()


def test_someone_who_writes_too_long_is_waited_for_and_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncd.store.sqlite.PATIENCE", 0.1)
    with closing(opened(folder)) as store:
        with closing(sqlite3.connect(folder / "syncd.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreLocked):
                store.fail(PAY, AS_OF, "x", None)
        store.fail(PAY, AS_OF, "x", None)


def test_a_store_is_made_once_by_many_who_start_at_the_same_time(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new/syncd.db"
    script = """
        import sys
        from datetime import UTC, datetime
        from syncd.store import open_store
        open_store(sys.argv[1], now=datetime(2026, 11, 23, 8, tzinfo=UTC)).close()
    """
    many = [
        subprocess.Popen([sys.executable, "-c", textwrap.dedent(script), url]) for _ in range(2)
    ]
    assert [one.wait(180) for one in many] == [0, 0]
    assert sorted(one.name for one in (tmp_path / "new").iterdir()) == ["syncd.db", "syncd.db.lock"]


def test_a_full_disk_is_a_plain_sentence_and_loses_nothing(folder: Path) -> None:
    """A limit on the size of files stands for the disk: every write beyond it fails."""
    done = run_script(
        """
        import resource, sys
        from dataclasses import replace
        from datetime import UTC, datetime
        from syncd.errors import StoreError
        from syncd.interfaces import Page
        from syncd.store import open_store
        from syncd.testing.builders import AS_OF, issue
        from syncd.testing.store_contract import PAY
        store = open_store(sys.argv[1], now=AS_OF, own=True)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        many = tuple(issue(f"PAY-{n}", title="y" * 2000) for n in range(400))
        try:
            store.commit(PAY, Page(items=many, last=True, cursor="c2"), AS_OF)
        except StoreError as error:
            print(error, error.exit_code)
        print(store.cursor(PAY))
        """,
        f"sqlite:///{folder}/syncd.db",
    )
    assert done.stderr == ""
    sentence, cursor = done.stdout.splitlines()
    assert "syncd.db: the store cannot be used: the disk" in sentence
    assert sentence.endswith(" 1")
    assert cursor == "c"
    with closing(opened(folder, own=True)) as store:
        found = store.snapshot(AS_OF)
        assert (len(found.issues), found.issues[0].title) == (len(MANY), "x" * 200)
        again = Page(items=(issue("PAY-1", title="z", updated_at=AS_OF),), last=True)
        assert store.commit(PAY, again, AS_OF).changed == 1


def test_a_tiny_file_system_that_fills_up(tmp_path: Path) -> None:
    place = tmp_path / "tiny"
    place.mkdir(mode=0o700)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=600k,mode=700", "tmpfs", str(place)],
        capture_output=True, check=False,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip("needs the right to mount a tmpfs")
    try:
        with closing(opened(place, own=True)) as store:
            store.commit(PAY, Page(items=MANY[:10], last=True, cursor="c"), AS_OF)
            more = tuple(issue(f"PAY-{n}", title="z" * 3000) for n in range(400))
            with pytest.raises(StoreError, match="the disk is full") as refusal:
                store.commit(PAY, Page(items=more, last=True, cursor="c2"), AS_OF)
            assert refusal.value.hint == f"df -h {place}"
            assert len(store.snapshot(AS_OF).issues) == 10
            assert store.cursor(PAY) == "c"
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_folder_without_rights_is_a_plain_sentence(folder: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root ignores the rights of folders")
    folder.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="Permission denied"):
            opened(folder, own=True)
        with closing(opened(folder, read_only=True)) as store:
            assert len(store.snapshot(AS_OF).issues) == len(MANY)
    finally:
        folder.chmod(0o700)


def test_a_plain_user_in_a_folder_without_rights(tmp_path: Path) -> None:
    """The same as root: a child gives its rights away first."""
    if os.geteuid() != 0:
        pytest.skip("needs root to become a plain user")
    done = run_script(
        """
        import os, sys, tempfile
        from contextlib import closing
        from pathlib import Path
        from syncd.errors import StoreError
        from syncd.store import care, open_store
        from syncd.testing.builders import AS_OF

        def attempt(act):
            try:
                return act()
            except StoreError as error:
                return error

        def look(store):
            with closing(store):
                return store.freshness()

        def write(store):
            with closing(store):
                return store.retire("jira", [])

        with tempfile.TemporaryDirectory() as folder:
            file = f"{folder}/syncd.db"
            url = f"sqlite:///{file}"
            look(open_store(url, now=AS_OF, own=True))
            for place in (folder, file, f"{file}.lock"):
                os.chown(place, 65534, 65534)
            os.setgid(65534)
            os.setuid(65534)
            os.chmod(folder, 0o500)
            print(attempt(lambda: write(open_store(url, now=AS_OF))))
            print(attempt(lambda: look(open_store(url, now=AS_OF, read_only=True))))
            with tempfile.TemporaryDirectory() as other:
                care.copy_to(Path(file), Path(other, "copy.db"), AS_OF)
                print(os.listdir(other))
            print(attempt(lambda: care.copy_to(Path(file), Path(folder, "copy.db"), AS_OF)))
            os.chmod(folder, 0o700)
            os.chmod(file, 0o400)
            print(attempt(lambda: write(open_store(url, now=AS_OF))))
            os.chmod(file, 0)
            print(attempt(lambda: write(open_store(url, now=AS_OF))))
        """,
    )
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert len(lines) == 6
    assert lines[1] == "()"
    assert lines[2] == "['copy.db']"
    assert "the store cannot be used: it cannot be" in lines[0]
    assert "copy.db.part: the copy cannot be made: Permission denied" in lines[3]
    assert "the store cannot be used: it cannot be" in lines[4]
    assert "the store cannot be read: Permission denied" in lines[5]


def test_a_backup_taken_while_others_write_is_a_working_store(folder: Path) -> None:
    with closing(opened(folder, own=True)) as store:
        target = folder / "syncd.db.1.bak"
        store.backup(target)
        with pytest.raises(StoreError, match="there is a file already"):
            store.backup(target)
        before = store.snapshot(AS_OF)
    restored = folder / "restored"
    restored.mkdir(mode=0o700)
    restore(restored / "syncd.db", target, AS_OF)
    with closing(opened(restored, own=True)) as store:
        store.check()
        assert store.snapshot(AS_OF) == before
        assert store.size() > 100_000
