import pytest

from syncd.reconciler.forecast.survival import Survival


def test_what_has_not_ended_counts_as_long_as_it_was_seen():
    curve = Survival([(1, True), (2, False), (3, True), (4, True)])
    assert [curve.beyond(time) for time in (0, 1, 2, 3, 4)] == pytest.approx(
        [1.0, 3 / 4, 3 / 4, 3 / 8, 0.0]
    )


def test_what_had_begun_before_anybody_looked_counts_from_that_age_on():
    curve = Survival([(1, True), (2, True), (9, False), (9, False)], unwatched=[5, 5])
    assert curve.beyond(1) == pytest.approx(1 / 2)
    assert curve.beyond(2) == 0.0


def test_one_that_came_in_before_an_age_counts_at_it():
    end = (6, True)
    assert Survival([end, (9, False)], unwatched=[5]).beyond(6) == pytest.approx(1 / 2)
    assert Survival([end, (9, False)], unwatched=[6]).beyond(6) == 0.0
