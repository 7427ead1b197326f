"""What must hold of every forecast: odds only rise with time, with fewer items, with more people."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.model.calendar import WorkingCalendar
from syncd.reconciler.forecast.capacity import Capacity
from syncd.reconciler.forecast.outlook import FEW, Outlook, outlook
from syncd.reconciler.forecast.pace import MOST_UNEVEN, pace
from syncd.reconciler.forecast.survival import Survival
from syncd.reconciler.forecast.table import SHIPPED

FAST = settings(max_examples=60, deadline=None)
MONDAY = date(2026, 11, 23)
COUNTS = st.lists(st.integers(0, 40), max_size=300)
OUTLOOKS = st.builds(
    Outlook,
    items=st.integers(FEW, 2_000),
    rate=st.floats(0.01, 50),
    unevenness=st.floats(1, MOST_UNEVEN),
    widened=st.sampled_from([1.0, 1.25]),
)


@FAST
@given(st.floats(-20, 20), st.floats(-20, 20))
def test_the_error_table_never_falls(one, other):
    low, high = sorted((one, other))
    assert SHIPPED.share(low) <= SHIPPED.share(high)


@FAST
@given(OUTLOOKS, st.floats(0, 500), st.floats(0, 500))
def test_a_later_target_is_never_likelier_missed(view, one, other):
    near, far = sorted((one, other))
    assert view.odds(near) <= view.odds(far)


@FAST
@given(OUTLOOKS, st.integers(0, 500), st.floats(0, 500))
def test_fewer_items_are_never_likelier_late(view, more, days):
    larger = Outlook(
        items=view.items + more,
        rate=view.rate,
        unevenness=view.unevenness,
        widened=view.widened,
    )
    assert larger.odds(days) <= view.odds(days) + 1e-9


@FAST
@given(OUTLOOKS, st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_surer_dates_are_never_earlier(view, one, other):
    low, high = sorted((one, other))
    assert view.days(low) <= view.days(high) + 1e-9


@FAST
@given(OUTLOOKS, st.floats(0.05, 0.99))
def test_dates_and_odds_agree(view, share):
    assert abs(view.odds(view.days(share)) - share) < 1e-6


@FAST
@given(COUNTS)
def test_a_pace_is_no_faster_than_its_best_day(counts):
    found = pace(counts)
    assert 0 <= found.rate <= max(counts, default=0) + 1e-9
    assert 1 <= found.unevenness <= MOST_UNEVEN


@FAST
@given(st.integers(1, 20), st.integers(20, 400))
def test_at_a_constant_pace_the_middle_is_items_by_rate(each, items):
    view = outlook(items, pace([each] * 260))
    assert abs(view.days(0.5) / (items / each) - 1) < 0.15


@FAST
@given(st.lists(st.integers(0, 60), max_size=8), st.integers(0, 300), st.integers(0, 300))
def test_absence_never_adds_capacity(away, near, more):
    days = {MONDAY + timedelta(days=offset) for offset in away}
    whole = Capacity(WorkingCalendar(), MONDAY, lambda _: 1.0)
    half = Capacity(WorkingCalendar(), MONDAY, lambda day: 0.5 if day in days else 1.0)
    day, later = MONDAY + timedelta(days=near), MONDAY + timedelta(days=near + more)
    assert half.until(day) <= whole.until(day) <= whole.until(later)


@FAST
@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1), st.integers(0, 60))
def test_survival_never_rises(seen, time):
    curve = Survival(seen)
    assert 0 <= curve.beyond(time + 1) <= curve.beyond(time) <= 1
