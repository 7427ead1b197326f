import math

import pytest

from syncd.model.forecasts import Grade
from syncd.reconciler.forecast.outlook import Outlook, outlook
from syncd.reconciler.forecast.pace import MOST_UNEVEN, UNEVEN, busiest, pace
from syncd.reconciler.forecast.table import SHARES, SHIPPED


def test_nothing_ever_finished_is_no_pace():
    found = pace([])
    assert (found.rate, found.finished, found.grade) == (0.0, 0, Grade.NONE)


def test_recent_days_count_more():
    assert pace([0] * 20 + [2] * 20).rate > 1.2
    assert pace([2] * 20 + [0] * 20).rate < 0.8


def test_twenty_working_days_halve_the_weight():
    assert pace([0, *[0] * 19, 3]).rate / pace([3, *[0] * 19, 0]).rate == pytest.approx(2.0)


def test_a_clean_up_of_the_tracker_is_no_speed():
    usual, cleaned = [1] * 59, [*[1] * 58, 400]
    assert busiest(cleaned) == 3
    assert pace(cleaned).rate < pace(usual).rate * 1.1
    assert pace(cleaned).capped_days == 1


def test_one_busy_week_is_within_what_counts():
    assert busiest([0, 4, 4, 5, 4]) == 14


@pytest.mark.parametrize(
    ("finished", "grade"),
    [(7, Grade.NONE), (8, Grade.C), (19, Grade.C), (20, Grade.B), (39, Grade.B), (40, Grade.A)],
)
def test_grades_by_what_was_finished_in_sixty_days(finished, grade):
    assert pace([1] * finished + [0] * (60 - finished)).grade is grade


@pytest.mark.parametrize(("days", "grade"), [(4, Grade.NONE), (5, Grade.A), (6, Grade.A)])
def test_what_was_finished_on_few_days_is_no_history(days, grade):
    assert pace([10] * days + [0] * 40).grade is grade


def test_finishes_before_sixty_days_give_no_grade():
    assert pace([5] * 100 + [0] * 60).grade is Grade.NONE


def test_an_even_flow_is_as_even_as_can_be_and_bursts_are_capped():
    assert pace([2] * 120).unevenness == 1.0
    assert pace([0] * 115 + [60] * 5).unevenness == MOST_UNEVEN


def test_little_history_is_taken_to_be_uneven():
    assert pace([1] * 39).unevenness == UNEVEN
    assert pace([1] * 40).unevenness == 1.0


def test_last_weeks_are_told_newest_last():
    assert pace([9, *[1] * 5, *[2] * 5, *[3] * 5, *[4] * 5]).last_weeks == (5, 10, 15, 20)


def test_the_closed_form_by_hand():
    view = Outlook(items=34, rate=1.9, unevenness=3.1)
    assert view.spread(34) == pytest.approx(0.27, abs=0.005)
    error = math.log(13.5 * 1.9 / 34) / view.spread(34)
    assert error == pytest.approx(-1.04, abs=0.02)
    assert view.odds(13.5) == pytest.approx(0.22, abs=0.01)


def test_little_history_widens():
    few, many = pace([0, 1, 0, 0, 0, 0] * 10), pace([1] * 60)
    assert few.grade is Grade.C
    assert outlook(20, few).widened == 1.25
    assert outlook(20, many).widened == 1.0


def test_a_date_that_has_passed_is_missed_almost_surely():
    assert Outlook(items=10, rate=1.0).odds(0) == 0.01


@pytest.mark.parametrize(("share", "error"), [*zip(SHARES, SHIPPED.errors, strict=True)])
def test_knots_of_the_table(share, error):
    assert SHIPPED.error(share) == pytest.approx(error)
    assert SHIPPED.share(error) == pytest.approx(share)


def test_between_knots_the_table_is_straight_and_odds_are_never_certain():
    assert SHIPPED.error(0.875) == pytest.approx((2.28 + 2.97) / 2)
    assert (SHIPPED.share(-50), SHIPPED.share(50)) == (0.01, 0.99)
    assert SHIPPED.share(-3.4) == pytest.approx(0.0323, abs=0.001)
    assert SHIPPED.error(0.999) == 6.54
