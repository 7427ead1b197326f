"""Backups, restoring, ages: what is kept of a store and what is taken out of it."""

import os
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from disks import a_disk_that_takes

from syncd.errors import StoreDamaged, StoreError, StoreLocked, StoreMoved, StoreTooNew
from syncd.interfaces import Page
from syncd.model.alerts import AlertState, MessageState
from syncd.model.items import Account, Phase
from syncd.store import SqlStore, care, open_store
from syncd.store.ageing import Ages
from syncd.store.copying import leftovers
from syncd.store.downgrade import downgrade
from syncd.store.files import newest_backup, successor
from syncd.store.schema import SCHEMA
from syncd.testing.alert_store_contract import message, run, step
from syncd.testing.alerts import alert, finding
from syncd.testing.builders import AS_OF, change, issue, link, sprint, version
from syncd.testing.store_contract import PAY

DAY = timedelta(days=1)
AGES = Ages(items=400 * DAY, runs=90 * DAY, mails=30 * DAY)


def opened(folder: Path, **how: bool) -> SqlStore:
    return open_store(f"sqlite:///{folder}/syncd.db", now=AS_OF, **how)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "state"
    with closing(opened(place, own=True)) as store:
        page = Page(items=(issue("PAY-1"), issue("PAY-2")), last=True, cursor="c")
        store.commit(PAY, page, AS_OF)
    return place


def refs(store: SqlStore) -> list[str]:
    return [one.ref for one in store.snapshot(AS_OF).issues]


def test_a_backup_is_made_once_a_day_and_only_some_stay(folder: Path) -> None:
    path, how = folder / "syncd.db", {"every": DAY, "keep": 3, "age": 30 * DAY}
    assert care.back_up(path, AS_OF, **how)
    assert care.back_up(path, AS_OF + DAY / 2, **how) is None
    for days in range(1, 6):
        assert care.back_up(path, AS_OF + days * DAY, **how)
    assert [one.at for one in care.kept(path)] == [AS_OF + days * DAY for days in (5, 4, 3)]
    for one in care.kept(path):
        care.examine(one.path)
        assert one.path.stat().st_mode & 0o777 == 0o600


DAILY = {"every": DAY, "keep": 3, "age": 30 * DAY}


def beside(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir() if ".bak" in one.name)


def test_a_backup_that_fails_leaves_nothing(folder: Path) -> None:
    path = folder / "syncd.db"
    old = care.copy_to(path, folder / "syncd.db.20200101T000000Z.bak", AS_OF)
    with a_disk_that_takes(50_000), pytest.raises(StoreError, match="the copy cannot be made"):
        care.back_up(path, AS_OF, **DAILY)
    with a_disk_that_takes(50_000), pytest.raises(StoreError, match="the copy cannot be made"):
        care.copy_to(path, folder / "mine.bak", AS_OF)
    assert beside(folder) == [], "and what is too old goes whether or not there is a new one"
    assert not old.exists()
    assert care.back_up(path, AS_OF, **DAILY)


