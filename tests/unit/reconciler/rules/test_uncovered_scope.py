from dataclasses import replace
from datetime import date

import pytest

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Severity, Unknown
from syncd.model.items import Phase
from syncd.reconciler.rules.uncovered_scope import RULE, Params
from syncd.reconciler.view import View
from syncd.testing.builders import config, issue, snapshot, sprint, version
from syncd.testing.histories import finished, planned

TODAY = date(2026, 11, 23)
NOBODY = config(teams=())
"""No team owns anything: what has no assignee is nobody's."""
RUN = sprint("Sprint 41", start="2026-11-16", end="2026-11-27")


def results(*things, params=None, settings=NOBODY, **more):
    view = View(snapshot(*things, **more), settings)
    return list(RULE.check(view, params or Params()))


def due_in(days):
    return version("2.0", release=WorkingCalendar().shift(TODAY, days))


def owned(count, release, first=50, **fields):
    return planned(count, first=first, milestones=(release.key,), assignee="ada", **fields)


def bare(count, release, **fields):
    return planned(count, milestones=(release.key,), **fields)


SOON = due_in(5)
AHEAD = due_in(18)


def test_empty_snapshot_is_clear():
    assert results() == []


def test_what_everybody_owns_is_clear():
    assert results(SOON, *owned(5, SOON)) == []


def test_one_item_of_nobody_shortly_before_the_date():
    (found,) = results(SOON, *bare(1, SOON), *owned(5, SOON))
    assert found.severity is Severity.HIGH
    assert found.summary == (
        "1 open item of PAY 2.0 has no owner, 5 working days before Mon 30 Nov: PAY-1."
    )
    assert "PAY-1" not in found.plain
    assert found.act.endswith("assign it, or take it out by Mon 30 Nov.")
    assert found.facts[-1].text == "No team: PAY-1"


@pytest.mark.parametrize(("days", "told"), [(9, 1), (10, 1), (11, 0)])
def test_one_is_too_many_within_ten_days(days, told):
    release = due_in(days)
    assert len(results(release, *bare(1, release), *owned(5, release))) == told


@pytest.mark.parametrize(("count", "told", "holds"), [
    (1, 0, None), (2, 1, True), (3, 1, False), (4, 1, False),
])  # fmt: skip
def test_three_are_too_many_within_twenty_days(count, told, holds):
    found = results(AHEAD, *bare(count, AHEAD), *owned(5, AHEAD))
    assert len(found) == told
    assert [one.holds for one in found] == [holds] * told


@pytest.mark.parametrize(("count", "told"), [(4, 0), (5, 1), (6, 1)])
def test_a_quarter_is_too_many_of_twenty(count, told):
    found = results(AHEAD, *bare(count, AHEAD), *owned(20 - count, AHEAD))
    assert len([one for one in found if not one.holds]) == told


@pytest.mark.parametrize(("days", "told"), [(19, 1), (20, 1), (21, 0), (-1, 0)])
def test_only_twenty_days_ahead(days, told):
    release = due_in(days)
    assert len(results(release, *bare(4, release))) == told


def test_a_team_is_owner_enough():
    assert results(SOON, *bare(3, SOON), settings=config()) == []


@pytest.mark.parametrize(("days", "told"), [(14, 1), (15, 1), (16, 0)])
def test_a_team_that_plans_in_sprints_has_placed_it_fifteen_days_before(days, told):
    release = due_in(days)
    things = (release, RUN, *owned(4, release), *owned(1, release, first=90, sprint=RUN.key))
    assert len(results(*things)) == told


def test_a_date_of_its_own_is_a_place():
    release = due_in(8)
    placed = [issue(f"PAY-{n}", due="2026-12-01", milestones=(release.key,), assignee="ada")
              for n in range(1, 5)]  # fmt: skip
    assert results(release, RUN, *placed, *owned(1, release, first=90, sprint=RUN.key)) == []


def test_a_team_without_sprints_needs_none():
    assert results(SOON, *owned(4, SOON)) == []


def test_a_team_whose_sprints_are_over_needs_none():
    old = replace(RUN, state="closed")
    assert results(SOON, old, *owned(4, SOON), *owned(1, SOON, first=90, sprint=old.key)) == []


def test_teams_that_pull_are_left_alone():
    things = (SOON, RUN, *owned(4, SOON), *owned(1, SOON, first=90, sprint=RUN.key))
    assert len(results(*things, settings=config())) == 1
    pulls = Params(pull_teams=("payments",))
    assert results(*things, settings=config(), params=pulls) == []


