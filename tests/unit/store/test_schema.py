"""Migrations lead to the tables that the code uses, on either database."""

import re
from collections.abc import Sequence
from contextlib import closing
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from servers import NAMES, store_url
from sqlalchemy import Connection, Row, create_engine
from sqlalchemy.dialects import postgresql

from syncd.model.acts import Act
from syncd.model.alerts import Alert, Message, Transition
from syncd.model.forecasts import Forecast
from syncd.model.history import Change
from syncd.model.links import Link
from syncd.model.mailboxes import Oddity
from syncd.model.snapshot import Scope
from syncd.store import migrations, open_store
from syncd.store.batch import put
from syncd.store.columns import CLASSES
from syncd.store.creation import create
from syncd.store.schema import SCHEMA, VERSION_TABLE, items, metadata, scopes
from syncd.store.upgrade import migrate
from syncd.testing.builders import AS_OF


@pytest.mark.parametrize("kind", ["sqlite", *NAMES])
def test_the_migrations_make_exactly_the_tables_of_the_code(kind: str, tmp_path: Path) -> None:
    engine = create_engine("sqlite://" if kind == "sqlite" else store_url(kind, tmp_path))
    with engine.begin() as conn:
        if kind == "sqlite":
            migrate(conn)
        found = MigrationContext.configure(conn, opts={"version_table": VERSION_TABLE})
        differing = compare_metadata(found, metadata)
        assert [one for one in differing if "alembic_version" not in str(one)] == []
    engine.dispose()


def test_a_new_file_is_as_all_migrations_together_leave_it(tmp_path: Path) -> None:
    """But for the order of columns, and for what an added column says of rows from before it."""
    create(tmp_path / "new.db")
    migrated = create_engine(f"sqlite:///{tmp_path / 'migrated.db'}")
    with migrated.begin() as conn:
        migrate(conn)
    made = create_engine(f"sqlite:///{tmp_path / 'new.db'}")
    with migrated.connect() as one, made.connect() as other:
        assert shape(one) == shape(other)
        number = "SELECT version_num FROM alembic_version"
        assert one.exec_driver_sql(number).all() == other.exec_driver_sql(number).all()
    migrated.dispose()
    made.dispose()


def shape(conn: Connection) -> dict[str, object]:
    """Of each table and index what it is made of, and how many rows it has."""

    def asked(question: str) -> Sequence[Row[Any]]:
        return conn.exec_driver_sql(question).all()

    found: dict[str, object] = {}
    for one in asked("SELECT type, name, sql FROM sqlite_master WHERE sql <> ''"):
        words = sorted(re.findall("CHECK|STRICT|WITHOUT|AUTOINCREMENT|COLLATE|UNIQUE", one.sql))
        parts = (
            [row.name for row in asked(f"PRAGMA index_info({one.name})")],
            sorted(
                (c.name, c.type, c.notnull, c.pk) for c in asked(f"PRAGMA table_info({one.name})")
            ),
            sorted(key[2:] for key in asked(f"PRAGMA foreign_key_list({one.name})")),
            asked(f"SELECT count(*) FROM {one.name}") if one.type == "table" else [],
        )
        found[one.name] = (words, *parts)
    return found


def test_the_newest_migration_has_the_number_of_the_schema() -> None:
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert [int(head) for head in script.get_heads()] == [SCHEMA]


WORDS = {
    "ActKind": "ack snooze accept reopen note feedback release baseline align stop",
    "AlertState": "pending firing frozen resolved",
    "DateRole": "start due release end event",
    "Evidence": "issue-link blocked-by parent closes title branch commit body waits-phrase cross-reference",
    "Grade": "A B C none",
    "Hold": " digest mode route rule unsteady budget deliverable heard batching quiet",
    "Kind": "issue pull_request milestone event",
    "Level": "initiative epic item subtask",
    "MessageState": "waiting sent dead superseded",
    "MilestoneKind": "version github-milestone sprint",
    "OddKind": "bounced foreign forged",
    "Phase": "todo active waiting review done dropped",
    "Precision": "instant day week month quarter",
    "Reason": "opened adopted worse changed reopened escalated near-its-date reminded cleared "
    "frozen thawed no-longer-visible",
    "Severity": "0 1 2 3 4",
    "Standing": "late at-risk on-plan no-data",
    "Verdict": "useful not-useful known",
    "Way": "shell mail link",
}
"""Every word of the model's that a row or document of this schema may hold."""


def test_a_word_that_older_programs_do_not_know_needs_a_schema_of_its_own() -> None:
    """They can't read a row that holds it. Its migration's `BROUGHT` tells what it becomes on the
    way down; then it is added here."""
    assert stored_words() == WORDS