def test_on_a_full_disk_nothing_is_taken_for_damaged_and_nothing_is_left(folder: Path) -> None:
    path = folder / "syncd.db"
    copy = care.copy_to(path, folder / "mine.bak", AS_OF)
    then, names = path.read_bytes(), beside(folder)
    with a_disk_that_takes(1000):
        with pytest.raises(StoreError, match="the disk") as refusal:
            downgrade(f"sqlite:///{path}", SCHEMA - 1, AS_OF, lambda _: None)
        assert not isinstance(refusal.value, StoreDamaged)
    with a_disk_that_takes(len(then) // 2), pytest.raises(StoreError, match="the disk"):
        care.restore(path, copy, AS_OF)
    assert (path.read_bytes(), beside(folder)) == (then, names)
    assert not successor(path).exists()
    path.write_bytes(then[: len(then) // 2])
    with a_disk_that_takes(len(then) // 4), pytest.raises(StoreError):
        care.restore(path, copy, AS_OF)
    assert beside(folder) == names


def test_a_store_on_a_full_disk_can_be_read(folder: Path) -> None:
    care.copy_to(folder / "syncd.db", folder / "mine.bak", AS_OF)
    with a_disk_that_takes(1000), closing(opened(folder, read_only=True)) as store:
        assert store.snapshot(AS_OF).issues
    with (
        closing(opened(folder, own=True)) as writer,
        closing(opened(folder, read_only=True)) as store,
    ):
        issues = (issue("PAY-1", title="another", updated_at=AS_OF),)
        writer.commit(PAY, Page(items=issues), AS_OF)
        assert "another" in [one.title for one in store.snapshot(AS_OF).issues]


def test_a_backup_is_not_begun_where_it_would_fill_the_disk(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "syncd.db"
    usage, size = shutil.disk_usage(folder), path.stat().st_size
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=size))
    with pytest.raises(StoreError, match="no room for a copy of the store") as refusal:
        care.back_up(path, AS_OF, **DAILY)
    assert f"{size / 1e6:.1f} MB are free" in str(refusal.value)
    assert beside(folder) == []
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=2 * size))
    assert care.back_up(path, AS_OF, **DAILY)


def test_what_a_killed_backup_left_goes_but_not_what_one_is_made_of(folder: Path) -> None:
    path = folder / "syncd.db"
    script = """
        import sys
        from pathlib import Path
        from syncd.store import care, copying
        from syncd.testing.builders import AS_OF
        def stay(*_):
            print("made", flush=True)
            sys.stdin.read()
        copying.put_in_place = stay
        care.copy_to(Path(sys.argv[1]), Path(sys.argv[2]), AS_OF)
    """
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), str(path), str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with child:
        assert child.stdout.readline() == "made\n"
        assert len(beside(folder)) == 1
        assert leftovers(path) == care.outdated(path, AS_OF, 30 * DAY) == ()
        child.kill()
    (left,) = leftovers(path)
    assert care.outdated(path, AS_OF, 30 * DAY) == (left,)
    assert care.back_up(path, AS_OF, every=DAY, keep=0, age=30 * DAY) is None
    assert beside(folder) == []


@pytest.mark.parametrize("ending", ["new", "new.part"])
def test_what_a_killed_restore_left_goes_with_the_next_care(folder: Path, ending: str) -> None:
    (left := folder / f"syncd.db.{ending}").write_bytes((folder / "syncd.db").read_bytes())
    assert care.back_up(folder / "syncd.db", AS_OF, every=DAY, keep=0, age=30 * DAY) is None
    assert not left.exists()


def test_the_newest_backup_is_one_that_a_restore_takes(folder: Path) -> None:
    path = folder / "syncd.db"
    good = care.copy_to(path, folder / "syncd.db.mine.bak", AS_OF)
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA writable_schema = ON")
        conn.execute("UPDATE sqlite_master SET sql = 'CREATE UNIQUE INDEX items_key ON items "
                     "(source)' WHERE name = 'items_key'")  # fmt: skip
        conn.commit()
    spoilt = care.restore(path, good, AS_OF + 9000 * DAY)
    assert spoilt is not None
    with pytest.raises(StoreDamaged, match="no whole backup") as refusal:
        care.restore(path, spoilt, AS_OF)
    assert refusal.value.hint == f"syncd store restore {good}"
    found = care.examine(path)
    assert (found.backup, newest_backup(path)) == (good, good)
    assert found.backed_up_at.timestamp() == pytest.approx(good.stat().st_mtime)


def test_a_copy_made_by_the_owner_costs_nothing_of_what_it_writes_after(folder: Path) -> None:
    """Locks of a file end for a whole process when it closes the file: then the next to leave the
    store takes itself for the last, and deletes the log that the owner still writes to."""
    look = (
        "import sys\n"
        "from syncd.store import open_store\n"
        "from syncd.testing.builders import AS_OF\n"
        "store = open_store(sys.argv[1], now=AS_OF)\n"
        "print([one.ref for one in store.snapshot(AS_OF).issues])\n"
        "store.close()\n"
    )
    with closing(opened(folder, own=True)) as owner:
        owner.commit(PAY, Page(items=(issue("PAY-2", title="New"),)), AS_OF)
        assert care.back_up(folder / "syncd.db", AS_OF, every=DAY, keep=3, age=30 * DAY)
        subprocess.run(
            [sys.executable, "-c", look, f"sqlite:///{folder}/syncd.db"], check=True, timeout=300
        )
        owner.commit(PAY, Page(items=(issue("PAY-3"),)), AS_OF)
        seen = subprocess.run(
            [sys.executable, "-c", look, f"sqlite:///{folder}/syncd.db"],
            check=True, timeout=300, capture_output=True, text=True,
        )  # fmt: skip
    assert "PAY-3" in seen.stdout


