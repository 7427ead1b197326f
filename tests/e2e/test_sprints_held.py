"""What a store holds of a sprint while its boards refuse, and when it really is deleted."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from silent import Silent
from stage import without_sleep

from syncd.connectors.jira.connector import JiraConnector
from syncd.demo.simulators.jira import JiraSimulator
from syncd.model.snapshot import Snapshot
from syncd.pulling import Source, pull
from syncd.store import open_store

START = datetime(2026, 9, 7, 8, tzinfo=UTC)
SWEPT = timedelta(hours=7)
"""Passed between two pulls, so that each is followed by a sweep."""

Pulled = Callable[..., Snapshot]


@pytest.fixture
def sim() -> Iterator[JiraSimulator]:
    """A sprint with an issue, and another without."""
    with JiraSimulator("cloud", now=START) as running:
        running.add_user("dana", "Dana Lee")
        running.add_project("PAY", "Payments")
        running.add_board(7, "PAY")
        made = running.add_sprint("S 1", board=7, state="active", end=START + timedelta(14))
        running.add_sprint("S 2", board=7)
        running.add_issue("PAY", "Step", by="dana", sprints=(made,))
        yield running


@pytest.fixture
def pulled(sim: JiraSimulator, tmp_path: Path) -> Pulled:
    """Pulls after some time; what is held then."""
    settings = JiraConnector.Settings(
        url=sim.url, user=sim.user, token=sim.token, projects=("PAY",)
    )

    def run(after: timedelta = SWEPT, *, full: bool = False) -> Snapshot:
        sim.now += after
        store = open_store(f"sqlite:///{tmp_path}/syncd.db", now=sim.now)
        source = Source(name="jira", build=lambda: without_sleep(JiraConnector("jira", settings)))
        (report,) = pull([source], store, sim.now, progress=Silent(), full=full)
        assert not report.failures
        found = store.snapshot(sim.now)
        store.close()
        return found

    return run


def names(found: Snapshot) -> list[str]:
    return sorted(each.name for each in found.milestones)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_boards_that_refuse_take_no_sprint_away(
    sim: JiraSimulator, pulled: Pulled, status: int
) -> None:
    pulled()
    sim.fail("/agile/", status=status)
    for _ in range(3):
        found = pulled()
        assert (names(found), found.invisible) == (["S 1", "S 2"], frozenset())


def test_reading_all_again_takes_no_sprint_away(sim: JiraSimulator, pulled: Pulled) -> None:
    pulled()
    sim.edit("PAY-1", by="dana", sprints=())
    for _ in range(2):
        found = pulled(timedelta(hours=1), full=True)
        assert (names(found), found.invisible) == (["S 1", "S 2"], frozenset())


def test_a_deleted_sprint_goes_after_two_sweeps(sim: JiraSimulator, pulled: Pulled) -> None:
    pulled()
    sim.delete_sprint(next(iter(sim.sprints)))
    assert len(pulled().invisible) == 1
    assert names(pulled()) == ["S 2"]
