"""What a past day is shown to have held without any word of later days."""

from dataclasses import replace

import pytest

from syncd.reconciler.backtest.hindsight import without_hindsight
from syncd.testing.builders import at, snapshot, sprint


@pytest.mark.parametrize(
    ("zone", "when", "there"),
    [
        ("Asia/Kolkata", "2026-11-16 23:30", True),
        ("Asia/Kolkata", "2026-11-16 18:00", False),
        ("America/Los_Angeles", "2026-11-17 07:30", False),
    ],
)
def test_a_sprint_is_shown_by_its_first_day_where_its_board_is(
    zone: str, when: str, there: bool
) -> None:
    one = sprint("s", start="2026-11-17", end="2026-11-27")
    made = replace(one, claims=tuple(replace(claim, zone=zone) for claim in one.claims))
    held = replace(snapshot(made, as_of=when), first_seen={made.key: at("2026-11-20")})
    assert bool(without_hindsight(held).milestones) is there