def test_what_was_never_committed_is_clear():
    claim = replace(SOON.claims[0], set_at=snapshot().as_of)
    assert results(replace(SOON, claims=(claim,)), *bare(4, SOON)) == []


def test_closed_items_need_nobody():
    assert results(SOON, *bare(4, SOON, phase=Phase.DONE)) == []


def test_it_is_to_be_done_as_long_before_as_such_items_take():
    history = finished(days=60, cycle=3, assignee="ada")
    (found,) = results(AHEAD, *bare(4, AHEAD), *history)
    assert "assign them, or take them out by Mon 14 Dec" in found.act


@pytest.mark.parametrize(
    ("days", "asked"), [(6, " by Tue 24 Nov."), (5, " by Mon 23 Nov."), (4, ".")]
)
def test_no_day_is_asked_for_that_is_another_one_each_day(days, asked):
    release = due_in(days)
    (found,) = results(release, *bare(1, release), *finished(days=60, cycle=5, assignee="ada"))
    assert found.act.endswith(f"or take it out{asked}")


def test_on_the_day_itself():
    today = due_in(0)
    (found,) = results(today, *bare(1, today))
    assert "has no owner, on its day, Mon 23 Nov: PAY-1." in found.summary


@pytest.mark.parametrize(("count", "most"), [(3, 2), (5, 3), (6, 3)])
def test_it_says_how_many_may_be_left_when_it_is_over(count, most):
    things = [*bare(count, AHEAD), *owned(20 - count, AHEAD)] if count > 3 else bare(3, AHEAD)
    (found,) = results(AHEAD, *things)
    assert found.clears == f"It has fewer than {most} such items."
    fewer = (*bare(most - 1, AHEAD), *(owned(21 - most, AHEAD) if count > 3 else ()))
    assert results(AHEAD, *fewer) == []


@pytest.mark.parametrize(
    ("as_of", "told"), [("2026-11-20", 1), ("2026-11-21", 0), ("2026-11-23", 0)]
)
def test_at_the_weekend_after_it_its_day_has_passed(as_of, told):
    friday = version("2.0", release="2026-11-20")
    found = results(friday, *bare(1, friday), as_of=f"{as_of} 10:00")
    assert len(found) == told
    assert all("on its day, Fri 20 Nov" in one.summary for one in found)


def test_it_says_what_they_lack():
    release = due_in(8)
    things = (release, RUN, *owned(1, release, first=90, sprint=RUN.key), *owned(1, release))
    (found,) = results(*things)
    assert "1 open item of PAY 2.0 has no place in a plan" in found.summary
    assert "plan it, or take it out" in found.act
    (found,) = results(*things, *planned(1, first=70, milestones=(release.key,)))
    assert "2 open items of PAY 2.0 have no owner or no place in a plan" in found.summary
    assert "assign or plan them, or take them out" in found.act


def test_what_nobody_covered_and_cannot_be_seen_now_is_neither_told_nor_covered():
    work = bare(4, SOON)
    (unknown,) = results(SOON, *work, invisible=[one.key for one in work])
    assert isinstance(unknown, Unknown)
    (found,) = results(SOON, *work, invisible=[work[0].key])
    assert found.summary.startswith("3 open items of PAY 2.0")
    held = owned(4, SOON)
    assert results(SOON, *held, invisible=[one.key for one in held]) == []


def test_covered_items_that_cannot_be_seen_make_no_quarter_of_fewer():
    far = due_in(20)
    work = bare(3, far), owned(13, far)
    things = far, *work[0], *work[1]
    (found,) = results(*things)
    assert found.holds
    (found,) = results(*things, invisible=[one.key for one in work[1][:4]])
    assert found.holds


def test_a_team_plans_in_sprints_although_all_of_the_sprint_is_done():
    release = due_in(9)
    done = issue("PAY-90", sprint=RUN.key, phase=Phase.DONE, assignee="ada")
    loose = owned(1, release)
    assert results(release, *loose, settings=config()) == []
    assert len(results(release, RUN, done, *loose, settings=config())) == 1


def test_what_can_be_seen_is_not_told_to_be_hidden():
    shown, *hidden = bare(3, AHEAD)
    (one,) = results(AHEAD, shown, *hidden, invisible=[item.key for item in hidden])
    assert one.unseen == tuple(item.ref for item in hidden)
