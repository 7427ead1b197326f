"""Killed at a call, or the disk fails at a write: the next cycle makes it good (S1, S2, M2)."""

import errno
import random

import pytest
from crashes import Crashes, crashes_in

POINTS = 60


@pytest.fixture(scope="module")
def crashes(tmp_path_factory: pytest.TempPathFactory):
    with crashes_in(tmp_path_factory.mktemp("crashes")) as found:
        yield found


def spread(calls: int, number: int, seed: int) -> list[int]:
    """Points all over the calls of a cycle, one in each of so many equal parts."""
    chosen = random.Random(seed)
    size = calls / number
    return [1 + int(part * size + chosen.random() * size) for part in range(number)]


@pytest.mark.timeout(900)
def test_killed_at_any_call(crashes: Crashes) -> None:
    killed = repeated = 0
    for point in spread(crashes.calls, POINTS, 7):
        crashes.begin()
        killed += crashes.order("kill", point).code == -9
        crashes.recover()
        sent = crashes.sent()
        crashes.require_nothing_lost(sent)
        repeated += sum(sent.values()) > len(sent)
    assert killed >= POINTS - 2
    print(f"{killed} kills among {crashes.calls} calls, {repeated} with a mail repeated")


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO], ids=["full", "broken"])
@pytest.mark.parametrize("forever", [False, True], ids=["once", "for-ever"])
@pytest.mark.timeout(900)
def test_the_disk_fails_at_a_write(crashes: Crashes, error: int, forever: bool) -> None:
    crashes.begin()
    writes = crashes.order("fail", 1 << 40).calls
    met = 0
    for point in spread(writes, 12, error + forever):
        crashes.begin()
        outcome = crashes.order("fail", point, error=error, forever=forever)
        met += outcome.failed > 0
        assert outcome.code in (0, 1, 3), outcome.words
        assert outcome.code == 0 or "nothing was lost" in outcome.words or outcome.words
        crashes.recover()
        crashes.require_nothing_lost(crashes.sent())
    assert met == 12
    print(f"{met} failures among {writes} writes")