def test_backups_of_upgrades_go_by_age_and_those_of_people_never(folder: Path) -> None:
    path = folder / "syncd.db"
    names = ("syncd.db.schema-6.20200101T000000Z.bak", "syncd.db.mine.bak", "syncd.db.new.bak")
    for name in names:
        care.copy_to(path, folder / name, AS_OF)
    care.back_up(path, AS_OF, every=DAY, keep=0, age=30 * DAY)
    assert sorted(one.name for one in folder.glob("*.bak")) == [
        "syncd.db.mine.bak",
        "syncd.db.new.bak",
    ]


def test_a_damaged_store_is_replaced_by_its_backup_and_kept(folder: Path) -> None:
    path = folder / "syncd.db"
    good = care.copy_to(path, folder, AS_OF)
    os.truncate(path, 5000)
    spoilt = path.read_bytes()
    with pytest.raises(StoreDamaged) as refusal:
        opened(folder, own=True)
    assert str(good) in refusal.value.hint
    kept = care.restore(path, good, AS_OF)
    assert kept is not None
    assert kept.read_bytes() == spoilt
    with closing(opened(folder, own=True)) as store:
        assert refs(store) == ["PAY-1", "PAY-2"]
        store.check()


def test_what_stood_in_the_log_of_the_replaced_store_is_kept_and_not_taken_over(
    folder: Path,
) -> None:
    path = folder / "syncd.db"
    good = care.copy_to(path, folder / "good.bak", AS_OF)
    reader = sqlite3.connect(path)
    with closing(opened(folder)) as store:
        store.commit(PAY, Page(items=(issue("PAY-3"),), last=True), AS_OF)
        with pytest.raises(StoreLocked):
            care.restore(path, good, AS_OF)
        assert refs(store) == ["PAY-1", "PAY-2", "PAY-3"]
    reader.close()
    kept = care.restore(path, good, AS_OF)
    with closing(opened(folder, own=True)) as store:
        assert refs(store) == ["PAY-1", "PAY-2"]
    assert kept is not None
    with closing(sqlite3.connect(kept)) as conn:
        assert conn.execute("SELECT count(*) FROM issues").fetchone() == (3,)


def test_a_store_in_use_is_not_replaced(folder: Path) -> None:
    good = care.copy_to(folder / "syncd.db", folder / "good.bak", AS_OF)
    with closing(opened(folder, own=True)), pytest.raises(StoreLocked):
        care.restore(folder / "syncd.db", good, AS_OF)


