"""Every step down and up again, on either database: what goes is told, and nothing else goes."""

import subprocess
import sys
import textwrap
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from processes import hold, is_killed
from servers import NAMES, server, store_url
from sqlalchemy import Connection, Table, create_engine, insert, inspect, text
from sqlalchemy.types import BigInteger, Boolean, Float, Integer, LargeBinary, String

from syncd.errors import StoreError, StoreLocked
from syncd.model.acts import Act, ActKind
from syncd.model.alerts import Hold, Reason
from syncd.store import open_store
from syncd.store.documents import act_text
from syncd.store.downgrade import Downgraded, Loss, downgrade
from syncd.store.files import APPLICATION, peek
from syncd.store.opening import is_server_at, path_of
from syncd.store.schema import SCHEMA, VERSION_TABLE, identity, metadata, owners, transitions
from syncd.store.upgrade import migrate, migrate_server
from syncd.testing.builders import AS_OF

KINDS = ["sqlite", "wheel"]
OLDER = range(1, SCHEMA)
Shape = dict[str, Any]
Rows = dict[str, list[dict[str, Any]]]


def unasked(lost: tuple[Loss, ...]) -> None:
    pytest.fail(f"there was nothing to ask about, but {lost}")


@contextmanager
def connection(url: str):
    engine = create_engine(url)
    with engine.begin() as conn:
        yield conn
    engine.dispose()


