import pytest

from syncd.reconciler.backtest.metrics import (
    Share,
    auc,
    brier,
    crps,
    false_alarms,
    mean,
    precision,
    recall,
    within,
)
from syncd.reconciler.forecast.pace import quantile

CALLS = [(True, True), (True, True), (True, False), (False, True), (False, False), (False, False)]


def test_calls_are_counted_with_what_stands_behind_them():
    assert precision(CALLS) == Share(2, 3)
    assert recall(CALLS) == Share(2, 3)
    assert false_alarms(CALLS) == Share(1, 3)


def test_nothing_said_has_no_precision_and_a_recall_of_nought():
    silent = [(False, True), (False, False)]
    assert precision(silent).value is None
    assert recall(silent).value == 0


def test_brier_is_the_mean_squared_error():
    assert brier([(0.8, True), (0.4, False)]) == pytest.approx((0.04 + 0.16) / 2)
    assert brier([(0.5, True), (0.5, False)]) == 0.25
    assert brier([]) is None


def test_auc_counts_pairs_in_the_right_order_and_half_of_the_ties():
    # Pairs: .9>.2 right, .9>.6 right, .6>.2 right, .6=.6 a tie.
    assert auc([(0.9, True), (0.6, True), (0.2, False), (0.6, False)]) == 3.5 / 4
    assert auc([(0.1, True), (0.9, False)]) == 0
    assert auc([(0.9, True)]) is None


def test_auc_needs_no_odds_but_an_order():
    assert auc([(12.0, True), (-3.0, False)]) == 1


def test_crps_of_one_date_is_how_far_it_was_off():
    assert crps([10], 14) == 4
    assert crps([14], 10) == 4


def test_crps_of_quantiles_by_hand():
    # Odds .25, .5, .75 at 4, 8, 16 days; it took 8: lost 4·.25, 0, 8·.25; twice their mean.
    assert crps([4, 8, 16], 8) == pytest.approx(2 * (1 + 0 + 2) / 3)


def test_a_sharp_forecast_that_is_right_has_the_smaller_error():
    assert crps([7, 8, 9], 8) < crps([4, 8, 16], 8) < crps([4, 8, 16], 30)


def test_dates_hold_on_the_day_itself_and_not_while_it_is_open():
    assert within([(10, 10), (10, 11), (10, None)]) == Share(1, 3)


@pytest.mark.parametrize(
    ("values", "share", "wanted"),
    [
        ([3], 0.25, 3),
        ([1, 2, 3, 4], 0.5, 2.5),
        ([4, 1, 3, 2], 0.25, 1.75),
        ([1, 2, 3, 4, 5], 0.25, 2),
        ([1, 2], 1.0, 2),
        ([], 0.5, None),
    ],
)
def test_quantiles_lie_on_straight_lines(values, share, wanted):
    assert quantile(values, share) == wanted


def test_mean_of_nothing_is_none():
    assert mean([]) is None
    assert mean([1, 2]) == 1.5
