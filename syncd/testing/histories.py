"""Short ways to write what a team finished, for tests of forecasts and of rules that read them."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from syncd.model.calendar import WorkingCalendar
from syncd.model.history import Change
from syncd.model.items import Issue, Phase
from syncd.testing.builders import AS_OF, at, change, issue

NOON = time(12)


def finished(
    scope: str = "PAY",
    *,
    days: int = 60,
    each: int = 1,
    cycle: int = 3,
    as_of: str | datetime = AS_OF,
    **fields: Any,
) -> list[Issue | Change]:
    """`each` issues delivered on each of the last `days` working days, begun `cycle` days before.

    They are called `PAY-9001` and so on, the newest first; `fields` are those of every issue.
    """
    calendar, now = WorkingCalendar(), at(as_of)
    found: list[Issue | Change] = []
    number = 9000
    for back in range(1, days + 1):
        done = calendar.shift(now.date(), -back)
        done_at = datetime.combine(done, NOON, now.tzinfo)
        begun_at = datetime.combine(calendar.shift(done, -cycle), NOON, now.tzinfo)
        made_at = datetime.combine(calendar.shift(done, -cycle - 5), NOON, now.tzinfo)
        for _ in range(each):
            number += 1
            one = issue(
                f"{scope}-{number}",
                phase=Phase.DONE,
                done_at=done_at,
                **({"created_at": made_at} | fields),
            )
            found += [
                one,
                change(one, "phase", "todo", "active", begun_at),
                change(one, "phase", "active", "done", done_at, actor=f"person-{number}"),
            ]
    return found


def planned(
    count: int, scope: str = "PAY", *, first: int = 1, phase: Phase = Phase.TODO, **fields: Any
) -> list[Issue]:
    """So many open issues, `PAY-1` and on."""
    return [
        issue(f"{scope}-{number}", phase=phase, **fields) for number in range(first, first + count)
    ]