def value(table: Table, column: Any) -> Any:
    """One that no default gives."""
    made = {Boolean: True, Float: 1.5, LargeBinary: b"\0bytes", Integer: 1, BigInteger: 1}
    for kind, one in made.items():
        if isinstance(column.type, kind):
            return one
    assert isinstance(column.type, String), column
    return "2026-11-27" if column.type.length == 10 else f"{table.name}.{column.name} ü"


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store with a row in each table, in which every column holds something."""
    made = store_url(request.param, tmp_path)
    open_store(made, now=AS_OF).close()
    with connection(made) as conn:
        conn.execute(identity.delete())
        for table in metadata.sorted_tables:
            row = {column.name: value(table, column) for column in table.c}
            conn.execute(insert(table).values(row))
    return made


def tables(conn: Connection) -> list[str]:
    return sorted(set(inspect(conn).get_table_names()) - {VERSION_TABLE, "alembic_version"})


def shape(conn: Connection) -> Shape:
    """All that a program could see of a schema that names columns, and gives each a value."""
    look = inspect(conn)
    return {
        name: (
            sorted((one["name"], repr(one["type"]), one["nullable"]) for one in look.get_columns(name)),
            look.get_pk_constraint(name), look.get_foreign_keys(name),
            look.get_unique_constraints(name), look.get_indexes(name),
        )
        for name in tables(conn)
    }  # fmt: skip


def content(url: str) -> Rows:
    """Every value as the driver gives it; owners of a server are those of now."""
    with connection(url) as conn:
        return {
            name: [dict(row) for row in conn.execute(text(f"SELECT * FROM {name}")).mappings()]
            for name in tables(conn)
            if name != owners.name
        }


def shape_at(url: str) -> Shape:
    with connection(url) as conn:
        return shape(conn)


@pytest.fixture
def fresh(url: str, tmp_path: Path):
    """A function: the shape of a store that was made with that schema."""

    def made(schema: int) -> Shape:
        if not is_server_at(url):
            with connection(f"sqlite:///{tmp_path}/fresh-{schema}.db") as conn:
                migrate(conn, f"{schema:04}")
                return shape(conn)
        with connection(url) as conn:
            conn.exec_driver_sql(f"CREATE SCHEMA fresh_{schema}")
            conn.exec_driver_sql(f"SET search_path TO fresh_{schema}")
            migrate_server(conn, f"{schema:04}")
            found = shape(conn)
            conn.exec_driver_sql(f"DROP SCHEMA fresh_{schema} CASCADE")
            return found

    return made


def places(rows: Rows) -> set[str]:
    """Names of all tables and columns."""
    return {*rows, *(f"{table}.{name}" for table, (row, *_) in rows.items() for name in row)}


def named(lost: list[Loss]) -> set[str]:
    """What was said to be dropped."""
    dropped = [one.brought for one in lost if not one.brought.instead]
    return {
        f"{one.table}.{column}" if column else one.table
        for one in dropped
        for column in one.columns or ("",)
    }


@pytest.mark.parametrize("url", ["sqlite", *NAMES], indirect=True)
def test_every_step_down_takes_what_it_tells_and_nothing_else(url: str, fresh) -> None:
    before = content(url)
    for schema in reversed(OLDER):
        heard: list[Loss] = []
        done = downgrade(url, schema, AS_OF + timedelta(seconds=schema), heard.extend)
        assert (done.was, done.lost) == (schema + 1, tuple(heard))
        after = content(url)
        gone = places(before) - places(after)
        whole = {one for one in gone if one in before}
        assert (
            named(heard) - {owners.name}
            == {one for one in gone if one.partition(".")[0] not in whole} | whole
        )
        assert {one.rows for one in heard if one.brought.table != owners.name} <= {1}
        assert all(one.brought.without for one in heard)
        assert after == {
            table: [{name: one[name] for name in after[table][0]} for one in rows]
            for table, rows in before.items()
            if table in after
        }
        assert shape_at(url) == fresh(schema), schema
        before = after


@pytest.mark.parametrize("schema", OLDER)
def test_down_and_up_again_is_the_newest_schema_with_all_that_the_older_one_held(
    url: str, schema: int
) -> None:
    then, newest = content(url), shape_at(url)
    assert downgrade(url, schema, AS_OF, lambda _: None).was == SCHEMA
    held = content(url)
    open_store(url, now=AS_OF + timedelta(seconds=1)).close()
    assert shape_at(url) == newest
    now = content(url)
    for table, (row,) in held.items():
        assert [{name: one[name] for name in row} for one in now[table]] == [row]
        assert [{name: one[name] for name in row} for one in then[table]] == [row]


def test_words_that_older_programs_do_not_know_become_some_that_they_do(url: str) -> None:
    kinds = (ActKind.ACK, ActKind.STOP, ActKind.ALIGN)
    reasons = (Reason.NEARING, Reason.ESCALATED, Reason.REMINDED)
    with connection(url) as conn:
        conn.execute(text("DELETE FROM acts"))
        for number, kind in enumerate(kinds):
            said = act_text(Act(kind=kind, at=AS_OF, by="dana", text='{"kind":"stop",'))
            conn.execute(text("INSERT INTO acts VALUES (:n, :said)"), {"n": number, "said": said})
        row = {column.name: value(transitions, column) for column in transitions.c}
        conn.execute(text("DELETE FROM transitions"))
        for number, reason in enumerate(reasons):
            conn.execute(insert(transitions).values(row | {"id": number, "reason": str(reason)}))
        conn.execute(text("UPDATE outbox SET hold = :hold"), {"hold": str(Hold.HEARD)})

    def words(query: str) -> list[Any]:
        with connection(url) as conn:
            return list(conn.execute(text(query)).scalars())

    told = "SELECT reason FROM transitions ORDER BY id"
    downgrade(url, 11, AS_OF, lambda _: None)
    assert words("SELECT hold FROM outbox") == ["digest"]
    assert words(told) == ["escalated", "escalated", "reminded"]
    downgrade(url, 8, AS_OF, lambda _: None)
    assert words(told) == ["reminded"] * 3
    for schema, left in ((7, [0, 1]), (6, [0])):
        assert [one.rows for one in downgrade(url, schema, AS_OF, lambda _: None).lost
                if one.brought.table == "acts"] == [1]  # fmt: skip
        assert words("SELECT id FROM acts ORDER BY id") == left
    downgrade(url, 4, AS_OF, lambda _: None)
    assert words(told) == ["changed"] * 3


def number(url: str) -> int:
    """Of the schema, as each program finds it before it opens the store."""
    if not is_server_at(url):
        return peek(path_of(url)) or 0
    with connection(url) as conn:
        return int(conn.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar_one())


def test_a_file_is_copied_before_and_is_one_file_afterwards(tmp_path: Path) -> None:
    url = store_url("sqlite", tmp_path)
    open_store(url, now=AS_OF).close()
    saved = downgrade(url, 9, AS_OF, lambda _: None).backup
    assert saved is not None
    assert (peek(path_of(url)), peek(saved)) == (9, SCHEMA)
    with connection(url) as conn:
        assert conn.exec_driver_sql("PRAGMA application_id").scalar() == APPLICATION
    assert sorted(one.name for one in path_of(url).parent.iterdir()) == [
        "syncd.db", "syncd.db.lock", saved.name,
    ]  # fmt: skip


def test_nothing_is_done_where_the_store_is_no_newer(url: str) -> None:
    downgrade(url, 9, AS_OF, lambda _: None)
    then = content(url)
    for schema in (9, 10):
        assert downgrade(url, schema, AS_OF, unasked) == Downgraded(was=9)
    assert (number(url), content(url)) == (9, then)


def test_who_does_not_agree_keeps_the_store_as_it_is(url: str) -> None:
    then = content(url)

    def refuse(lost: tuple[Loss, ...]) -> None:
        assert lost
        raise StoreError("no")

    with pytest.raises(StoreError, match=r"^no$"):
        downgrade(url, 3, AS_OF, refuse)
    assert (number(url), content(url)) == (SCHEMA, then)
    open_store(url, now=AS_OF, own=True, adopt=True).close()


def test_a_store_that_somebody_owns_is_left_alone(url: str) -> None:
    with closing(open_store(url, now=AS_OF, own=True, adopt=True)):
        with pytest.raises(StoreLocked, match="in use by"):
            downgrade(url, 3, AS_OF, unasked)
        assert number(url) == SCHEMA


def test_a_store_of_which_somebody_owns_a_part_is_left_alone(tmp_path: Path) -> None:
    url = store_url("wheel", tmp_path)
    with hold(url, "source jira") as worker:
        with pytest.raises(StoreLocked, match=f"pid {worker.pid}"):
            downgrade(url, 3, AS_OF, unasked)
        worker.kill()
    assert number(url) == SCHEMA


def test_a_file_that_somebody_only_reads_is_left_alone(tmp_path: Path) -> None:
    url = store_url("sqlite", tmp_path)
    open_store(url, now=AS_OF).close()
    script = """
        import sys
        from syncd.store import open_store
        from syncd.testing.builders import AS_OF
        store = open_store(sys.argv[1], now=AS_OF, read_only=True)
        store.freshness()
        print("reads", flush=True)
        sys.stdin.read()
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), url],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as reader:  # fmt: skip
        assert reader.stdout is not None
        assert reader.stdout.readline() == "reads\n"
        with pytest.raises(StoreLocked, match="in use by another process"):
            downgrade(url, 3, AS_OF, unasked)
        reader.communicate()
    assert downgrade(url, 3, AS_OF, lambda _: None).was == SCHEMA


