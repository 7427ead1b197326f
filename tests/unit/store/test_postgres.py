"""What the store promises of itself on a PostgreSQL server: owner, schema, plain words."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from processes import hold, is_killed
from servers import Server, server
from sqlalchemy import create_engine

from syncd.errors import StoreAway, StoreError, StoreLocked, StoreTooNew
from syncd.interfaces import Page
from syncd.model.snapshot import Scope
from syncd.store import SqlStore, open_store
from syncd.store.ownership import evict
from syncd.store.schema import SCHEMA
from syncd.store.upgrade import migrate
from syncd.testing.alert_store_contract import run
from syncd.testing.builders import AS_OF, issue
from syncd.testing.store_contract import PAY


@pytest.fixture(scope="module")
def running() -> Server:
    return server("wheel")


@pytest.fixture
def database(running: Server) -> str:
    return running.database()


@pytest.fixture
def url(running: Server, database: str) -> str:
    return running.url(database)


def opened(url: str, **how: object) -> SqlStore:
    return open_store(url, now=AS_OF, **how)


@pytest.fixture
def holder(url: str) -> Iterator[subprocess.Popen[str]]:
    with hold(url) as process:
        yield process
        process.kill()


def test_a_second_owner_is_refused_and_told_who_holds_it(
    url: str, holder: subprocess.Popen[str]
) -> None:
    with pytest.raises(StoreLocked) as refusal:
        opened(url, own=True)
    assert f"syncd pid {holder.pid} on {os.uname().nodename} since 20" in str(refusal.value)
    assert refusal.value.exit_code == 6
    with closing(opened(url)) as beside, closing(opened(url, read_only=True)) as reader:
        assert beside.commit(PAY, Page(items=(issue("PAY-1"),), last=True), AS_OF).items == 1
        assert len(reader.snapshot(AS_OF).issues) == 1
    holder.kill()
    holder.wait()
    opened(url, own=True).close()


def test_owners_of_parts_live_beside_each_other_and_keep_out_an_owner_of_all(url: str) -> None:
    with closing(opened(url, own=True, part="source jira")) as one:
        with closing(opened(url, own=True, part="source github")) as other:
            other.fail(Scope("github", "acme/api"), AS_OF, "x", None)
        with pytest.raises(StoreLocked, match="source jira of the store is in use by"):
            opened(url, own=True, part="source jira")
        with pytest.raises(StoreLocked, match="the store is in use by"):
            opened(url, own=True)
        one.commit(PAY, Page(items=(issue("PAY-1"),), last=True), AS_OF)
    with closing(opened(url, own=True)), pytest.raises(StoreLocked):
        opened(url, own=True, part="source jira")


def end_sessions(running: Server, database: str) -> None:
    running.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        f"WHERE datname = '{database}' AND pid <> pg_backend_pid()"
    )


def test_an_owner_whose_sessions_were_ended_goes_on_if_nobody_came_between(
    running: Server, database: str, url: str
) -> None:
    with closing(opened(url, own=True)) as store:
        end_sessions(running, database)
        store.commit(PAY, Page(items=(issue("PAY-1"),), last=True), AS_OF)
        with pytest.raises(StoreLocked, match="is in use by"):
            opened(url, own=True)


@pytest.mark.parametrize("part", ["", "source jira"])
def test_an_owner_that_was_away_while_another_owned_the_store_writes_no_more(
    running: Server, database: str, url: str, part: str
) -> None:
    with closing(opened(url, own=True, part=part)) as store:
        end_sessions(running, database)
        with closing(opened(url, own=True, part=part)) as other:
            with pytest.raises(StoreLocked, match="in use by"):
                store.commit(PAY, Page(items=(issue("PAY-1"),), last=True), AS_OF)
            other.commit(PAY, Page(items=(issue("PAY-2"),), last=True), AS_OF)
        with pytest.raises(StoreLocked, match="taken over by another process"):
            store.commit(PAY, Page(items=(issue("PAY-1"),), last=True), AS_OF)
        with pytest.raises(StoreLocked, match="taken over by another process"):
            store.record(run("r1"), [], [])
        assert [one.ref for one in store.snapshot(AS_OF).issues] == ["PAY-2"]


def test_a_silent_owner_is_put_out_and_another_one_is_not(
    url: str,
) -> None:
    mine = "source jira"
    with (
        closing(opened(url, own=True, part=mine)) as store,
        psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as session,
    ):
        evict(session, mine, 3600)
        evict(session, "source github", 0)
        with pytest.raises(StoreLocked, match="in use by"):
            opened(url, own=True, part=mine)
        evict(session, mine, 0)
        with closing(opened(url, own=True, part=mine)) as other:
            other.commit(PAY, Page(items=(issue("PAY-2"),), last=True), AS_OF)
        with pytest.raises(StoreLocked, match="taken over by another process"):
            store.commit(PAY, Page(items=(issue("PAY-1"),), last=True), AS_OF)


def test_the_server_is_told_to_notice_when_we_are_gone(url: str) -> None:
    asked = {
        "tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3",
        "tcp_user_timeout": "30000",
    }  # fmt: skip
    with closing(opened(url, own=True)) as store:
        with store._read() as conn:
            found = {name: conn.exec_driver_sql(f"SHOW {name}").scalar() for name in asked}
        owning = store.database._owner._session
        owned = {name: owning.execute(f"SHOW {name}").fetchone()[0] for name in asked}
        with store._write() as conn:
            silence = conn.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar()
    assert found == owned == asked
    assert silence == "20s"


def test_a_commit_is_on_the_disk_before_it_is_reported(
    running: Server, database: str, url: str
) -> None:
    running.sql(f"ALTER DATABASE {database} SET synchronous_commit = off")
    with closing(opened(url)) as store, store._read() as conn:
        assert conn.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
        assert conn.exec_driver_sql("SHOW transaction_isolation").scalar() == "repeatable read"


def test_someone_who_writes_too_long_is_waited_for_and_named(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncd.store.postgres.PATIENCE", 1)
    with closing(opened(url)) as store, closing(opened(url)) as other:
        with other._write(), pytest.raises(StoreLocked, match="more than 1 s"):
            store.fail(PAY, AS_OF, "x", None)
        store.fail(PAY, AS_OF, "x", None)


def test_a_newer_schema_is_refused_and_left_as_it_is(
    running: Server, database: str, url: str
) -> None:
    running.sql("UPDATE syncd_schema SET version_num = '0999'", database)
    for how in ({"own": True}, {}, {"read_only": True}):
        with pytest.raises(StoreTooNew) as refusal:
            opened(url, **how)
        assert str(refusal.value).startswith(f"store has schema 999, this syncd knows {SCHEMA}")
        assert refusal.value.exit_code == 5


def old_store(running: Server, schema: str) -> str:
    """A database with a store of that schema, in which a pull request is held."""
    name = running.database("template0")
    engine = create_engine(running.url(name))
    with engine.begin() as conn:
        migrate(conn, schema)
        conn.exec_driver_sql(
            "INSERT INTO items (source, kind, native_id, scope, held, first_seen, generation) "
            "VALUES ('github', 'pull_request', '7', 'acme/api', true, 0, 1)"
        )
        conn.exec_driver_sql(
            "INSERT INTO pull_requests (item_id, ref, scope, title, state, aliases, labels, "
            "requested_reviewers, milestones, reviews, number, created_at, updated_at, draft, "
            "base_is_default, is_bot, is_revert) VALUES (1, 'acme/api#7', 'acme/api', 'Fix', "
            "'open', '[]', '[]', '[]', '[]', '[]', 7, 0, 0, false, true, false, false)"
        )
        conn.exec_driver_sql(
            "INSERT INTO scopes (source, name, cursor, generation, error, retired) "
            "VALUES ('github', 'acme/api', 'here', 1, '', false)"
        )
    engine.dispose()
    return name


@pytest.mark.parametrize("schema", [f"{n:04}" for n in range(1, 7)])
def test_a_store_of_an_older_schema_keeps_what_it_holds(running: Server, schema: str) -> None:
    url = running.url(old_store(running, schema))
    with pytest.raises(StoreError, match=f"has schema {int(schema)}, this syncd needs {SCHEMA}"):
        opened(url, read_only=True)
    with closing(opened(url)) as store:
        assert store.cursor(Scope("github", "acme/api")) == "here"
        (pull,) = store.snapshot(AS_OF).pull_requests
        assert (pull.ref, pull.code_owners) == ("acme/api#7", ())


def test_an_older_schema_is_not_upgraded_while_others_work_on_it(running: Server) -> None:
    name = old_store(running, "0006")
    url = running.url(name)
    with hold(running.url(running.database())) as elsewhere:
        opened(url).close()
        elsewhere.kill()
    with hold(url, "source jira") as worker:
        running.sql("UPDATE syncd_schema SET version_num = '0009'", name)
        for how in ({}, {"own": True}, {"own": True, "part": "source github"}):
            with pytest.raises(StoreLocked, match=f"pid {worker.pid}"):
                opened(url, **how)
        worker.kill()


UPGRADE = "from syncd.store import open_store; open_store(url, now=AS_OF, own=True).close()"


def test_a_kill_at_any_statement_of_an_upgrade_leaves_the_old_or_the_new_schema(
    running: Server,
) -> None:
    found = set()
    for statement in range(5, 80, 11):
        name = old_store(running, "0001")
        killed = is_killed(UPGRADE, running.url(name), statement)
        ((version,),) = running.sql("SELECT version_num FROM syncd_schema", name)
        tables = running.sql("SELECT to_regclass('acts'), to_regclass('owners')", name)
        assert (version, [bool(one) for one in tables[0]]) in (
            ("0001", [False, False]), (f"{SCHEMA:04}", [True, True]),
        )  # fmt: skip
        found.add((version, killed))
        with closing(opened(running.url(name), own=True)) as store:
            assert store.cursor(Scope("github", "acme/api")) == "here"
    assert ("0001", True) in found


def test_a_store_is_made_once_by_many_who_start_at_the_same_time(running: Server) -> None:
    url = running.url(running.database("template0"))
    script = """
        import sys
        from syncd.store import open_store
        from syncd.testing.builders import AS_OF
        open_store(sys.argv[1], now=AS_OF, own=True, part=sys.argv[2]).close()
    """
    many = [
        subprocess.Popen([sys.executable, "-c", textwrap.dedent(script), url, f"part {number}"])
        for number in range(3)
    ]
    assert [one.wait(180) for one in many] == [0, 0, 0]


def test_texts_sort_by_code_point_whatever_the_language_of_the_database(running: Server) -> None:
    name = running.database("template0")
    url = running.url(name)
    with closing(opened(url)) as store:
        keys = ("a", "B", "Z", "_", "é", "-1", "10", "9")
        items = tuple(issue(f"PAY-{key}") for key in keys)
        store.commit(PAY, Page(items=items, last=True), AS_OF)
        found = [one.key for one in store.snapshot(AS_OF).issues]
        assert found == sorted(found)
    odd = running.sql(
        "SELECT table_name, column_name FROM information_schema.columns WHERE data_type IN "
        "('text', 'character varying') AND table_schema = 'public' "
        "AND table_name <> 'syncd_schema' AND collation_name IS DISTINCT FROM 'C'",
        name,
    )
    assert odd == []


def test_a_nul_that_postgresql_cannot_hold_stops_nothing(url: str) -> None:
    with closing(opened(url)) as store:
        store.commit(PAY, Page(items=(issue("PAY-1", title="a\0b\ud800"),), last=True), AS_OF)
        assert [one.title for one in store.snapshot(AS_OF).issues] == ["a\ufffdb\ufffd"]


def test_tables_of_another_program_are_left_alone(running: Server) -> None:
    name = running.database("template0")
    running.sql("CREATE TABLE items (id int)", name)
    with pytest.raises(StoreError, match='a table "items" of another program'):
        opened(running.url(name))
    assert running.sql("SELECT to_regclass('outbox')", name) == [(None,)]


@pytest.mark.parametrize(
    ("change", "words", "code"),
    [
        ({"port": 1}, "cannot be reached", 7),
        ({"database": "nowhere"}, "the server refuses us", 1),
        ({"drivername": "postgresql"}, 'no driver for "postgresql://"', 1),
        ({"database": None}, "names no database", 1),
    ],
)
def test_a_server_that_is_not_there_is_a_plain_sentence_without_the_password(
    running: Server, change: dict[str, object], words: str, code: int
) -> None:
    from sqlalchemy import make_url

    url = make_url(running.url()).set(password="hunter2").set(**change)
    if change.get("database", "") is None:
        url = make_url("postgresql+psycopg://u:hunter2@127.0.0.1")
    with pytest.raises(StoreError, match=words) as refusal:
        opened(url.render_as_string(hide_password=False))
    assert refusal.value.exit_code == code
    assert "hunter2" not in f"{refusal.value} {refusal.value.hint}"
    assert isinstance(refusal.value, StoreAway) == (code == 7)


def test_a_reader_writes_nothing(url: str) -> None:
    with (
        closing(opened(url, read_only=True)) as reader,
        pytest.raises(StoreError, match="cannot be written"),
    ):
        reader.fail(PAY, AS_OF, "x", None)


def test_a_backup_is_left_to_the_servers_own_tools(url: str, tmp_path: Path) -> None:
    with closing(opened(url)) as store, pytest.raises(StoreError, match="own tools") as refusal:
        store.backup(tmp_path / "x")
    assert refusal.value.hint.startswith("pg_dump")


def test_check_and_size_tell_of_the_tables(url: str) -> None:
    with closing(opened(url)) as store:
        store.check()
        assert store.size() > 100_000
