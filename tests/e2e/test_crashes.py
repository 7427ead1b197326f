"""Killed at a call, or the disk fails at a write: the next cycle makes it good (S1, S2, M2)."""

import errno
import os
import random
import sqlite3
from contextlib import closing
from itertools import cycle
from pathlib import Path

import pytest
from crashes import Crashes, crashes_in
from sqlalchemy import create_engine

from syncd.store import care
from syncd.store.schema import SCHEMA
from syncd.store.upgrade import migrate

POINTS = int(os.environ.get("SYNCD_KILLS", "60"))
KILLS = ("before", "after", "torn")


@pytest.fixture(scope="module")
def crashes(tmp_path_factory: pytest.TempPathFactory):
    with crashes_in(tmp_path_factory.mktemp("crashes")) as found:
        yield found


def old_store(folder: Path) -> None:
    """A store of the first schema, of a source that is configured no more."""
    path = folder / "syncd.db"
    path.unlink()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as conn:
        migrate(conn, "0001")
        conn.exec_driver_sql(
            "INSERT INTO items (id, source, kind, native_id, scope, held, first_seen, generation) "
            "VALUES (1, 'github', 'issue', '7', 'acme/api', 0, 0, 1)"
        )
        conn.exec_driver_sql("PRAGMA application_id = 0x73796e63")
        conn.exec_driver_sql("PRAGMA user_version = 1")
    engine.dispose()


def test_killed_at_any_call_of_an_upgrade(crashes: Crashes) -> None:
    crashes.begin()
    old_store(crashes.state)
    calls = crashes.order("count").calls - crashes.calls
    for point, kind in zip(spread(calls, 12, 5), cycle(KILLS), strict=False):
        crashes.begin()
        old_store(crashes.state)
        assert crashes.order(kind, point).code == -9
        crashes.recover()
        path = crashes.state / "syncd.db"
        assert care.examine(path).schema == SCHEMA
        with closing(sqlite3.connect(path)) as conn:
            kept = conn.execute("SELECT count(*) FROM items WHERE source = 'github'").fetchone()
        assert kept == (1,)
        assert list(crashes.state.glob("syncd.db.schema-1.*.bak"))
    print(f"12 kills among the {calls} calls of an upgrade")


def spread(calls: int, number: int, seed: int) -> list[int]:
    """Points all over the calls of a cycle, one in each of so many equal parts."""
    chosen = random.Random(seed)
    size = calls / number
    return [1 + int(part * size + chosen.random() * size) for part in range(number)]


def test_killed_at_any_call(crashes: Crashes) -> None:
    killed = repeated = 0
    for point, kind in zip(spread(crashes.calls, POINTS, 7), cycle(KILLS), strict=False):
        crashes.begin()
        killed += crashes.order(kind, point).code == -9
        crashes.recover()
        sent = crashes.sent()
        crashes.require_nothing_lost(sent)
        repeated += sum(sent.values()) > len(sent)
    assert killed >= POINTS - 2
    print(f"{killed} kills among {crashes.calls} calls, {repeated} with a mail repeated")


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO], ids=["full", "broken"])
@pytest.mark.parametrize("forever", [False, True], ids=["once", "for-ever"])
def test_the_disk_fails_at_a_write(crashes: Crashes, error: int, forever: bool) -> None:
    crashes.begin()
    writes = crashes.order("fail", 1 << 40).calls
    met = 0
    for point in spread(writes, 6, error + forever):
        crashes.begin()
        outcome = crashes.order("fail", point, error=error, forever=forever)
        met += outcome.failed > 0
        assert outcome.code in (0, 1, 3), outcome.words
        assert outcome.code == 0 or "cannot be used" in outcome.words, outcome.words
        crashes.recover()
        crashes.require_nothing_lost(crashes.sent())
    assert met == 6
    print(f"{met} failures among {writes} writes")