def stored_words() -> dict[str, str]:
    found: dict[str, str] = {}

    def look(kind: Any) -> None:
        if isinstance(kind, type) and issubclass(kind, Enum):
            found[kind.__name__] = " ".join(str(one.value).replace(" ", "-") for one in kind)
        elif isinstance(kind, type) and kind.__module__.startswith("syncd.model."):
            for hint in get_type_hints(kind).values():
                look(hint)
        for argument in get_args(kind):
            look(argument)

    for kind in (
        Alert,
        Act,
        Forecast,
        Transition,
        Message,
        Oddity,
        *CLASSES.values(),
        Link,
        Change,
    ):
        look(kind)
    return dict(sorted(found.items()))


def schemas() -> list[str]:
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    return sorted(one.revision for one in script.walk_revisions())[:-1]


@pytest.mark.parametrize("schema", schemas())
def test_a_store_of_an_earlier_schema_keeps_what_it_holds(tmp_path: Path, schema: str) -> None:
    tmp_path.chmod(0o700)
    engine = create_engine(f"sqlite:///{tmp_path}/syncd.db")
    with engine.begin() as conn:
        migrate(conn, schema)
        conn.exec_driver_sql(
            "INSERT INTO items (id, source, kind, native_id, scope, held, first_seen, generation) "
            "VALUES (1, 'github', 'pull_request', '7', 'acme/api', 1, 0, 1)"
        )
        conn.exec_driver_sql(
            "INSERT INTO pull_requests (item_id, ref, scope, title, state, aliases, labels, "
            "requested_reviewers, milestones, reviews, number, created_at, updated_at, draft, "
            "base_is_default, is_bot, is_revert) VALUES (1, 'acme/api#7', 'acme/api', 'Fix', "
            "'open', '[]', '[]', '[]', '[]', '[]', 7, 0, 0, 0, 1, 0, 0)"
        )
        conn.exec_driver_sql(
            "INSERT INTO scopes (source, name, cursor, generation, error, retired, succeeded_at) "
            "VALUES ('github', 'acme/api', 'here', 1, '', 0, 0)"
        )
        conn.exec_driver_sql("PRAGMA application_id = 0x73796e63")
        conn.exec_driver_sql(f"PRAGMA user_version = {int(schema)}")
    engine.dispose()
    with closing(open_store(f"sqlite:///{tmp_path}/syncd.db", now=AS_OF)) as store:
        assert store.cursor(Scope("github", "acme/api")) == "here"
        (pull,) = store.snapshot(AS_OF).pull_requests
        assert (pull.ref, pull.code_owners) == ("acme/api#7", ())
        assert store.budgets() == {}
        assert store.snapshot(AS_OF).joined() == frozenset(), "what was told would be adopted"
    assert len(list(tmp_path.glob(f"syncd.db.schema-{int(schema)}.*.bak"))) == 1


class Recorder:
    """Stands in for a connection to a server that is not there: keeps what it is told."""

    dialect = postgresql.dialect(paramstyle="pyformat")

    def __init__(self) -> None:
        self.all: list[tuple[str, tuple[object, ...]]] = []

    def exec_driver_sql(self, sql: str, values: tuple[object, ...]) -> None:
        self.all.append((sql, values))

    @property
    def told(self) -> tuple[str, tuple[object, ...]]:
        return self.all[-1]


def test_rows_are_written_in_words_that_postgresql_knows() -> None:
    recorder = Recorder()
    conn: Connection = recorder  # type: ignore[assignment]
    put(conn, scopes, ("source", "cursor"), [("jira", "c")], key=("source",), update=("cursor",))
    sql, values = recorder.told
    assert sql.replace('"', "") == (
        "INSERT INTO scopes (source, cursor) VALUES (%s, %s) "
        "ON CONFLICT (source) DO UPDATE SET cursor = excluded.cursor"
    )
    assert values == ("jira", "c")
    put(conn, items, ("source",), [("jira",)], key=("id",))
    assert recorder.told[0].endswith("ON CONFLICT (id) DO NOTHING")


def test_no_statement_has_more_values_than_an_old_sqlite_takes() -> None:
    recorder = Recorder()
    conn: Connection = recorder  # type: ignore[assignment]
    rows = [("jira", str(number)) for number in range(1000)]
    put(conn, scopes, ("source", "cursor"), rows)
    sent = [values for _, values in recorder.all]
    assert max(map(len, sent)) < 999
    assert [value for values in sent for value in values] == [
        value for row in rows for value in row
    ]
