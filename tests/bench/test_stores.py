"""What the store takes on SQLite and on PostgreSQL, beside bare loops of the driver.

    uv run pytest -n0 -m bench tests/bench/test_stores.py

A bare loop writes the same rows in as many transactions, or reads them, and does nothing with them.
`BENCH_SIZE` is a number of pages of 100 issues, or nothing: 40.
"""

import os
import sqlite3
import time
from contextlib import closing, contextmanager
from datetime import timedelta
from statistics import median

import pytest
from servers import store_url

from syncd.interfaces import Page
from syncd.model.snapshot import Scope
from syncd.store import open_store
from syncd.testing.alert_store_contract import message, run, step
from syncd.testing.alerts import alert, finding
from syncd.testing.builders import AS_OF, change, issue, link

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]

PAY = Scope("jira", "PAY")
PAGES, PAGE, CHANGES = int(os.environ.get("BENCH_SIZE") or 40), 100, 5
TABLES = ("items", "issues", "claims", "changes", "links")
TURNS = 3


def pages():
    for number in range(PAGES):
        held = [issue(f"PAY-{number * PAGE + n}", due="2026-12-03") for n in range(PAGE)]
        yield Page(
            items=tuple(held),
            changes=tuple(
                change(one, "due", "2026-12-01", "2026-12-03", AS_OF - timedelta(days=days))
                for one in held
                for days in range(1, CHANGES + 1)
            ),
            links=tuple(link(one, "LED-1", outward=True) for one in held),
            last=number == PAGES - 1,
            listing=number == PAGES - 1,
            cursor="c" if number == PAGES - 1 else None,
        )


@contextmanager
def bare(url):
    """A connection of the driver, and how it marks a value."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as conn:
            conn.execute("PRAGMA synchronous = FULL")
            yield conn, "?"
    else:
        import psycopg

        with closing(psycopg.connect(url.replace("postgresql+psycopg", "postgresql"))) as conn:
            yield conn, "%s"


def read_bare(url):
    with bare(url) as (conn, _):
        cursor = conn.cursor()
        return {name: cursor.execute(f"SELECT * FROM {name}").fetchall() for name in TABLES}


def write_bare(url, lots):
    with bare(url) as (conn, mark):
        cursor = conn.cursor()
        for lot in lots:
            for name, rows in lot.items():
                marks = ", ".join([mark] * len(rows[0]))
                cursor.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
            conn.commit()


def in_lots(held):
    """The rows of each page; the first column is that of the item."""
    order = sorted(row[0] for row in held["items"])
    place = {number: index // PAGE for index, number in enumerate(order)}
    lots = [{name: [] for name in TABLES} for _ in range(PAGES)]
    for name, rows in held.items():
        for row in rows:
            lots[place[row[0]]][name].append(row)
    return lots


class Clock:
    def __init__(self):
        self.took = {}

    @contextmanager
    def __call__(self, name):
        began = time.perf_counter()
        yield
        self.took.setdefault(name, []).append(time.perf_counter() - began)

    def of(self, name):
        return median(self.took[name])


@pytest.mark.parametrize("kind", ["sqlite", "wheel"], ids=["SQLite", "PostgreSQL"])
def test_a_store_beside_a_bare_loop(kind, tmp_path, capsys):
    clock, told = Clock(), [alert(finding(f"PAY-{n}"), number=n + 1) for n in range(200)]
    for turn in range(TURNS):
        folders = [tmp_path / f"{turn}{name}" for name in ("ours", "bare")]
        for folder in folders:
            folder.mkdir(mode=0o700)
        url, empty = (store_url(kind, folder) for folder in folders)
        made = list(pages())
        with closing(open_store(url, now=AS_OF, own=True)) as store:
            with clock("write"):
                for page in made:
                    store.commit(PAY, page, AS_OF)
            with clock("again"):
                for page in made:
                    store.commit(PAY, page, AS_OF)
            with clock("read"):
                held = store.snapshot(AS_OF)
            with clock("record"):
                store.record(run("r1"), [step(one) for one in told], [message(one) for one in told])
            with clock("settle"):
                for one in store.messages()[:50]:
                    store.settle(one)
        assert len(held.issues) == PAGES * PAGE
        with clock("bare read"):
            rows = read_bare(url)
        lots = in_lots(rows)
        open_store(empty, now=AS_OF, own=True).close()
        with clock("bare write"):
            write_bare(empty, lots)
    items, count = PAGES * PAGE, sum(map(len, rows.values()))
    write, read = clock.of("bare write"), clock.of("bare read")
    with capsys.disabled():
        print(
            f"\n{kind}: {items:,} issues, {count:,} rows: written {clock.of('write'):.2f} s, "
            f"{clock.of('write') / write:.1f} of a bare loop ({write:.2f} s), "
            f"{clock.of('write') / items * 1e6:.0f} µs an issue; unchanged once more "
            f"{clock.of('again'):.2f} s; snapshot {clock.of('read'):.2f} s, "
            f"{clock.of('read') / read:.1f} of a bare loop ({read:.2f} s); a pass with 200 alerts "
            f"and mails {clock.of('record') * 1000:.0f} ms; the outcome of a mail "
            f"{clock.of('settle') / 50 * 1000:.1f} ms",
            end="",
        )
