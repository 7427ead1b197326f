"""What doctor asks of connectors, whatever happens on the way."""

import os
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from syncd.checking import checks_of, of_sources, store_check
from syncd.connectors.jira.connector import JiraConnector
from syncd.demo.simulators.jira import JiraSimulator
from syncd.errors import ConfigError, Unavailable
from syncd.interfaces import Check, Mark
from syncd.retrying import retrying
from syncd.settings import load
from syncd.store import open_store

NOW = datetime(2026, 11, 23, 8, 25, tzinfo=UTC)


class Silent:
    """A plug-in's connector, of which only `check` matters here."""

    def close(self) -> None: ...


@pytest.mark.parametrize(
    ("minutes", "mark", "words"),
    [
        (0, Mark.OK, "clocks agree"),
        (4, Mark.OK, "clocks agree"),
        (6, Mark.WARNING, "our clock is 6 min behind the provider's"),
        (-90, Mark.WARNING, "our clock is 90 min ahead of the provider's"),
    ],
)
def test_a_clock_that_is_off_is_told(minutes, mark, words) -> None:
    with JiraSimulator("cloud", now=NOW + timedelta(minutes=minutes)) as sim:
        sim.add_project("PAY", "Payments")
        settings = JiraConnector.Settings(
            url=sim.url, user=sim.user, token=sim.token, projects=("PAY",)
        )
        checks = list(checks_of(lambda: JiraConnector("jira", settings), lambda: NOW))
    assert checks[-1].mark is mark
    assert words in checks[-1].text


def test_a_connector_that_dies_does_not_end_the_checks() -> None:
    class Dying(Silent):
        def check(self):
            yield Check(mark=Mark.OK, text="reads as syncd")
            raise ValueError("a value with a secret")

    def build():
        raise KeyError("a secret")

    for made, before in ((Dying, 1), (build, 0)):
        *told, last = checks_of(made, lambda: NOW)
        assert len(told) == before
        assert (last.mark, last.exit_code) == (Mark.FAILED, 1)
        assert "failed unexpectedly" in last.text
        assert "secret" not in last.text


def test_a_connector_that_cannot_be_made_is_a_failed_check() -> None:
    def build():
        raise ConfigError("no such thing", hint="write it")

    (check,) = checks_of(build, lambda: NOW)
    assert (check.mark, check.text, check.fix, check.exit_code) == (
        Mark.FAILED, "no such thing", "write it", 5,
    )  # fmt: skip


def test_sources_are_asked_side_by_side_and_told_in_their_order() -> None:
    together = threading.Barrier(3)

    class Meeting(Silent):
        def check(self):
            together.wait(30)
            yield Check(mark=Mark.OK, text="met the others")

    class Last(Silent):
        def check(self):
            together.wait(30)
            raise ConfigError("no such thing")
            yield

    told = list(of_sources({"b": Meeting, "c": Last, "a": Meeting}, lambda: NOW))
    assert [(name, check.mark) for name, check in told] == [
        ("b", Mark.OK), ("c", Mark.FAILED), ("a", Mark.OK),
    ]  # fmt: skip


def test_what_fails_is_tried_once_more_while_a_person_waits() -> None:
    tries = []

    class Down(Silent):
        def check(self):
            retrying(120, sleep=lambda _: None)(self.ask)
            yield

        def ask(self):
            tries.append(1)
            raise Unavailable("down")

    (check,) = checks_of(Down, lambda: NOW)
    assert (check.mark, check.text, len(tries)) == (Mark.FAILED, "down", 2)


def test_what_a_killed_restore_left_is_named(tmp_path) -> None:
    (tmp_path / "syncd.toml").write_text(f'[store]\nurl = "sqlite:///{tmp_path}/syncd.db"\n')
    settings = load(tmp_path / "syncd.toml", {})
    with closing(open_store(settings.store_url, now=NOW, own=True)) as store:
        (tmp_path / "syncd.db.new").touch()
        told = [one for one in store_check(store, settings, NOW) if "syncd.db.new" in one.text]
    (one,) = told
    assert (one.mark, "rm " in one.fix) == (Mark.NOTE, True)


@pytest.mark.parametrize(
    ("hours", "mark", "words"),
    [
        (None, Mark.NOTE, "no backup beside it"),
        (3, Mark.OK, "the newest backup beside it is 3 h old"),
        (24, Mark.OK, "the newest backup beside it is 24 h old"),
        (60, Mark.NOTE, "the newest backup beside it is 2 days old"),
    ],
)
def test_only_a_backup_that_is_there_and_fresh_has_a_tick(tmp_path, hours, mark, words) -> None:
    file = tmp_path / "syncd.db"
    (tmp_path / "syncd.toml").write_text(f'[store]\nurl = "sqlite:///{file}"\n')
    settings = load(tmp_path / "syncd.toml", {})
    with closing(open_store(settings.store_url, now=NOW, own=True)) as store:
        if hours is not None:
            copy = tmp_path / "syncd.db.2026-11-23.bak"
            store.backup(copy)
            made = (NOW - timedelta(hours=hours)).timestamp()
            os.utime(copy, (made, made))
        *_, backup = store_check(store, settings, NOW)
    assert (backup.mark, backup.text) == (mark, words)
    assert backup.fix == ("" if mark is Mark.OK else "syncd store backup")
