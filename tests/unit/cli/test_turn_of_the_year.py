"""Which days carry their year is told by the reader's day."""

from datetime import UTC, datetime

from clock import stand
from filled import install

from syncd.cli.entry import run_command
from syncd.store import open_store
from syncd.testing.builders import AS_OF


def test_a_day_carries_its_year_once_that_is_over_where_its_reader_is(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    url = install(tmp_path, 'timezone = "Asia/Kolkata"\n')
    open_store(url, now=AS_OF).close()
    stand(monkeypatch, datetime(2026, 12, 31, 20, tzinfo=UTC))
    run_command(["-c", "syncd.toml", "reconcile", "--as-of", "2026-12-30"])
    assert "Nothing is known of Wed 30 Dec 2026: no source" in capsys.readouterr().out
