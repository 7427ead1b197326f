"""Migrations lead to the tables that the code uses, on either database."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from syncd.store import migrations
from syncd.store.batch import put
from syncd.store.schema import SCHEMA, items, metadata, scopes
from syncd.store.upgrade import migrate


def test_the_migrations_make_exactly_the_tables_of_the_code() -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as conn:
        migrate(conn)
        assert compare_metadata(MigrationContext.configure(conn), metadata) == []
    engine.dispose()


def test_the_newest_migration_has_the_number_of_the_schema() -> None:
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert [int(head) for head in script.get_heads()] == [SCHEMA]


def test_the_tables_can_be_made_on_postgresql() -> None:
    ddl = "".join(
        str(CreateTable(table).compile(dialect=postgresql.dialect()))
        for table in metadata.sorted_tables
    )
    assert "id BIGSERIAL NOT NULL" in ddl
    assert "body BYTEA NOT NULL" in ddl
    assert "ROWID" not in ddl


class Recorder:
    """Stands in for a connection to a server that is not there: keeps what it is told."""

    dialect = postgresql.dialect(paramstyle="pyformat")

    def exec_driver_sql(self, sql: str, values: list[tuple[object, ...]]) -> None:
        self.told = (sql, values)


def test_rows_are_written_in_words_that_postgresql_knows() -> None:
    recorder = Recorder()
    conn: Connection = recorder  # type: ignore[assignment]
    put(conn, scopes, ("source", "cursor"), [("jira", "c")], key=("source",), update=("cursor",))
    sql, values = recorder.told
    assert sql.replace('"', "") == (
        "INSERT INTO scopes (source, cursor) VALUES (%s, %s) "
        "ON CONFLICT (source) DO UPDATE SET cursor = excluded.cursor"
    )
    assert values == [("jira", "c")]
    put(conn, items, ("source",), [("jira",)], key=("id",))
    assert recorder.told[0].endswith("ON CONFLICT (id) DO NOTHING")
