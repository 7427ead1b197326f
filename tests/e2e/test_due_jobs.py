"""What a scheduler of several processes asks for, told from the store alone."""

from datetime import timedelta
from pathlib import Path

import pytest
from installation import NOW, cycle, write_installation

from syncd import plugins
from syncd.app import App
from syncd.cluster.due import what_is_due
from syncd.settings import load

MONDAY_TEN = NOW.replace(hour=10)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation that reads all anew each Monday at ten, and was read at nine."""
    monkeypatch.chdir(tmp_path)
    write_installation(tmp_path)
    with (tmp_path / "syncd.toml").open("a") as file:
        file.write('\n[schedule]\nevery = "2h"\nfull_resync = "mon 10:00"\n')
    cycle(tmp_path, NOW)
    return tmp_path


def test_a_full_reading_is_asked_for_once_and_with_a_pass(place: Path) -> None:
    with App(load(place / "syncd.toml", {}, catalog=plugins), now=NOW) as app:
        before = what_is_due(app, MONDAY_TEN - timedelta(minutes=1), None)
        assert (before.sources, before.full, before.a_pass) == ((), False, False)
        then = what_is_due(app, MONDAY_TEN, None)
        assert (then.sources, then.full, then.a_pass) == (("jira",), True, True)
        again = what_is_due(app, MONDAY_TEN + timedelta(seconds=5), MONDAY_TEN)
        assert (again.sources, again.full, again.a_pass) == ((), False, False)
    cycle(place, MONDAY_TEN)
    with App(load(place / "syncd.toml", {}, catalog=plugins), now=NOW) as app:
        assert not what_is_due(app, MONDAY_TEN + timedelta(minutes=5), None).full


def test_nothing_is_judged_before_something_was_read_and_sources_come_by_their_time(
    place: Path,
) -> None:
    with App(load(place / "syncd.toml", {}, catalog=plugins), now=NOW) as app:
        due = what_is_due(app, NOW + timedelta(hours=3), NOW + timedelta(hours=2))
        assert (due.sources, due.full, due.a_pass) == (("jira",), False, True)
