"""`syncd store` and `syncd people` as an operator types them, also while a service owns the store."""

import json
import re
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from installation import LATER, NOW, cycle, slip, write_installation
from servers import server

from syncd.cli.entry import run_command
from syncd.store import open_store
from syncd.store.copying import backup
from syncd.store.schema import SCHEMA

DAY = timedelta(days=1)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation whose mails are files."""
    monkeypatch.chdir(tmp_path)
    write_installation(tmp_path)
    cycle(tmp_path, NOW)
    return tmp_path


@pytest.fixture
def say(place: Path, capsys: pytest.CaptureFixture[str]):
    """A function: words of a command in; exit code, stdout and stderr out."""

    def typed(*words: str):
        code = run_command(["-c", str(place / "syncd.toml"), "--no-input", *words])
        out = capsys.readouterr()
        assert "Traceback" not in out.out + out.err
        return code, out.out, out.err

    return typed


def mails(place: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in (place / "outbox").glob("*.eml")}


def test_after_a_restore_the_same_mails_have_the_same_ids(place: Path, say) -> None:
    code, out, _ = say("store", "backup", "before.bak", "-f", "json")
    assert code == 0
    assert json.loads(out)["file"] == str(place / "before.bak")
    slip(place)
    assert cycle(place, LATER).exit_code == 0
    first = mails(place)
    assert len(first) == 4
    for one in (place / "outbox").iterdir():
        one.unlink()
    assert cycle(place, LATER + timedelta(minutes=15)).queued == ()
    again = f"syncd -c {place}/syncd.toml"
    code, _, err = say("store", "restore", "before.bak")
    assert (code, err) == (
        2,
        f"this changes the store: say --yes\n  see: {again} store restore before.bak --yes\n",
    )
    code, out, _ = say("store", "restore", "before.bak", "--yes", "-f", "json")
    assert code == 0
    kept = Path(json.loads(out)["kept"])
    assert cycle(place, LATER).exit_code == 0
    assert mails(place) == first
    assert say("store", "restore", str(kept), "--yes")[0] == 0
    assert cycle(place, LATER + timedelta(minutes=30)).queued == ()


def test_what_may_be_done_while_a_service_owns_the_store(place: Path, say) -> None:
    url = f"sqlite:///{place}/state/syncd.db"
    with closing(open_store(url, now=NOW, own=True)):
        assert say("store", "backup", "one.bak")[0] == 0
        assert say("store", "check")[0] == 0
        assert say("store", "prune", "--dry-run")[0] == 0
        assert say("store", "prune", "--yes")[0] == 0
        assert say("people", "show", "mfox")[0] == 0
        down = ("downgrade", "--to", "9", "--yes")
        for words in (("restore", "one.bak", "--yes"), ("upgrade",), down, ("adopt",)):
            code, _, err = say("store", *words)
            assert (code, "is in use by pid" in err) == (6, True), words


def test_check_tells_schema_size_and_backup(place: Path, say) -> None:
    assert "no backup beside it" in say("store", "check")[1]
    assert say("run")[0] == 0
    code, out, _ = say("store", "check", "-f", "json")
    found = json.loads(out)
    assert (code, found["schema"], found["action"], found["current"]) == (
        0,
        "syncd/store/1",
        "check",
        True,
    )
    assert Path(found["backup"]).parent == place / "state"


def test_check_of_a_damaged_store_names_the_backup(place: Path, say) -> None:
    assert say("run")[0] == 0
    path = place / "state" / "syncd.db"
    path.write_bytes(path.read_bytes()[: 5 * 4096])
    code, out, err = say("store", "check")
    assert (code, out) == (1, "")
    assert "the store is damaged" in err
    assert ".bak" in err


def test_a_backup_that_cannot_be_made_is_told_until_it_can(
    place: Path, say, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(place)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    assert say("run")[0] == 0
    for command in (("status",), ("doctor", "store")):
        _, out, err = say("--width", "1000", *command)
        assert "no backup can be made since" in out, command
        assert "no room for a copy of the store" in out
        assert f"df -h {place}/state" in out + err
    monkeypatch.undo()
    assert say("run")[0] == 0
    for command in (("status",), ("doctor", "store")):
        assert "no backup can be made" not in say("--width", "1000", *command)[1]


@pytest.mark.parametrize(
    ("words", "trouble", "hint"),
    [
        (("backup", "nowhere/x.db"), "/nowhere: there is no such folder", "mkdir -p "),
        (("restore", "/etc/passwd", "--yes"), "/etc/passwd: this is no whole backup", "ls -l "),
    ],
)
def test_what_a_copy_cannot_be_made_of_or_written_to_is_named(
    place: Path, say, words, trouble: str, hint: str
) -> None:
    code, _, err = say("--width", "1000", "store", *words)
    assert (code, trouble in err, hint in err) == (1, True, True), err
    assert "df -h" not in err
    assert "the store is damaged" not in err


def test_upgrade_of_a_current_store_says_so(say) -> None:
    code, out, _ = say("store", "upgrade")
    assert (code, "which is current" in out) == (0, True)


def upgraded_by_a_newer_program(place: Path) -> Path:
    """What the next version does to a store: a backup beside it, then tables of its own."""
    path = place / "state" / "syncd.db"
    saved = path.with_name(f"{path.name}.schema-{SCHEMA}.{LATER:%Y%m%dT%H%M%SZ}.bak")
    backup(path, saved)
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("ALTER TABLE scopes RENAME TO parts")
        conn.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    # Its daily copies are newer than the one before the upgrade, and of no use here.
    backup(path, path.with_name(f"{path.name}.{LATER + DAY:%Y%m%dT%H%M%SZ}.bak"))
    return saved


def test_the_way_back_from_a_newer_program_is_the_backup_that_it_made(place: Path, say) -> None:
    slip(place)
    assert len(cycle(place, LATER).delivered) == 4
    saved = upgraded_by_a_newer_program(place)
    before = (place / "state" / "syncd.db").read_bytes()
    for words in (("run",), ("status",), ("store", "upgrade"), ("store", "check")):
        code, _, err = say(*words)
        assert (code, f"schema {SCHEMA + 1}, this syncd knows {SCHEMA}" in err) == (5, True), words
        assert f"store restore {saved}" in err, words
        assert f"store downgrade --to {SCHEMA}" in err, words
    assert (place / "state" / "syncd.db").read_bytes() == before
    code, out, _ = say("store", "restore", str(saved), "--yes", "-f", "json")
    assert code == 0
    with closing(sqlite3.connect(json.loads(out)["kept"])) as conn:
        assert conn.execute("PRAGMA user_version").fetchone() == (SCHEMA + 1,)
        assert conn.execute("SELECT count(*) FROM parts").fetchone() == (1,)
    again = cycle(place, LATER + timedelta(minutes=15))
    assert (again.queued, again.transitions) == ((), ())


def test_a_downgrade_tells_what_goes_and_after_the_way_up_nothing_is_told_twice(
    place: Path, say
) -> None:
    slip(place)
    assert len(cycle(place, LATER).delivered) == 4
    code, out, err = say("store", "downgrade", "--to", "9")
    assert code == 2
    assert err.startswith("this changes the store: say --yes\n  see: syncd ")
    assert err.endswith(" store downgrade --to 9 --yes\n")
    assert out == (
        "Schema 9 has no room for:\n"
        "  runs (too_early), 1 row: what could not be judged yet is mailed like new\n"
        "    once it can\n"
        "  runs (clear, config_hash, calendar_data, code_version), 2 rows: by which\n"
        "    configuration and code past passes judged is not known\n"
        "  identity (host, folder, inode), 1 row: a copy of it, or one that was left\n"
        "    behind, is used without a question\n"
    )
    assert json.loads(say("store", "check", "-f", "json")[1])["version"] == SCHEMA
    code, out, _ = say("store", "downgrade", "--to", "9", "--yes", "-f", "json")
    done = json.loads(out)
    assert (code, done["was"], done["version"]) == (0, SCHEMA, 9)
    assert [one["table"] for one in done["lost"]] == ["runs", "runs", "identity"]
    assert Path(done["backup"]).exists()
    assert say("store", "downgrade", "--to", "9")[1].startswith("The store has schema 9: there is")
    assert say("store", "downgrade", "--to", str(SCHEMA))[0] == 2
    assert say("store", "upgrade")[0] == 0
    again = cycle(place, LATER + timedelta(minutes=15))
    assert (again.queued, again.transitions) == ((), ())


def test_prune_counts_before_it_acts(place: Path, say) -> None:
    cycle(place, NOW - timedelta(days=1))
    text = (place / "jira.csv").read_text().replace("Doing,In Progress", "Done,Done")
    (place / "jira.csv").write_text(
        text.replace("20/Nov/26", "01/Nov/20").replace("01/Oct/26", "01/Oct/20")
    )
    code, out, _ = say("store", "prune", "--dry-run", "-f", "json")
    assert (code, json.loads(out)["done"]) == (0, False)


def test_somebody_is_shown_and_forgotten(place: Path, say) -> None:
    code, out, _ = say("people", "show", "mfox", "-f", "json")
    found = json.loads(out)
    assert (code, found["items"], found["forgotten"]) == (0, ["PAY-1", "PAY-2"], False)
    assert say("people", "forget", "mfox")[0] == 2
    code, out, _ = say("people", "forget", "mfox", "--yes")
    assert code == 0
    assert "removed person" in out
    cycle(place, LATER)
    code, _, err = say("people", "show", "mfox")
    assert (code, err.splitlines()[0]) == (2, 'nothing is held of "mfox"')
    assert say("people", "show", "nobody")[0] == 2


def test_a_store_that_is_not_there_is_told(place: Path, say) -> None:
    (place / "state" / "syncd.db").unlink()
    assert say("store", "check")[0] == 1
    assert say("store", "upgrade")[0] == 2
    code, _, err = say("store", "backup", "x.bak")
    assert (code, "there is no store yet" in err) == (1, True)


def use(place: Path, url: str) -> None:
    file = place / "syncd.toml"
    file.write_text(re.sub(r'(?<=\[store\]\nurl = ")[^"]*', url, file.read_text()))
    assert url in file.read_text()


def test_a_moved_store_is_used_at_its_new_place_without_being_adopted(place: Path, say) -> None:
    target = f"sqlite:///{place}/elsewhere/moved.db"
    code, out, _ = say("store", "move", target, "-f", "json")
    assert code == 0
    assert json.loads(out)["tables"]["identity"] == 1
    code, _, err = say("store", "move", target)
    assert (code, "this store was moved to" in err) == (5, True)
    use(place, target)
    slip(place)
    assert cycle(place, LATER).exit_code == 0
    assert len(mails(place)) == 4, "what was known did not come along"


@pytest.mark.parametrize("command", [("backup", "copy.bak"), ("restore", "copy.bak", "--yes")])
def test_care_of_a_file_says_that_a_server_has_its_own_means(place: Path, say, command) -> None:
    use(place, "postgresql+psycopg://syncd@127.0.0.1:1/syncd")
    code, out, err = say("store", *command)
    assert (code, out) == (1, "")
    assert "is for a store in a file" in err
    assert "pg_dump" in err


def test_a_store_on_a_server_is_cared_for_by_the_same_commands(place: Path, say) -> None:
    running = server("wheel")
    url = running.url(running.database("template0"))
    assert say("store", "move", url)[0] == 0
    use(place, url)
    assert "schema" in say("store", "upgrade")[1]
    code, out, _ = say("store", "check", "-f", "json")
    assert (code, json.loads(out)["current"]) == (0, True)
    assert say("store", "prune", "--yes")[0] == 0
    assert json.loads(say("people", "show", "mfox", "-f", "json")[1])["accounts"]
    assert say("people", "forget", "mfox", "--yes")[0] == 0
    assert say("people", "show", "mfox", "-f", "json")[0] in (0, 2)
    assert "no backup beside it" not in say("doctor")[1]
    assert say("run")[0] == 0
    code, out, _ = say("store", "downgrade", "--to", "10", "--yes")
    assert (code, "owners, 1 row: " in out, "Downgraded from" in out) == (0, True, True)
    code, _, err = say("status")
    assert (code, "store has schema 10, this syncd needs" in err) == (1, True)
    assert say("run")[0] == 0
    assert say("store", "move", f"sqlite:///{place}/back/syncd.db")[0] == 0
    code, _, err = say("run")
    assert (code, f"this store was moved to {place}/back/syncd.db" in err) == (5, True)
    assert "is the store from now on" in say("store", "adopt")[1]
    assert say("run")[0] == 0
