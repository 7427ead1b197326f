"""When the next cycle begins."""

from datetime import timedelta

import pytest

from syncd.daemon import pause_after

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize("every", [SECOND, 15 * MINUTE, 59 * MINUTE, HOUR, timedelta(days=1)])
def test_failures_in_a_row_push_the_next_cycle_forward_to_an_hour_however_many(every):
    pauses = [pause_after(failures, every) for failures in range(2000)]
    assert pauses[:2] == [every, min(2 * every, max(every, HOUR))]
    assert pauses == sorted(pauses)
    assert set(pauses[12:]) == {max(every, HOUR)}
