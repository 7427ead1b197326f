import threading

import pytest

from syncd.errors import AuthError, NotVisible, RateLimited, SourceError, Unavailable, Unreached
from syncd.retrying import in_haste, retrying


class Flaky:
    def __init__(self, *errors):
        self.errors = list(errors)
        self.calls = 0

    def __call__(self):
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "page"


def test_waits_1_2_4_8_with_little_jitter_then_gives_up_after_5_tries():
    waits = []
    flaky = Flaky(*[Unavailable("down") for _ in range(9)])
    with pytest.raises(Unavailable, match="down"):
        retrying(600, sleep=waits.append)(flaky)
    assert flaky.calls == 5
    for wait, least in zip(waits, (1, 2, 4, 8), strict=True):
        assert least <= wait <= least * 1.1


def test_one_failure_is_survived():
    assert retrying(60, sleep=lambda _: None)(Flaky(Unavailable("once"))) == "page"


def test_a_hint_is_kept_to_plus_at_most_a_tenth():
    waits = []
    assert retrying(60, sleep=waits.append)(Flaky(RateLimited("wait", retry_after=30))) == "page"
    assert 30 <= waits[0] <= 33


def test_a_hint_of_zero_still_pauses():
    waits = []
    retrying(60, sleep=waits.append)(Flaky(RateLimited("wait", retry_after=0)))
    assert waits[0] >= 1


def test_a_wait_above_60_s_is_left_to_the_store():
    waits = []
    flaky = Flaky(RateLimited("wait", retry_after=61))
    with pytest.raises(RateLimited) as caught:
        retrying(6000, sleep=waits.append)(flaky)
    assert (flaky.calls, waits, caught.value.retry_after) == (1, [], 61)


def test_a_wait_that_does_not_fit_the_budget_is_not_begun():
    waits = []
    flaky = Flaky(RateLimited("wait", retry_after=20))
    with pytest.raises(RateLimited):
        retrying(10, sleep=waits.append)(flaky)
    assert waits == []


@pytest.mark.parametrize("error", [AuthError("no"), NotVisible("gone"), KeyError("bug")])
def test_what_waiting_cannot_mend_is_raised_at_once(error):
    flaky = Flaky(error)
    with pytest.raises(type(error)):
        retrying(60, sleep=lambda _: None)(flaky)
    assert flaky.calls == 1


def test_stop_ends_a_wait():
    stop = threading.Event()
    threading.Timer(0.05, stop.set).start()
    flaky = Flaky(*[RateLimited("wait", retry_after=50) for _ in range(9)])
    with pytest.raises(RateLimited):
        retrying(600, stop=stop)(flaky)
    # One more try where the wait ended, five where it was waited for.
    assert flaky.calls <= 2


@pytest.mark.parametrize(
    ("kind", "error", "tries"),
    [
        (SourceError, Unavailable("down"), 2),
        (SourceError, RateLimited("wait", retry_after=30), 1),
        (Unreached, Unreached("nobody there"), 2),
        (Unreached, Unavailable("down"), 5),
        (Unreached, RateLimited("wait", retry_after=30), 5),
    ],
)
def test_a_person_who_waits_is_told_soon(kind, error, tries):
    flaky = Flaky(*[error] * 9)
    patient = retrying(120, sleep=lambda _: None)
    with in_haste(kind), pytest.raises(type(error)):
        patient(flaky)
    assert flaky.calls == tries


def test_nobody_else_is_hurried():
    flaky, patient = Flaky(*[Unreached("nobody there")] * 10), retrying(120, sleep=lambda _: None)

    def service():
        with pytest.raises(Unreached):
            patient(flaky)

    with in_haste(Unreached):
        beside = threading.Thread(target=service)
        beside.start()
        beside.join()
    assert flaky.calls == 5
    service()
    assert flaky.calls == 10