def test_what_is_no_good_backup_changes_nothing(folder: Path) -> None:
    path = folder / "syncd.db"
    before = path.read_bytes()
    torn = care.copy_to(path, folder / "torn.bak", AS_OF)
    os.truncate(torn, torn.stat().st_size // 2)
    newer = care.copy_to(path, folder / "newer.bak", AS_OF)
    with closing(sqlite3.connect(newer)) as conn:
        conn.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    for source, error in (
        (torn, StoreDamaged), (newer, StoreTooNew), (path, StoreError), (folder / "none", StoreError),
        (Path("/etc/passwd"), StoreDamaged),
    ):  # fmt: skip
        with pytest.raises(error):
            care.restore(path, source, AS_OF)
        assert path.read_bytes() == before


def test_damage_of_an_index_is_found_by_a_whole_check_only(folder: Path) -> None:
    path = folder / "syncd.db"
    care.examine(path)
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA writable_schema = ON")
        conn.execute("UPDATE sqlite_master SET sql = 'CREATE UNIQUE INDEX items_key ON items "
                     "(source)' WHERE name = 'items_key'")  # fmt: skip
        conn.commit()
    with pytest.raises(StoreDamaged, match="it was left as it is"):
        care.examine(path)


def test_a_copy_of_the_folder_asks_before_it_is_used(folder: Path, tmp_path: Path) -> None:
    copied = tmp_path / "copied"
    copied.mkdir(mode=0o700)
    (copied / "syncd.db").write_bytes((folder / "syncd.db").read_bytes())
    with pytest.raises(StoreMoved, match=f"copy of the store in {folder}") as refusal:
        opened(copied, own=True)
    assert refusal.value.exit_code == 5
    with closing(opened(copied, read_only=True)) as store:
        assert refs(store) == ["PAY-1", "PAY-2"]
    opened(copied, own=True, adopt=True).close()
    opened(copied, own=True).close()
    opened(folder, own=True).close()


def test_a_folder_that_was_renamed_or_a_backup_put_back_by_hand_is_the_same_store(
    folder: Path,
) -> None:
    moved = folder.rename(folder.with_name("moved"))
    opened(moved, own=True).close()
    good = care.copy_to(moved / "syncd.db", moved / "good.bak", AS_OF)
    (moved / "syncd.db").unlink()
    good.rename(moved / "syncd.db")
    opened(moved, own=True).close()


def closed(ref: str, days: int, **more: object):
    at = AS_OF - days * DAY
    return issue(ref, phase=Phase.DONE, state="Done", done_at=at, created_at=at - DAY,
                 updated_at=at, **more)  # fmt: skip


def test_closed_items_go_with_their_age_but_not_those_that_others_need(folder: Path) -> None:
    old, needed = closed("PAY-10", 401), closed("PAY-11", 401)
    epic, above = closed("PAY-20", 900, parent="PAY-21"), closed("PAY-21", 900)
    told = closed("PAY-30", 500)
    done = version("1.0", state="released", release="2025-01-10")
    planned = version("0.9", state="released", release="2025-01-09")
    waits, child = issue("PAY-40"), issue("PAY-41", parent="PAY-20", milestones=(planned.key,))
    young = closed("PAY-12", 399)
    page = Page(
        items=(old, needed, epic, above, told, done, planned, waits, child, young),
        links=(link(waits, needed),),
        changes=(change(old, "state", "To do", "Done", AS_OF - 401 * DAY),),
        last=True,
    )
    with closing(opened(folder, own=True)) as store:
        store.commit(PAY, page, AS_OF)
        made = alert(replace(finding("PAY-30"), subject=str(told.key)), number=1)
        store.record(run("1"), [step(made)], [])
        found = store.outdated(AGES, AS_OF)
        assert (len(found.items), found.kept) == (2, 5)
        assert store.prune(AGES, AS_OF) == found
        assert not store.outdated(AGES, AS_OF)
        left = store.snapshot(AS_OF)
        assert [one.ref for one in left.issues] == [
            f"PAY-{number}" for number in (1, 11, 12, 2, 20, 21, 30, 40, 41)
        ]
        assert [one.name for one in left.milestones] == ["0.9"]
        assert "PAY-10" not in {str(one.item) for one in left.changes}
        store.check()


def test_texts_of_mails_go_after_a_month_and_mails_after_a_year(folder: Path) -> None:
    ended = replace(alert(finding("PAY-1"), number=1), state=AlertState.RESOLVED)
    firing = alert(finding("PAY-2"), number=2)
    days = {"new": 29, "month": 31, "year": 401}

    def mail(one, person: str, age: int, state: MessageState = MessageState.SENT):
        at = AS_OF - age * DAY
        return replace(message(one, person=person), state=state, sent_at=at, queued_at=at)

    messages = [mail(ended, name, age) for name, age in days.items()]
    messages += [mail(firing, "told", 500), mail(firing, "late", 500, MessageState.WAITING)]
    with closing(opened(folder, own=True)) as store:
        store.record(run("1"), [step(ended), step(firing)], messages)
        assert store.prune(AGES, AS_OF).mails == 1
        left = {one.person: bool(one.body) for one in store.messages()}
    assert left == {"new": True, "month": False, "told": False, "late": True}


def test_runs_go_with_their_age_but_the_newest_stay(folder: Path) -> None:
    with closing(opened(folder, own=True)) as store:
        for number in range(105):
            at = AS_OF - 200 * DAY
            store.record(replace(run(str(number)), started_at=at, ended_at=at), [], [])
        assert store.prune(AGES, AS_OF).runs == 5
        assert [one.id for one in store.runs(1000)][-1] == "5"


def test_a_sprint_that_an_open_item_is_in_stays(folder: Path) -> None:
    run_ = sprint("S", state="closed", start="2024-01-01", end="2024-01-14")
    with closing(opened(folder, own=True)) as store:
        store.commit(PAY, Page(items=(run_, issue("PAY-5", sprint=run_.key)), last=True), AS_OF)
        assert store.prune(AGES, AS_OF).items == ()
        store.commit(PAY, Page(accounts=(Account(source="jira", id="a", name="A"),)), AS_OF)