def test_who_owned_it_on_a_server_before_writes_no_more(tmp_path: Path) -> None:
    """Its session broke off, and it comes back after somebody else took the store down."""
    url = store_url("wheel", tmp_path)
    with closing(open_store(url, now=AS_OF, own=True)) as away:
        server("wheel").sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{url.rpartition('/')[2]}'"
        )
        downgrade(url, 11, AS_OF, lambda _: None)
        with pytest.raises(StoreLocked, match="taken over by another process"):
            away.retire("jira", [])


def test_there_must_be_a_store(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(StoreError, match="there is no store yet"):
        downgrade(f"sqlite:///{tmp_path}/none.db", 3, AS_OF, unasked)
    assert list(tmp_path.iterdir()) == []


DOWN = """
from syncd.store.downgrade import downgrade
downgrade(url, 1, AS_OF, lambda lost: None)
"""


@pytest.mark.parametrize("url", ["sqlite", "wheel"], indirect=True)
def test_a_kill_at_any_statement_leaves_the_newer_or_the_older_schema(url: str) -> None:
    then, found = content(url), set()
    for statement in range(30, 140, 15):
        killed = is_killed(DOWN, url, statement)
        with closing(open_store(url, now=AS_OF + timedelta(seconds=statement))) as store:
            store.check()
        found.add(killed)
        if not killed:
            assert len(content(url)["forecasts"]) == 0
            break
        assert content(url) == then
    assert found == {True, False}
