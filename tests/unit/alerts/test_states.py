"""The table of states (reconciler.md §E2): from each state, by what is found, to which."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.alerts.lifecycle import advance
from syncd.model.alerts import Alert, AlertState
from syncd.model.findings import Evaluation
from syncd.model.snapshot import Scope
from syncd.testing.alerts import alert, evaluation, finding
from syncd.testing.builders import AS_OF

DAY = timedelta(days=1)
P, F, Z, R = AlertState.PENDING, AlertState.FIRING, AlertState.FROZEN, AlertState.RESOLVED
FINDING = finding()
SURE = (("date-moved", 3),)
FOUND = {
    "firing": {"found": True},
    "between": {"holding": (replace(FINDING, holds=True),)},
    "clear": {},
    "stale": {"stale": frozenset({Scope("jira", "LED")})},
    "unseen": {"invisible": frozenset({FINDING.subject})},
}


def found(name: str, *, sure: bool) -> Evaluation:
    fields = dict(FOUND[name])
    findings = [FINDING] if fields.pop("found", False) else []
    return evaluation(*findings, dwell=SURE if sure else (), **fields)


def held(state: AlertState) -> Alert | None:
    fields: dict[str, object] = {"state": state}
    if state is P:
        fields |= {"told_at": None, "update": 0}
    if state is Z:
        fields |= {"frozen_since": AS_OF, "frozen_by": "jira is stale"}
    if state is R:
        fields |= {"resolved_at": AS_OF, "told_at": None, "update": 2}
    return alert(FINDING, **fields)


# fmt: off
TABLE = [
    # from   finds      at once: days later  with dwell: the same day, 2 days later
    (None, "firing",  F, P), (None, "between", None, None), (None, "clear", None, None),
    (None, "stale",  None, None), (None, "unseen", None, None),
    (P, "firing",  F, P), (P, "between", R, R), (P, "clear", R, R),
    (P, "stale",  P, P), (P, "unseen", P, P),
    (F, "firing",  F, F), (F, "between", F, F), (F, "clear", R, F),
    (F, "stale",  Z, Z), (F, "unseen", Z, Z),
    (Z, "firing",  F, F), (Z, "between", F, F), (Z, "clear", R, F),
    (Z, "stale",  Z, Z), (Z, "unseen", Z, Z),
    (R, "firing",  F, P), (R, "between", R, R), (R, "clear", R, R),
    (R, "stale",  R, R), (R, "unseen", R, R),
]
# fmt: on


@pytest.mark.parametrize(("before", "name", "at_once", "with_dwell"), TABLE)
@pytest.mark.parametrize("sure", [False, True])
def test_a_pass_leads_from_state_to_state(
    before: AlertState | None,
    name: str,
    at_once: AlertState | None,
    with_dwell: AlertState | None,
    sure: bool,
) -> None:
    start = held(before) if before else None
    known = (start,) if start else ()
    transitions = advance(known, found(name, sure=sure), AS_OF, next_number=50, first_pass=False)
    expected = with_dwell if sure else at_once
    if not transitions:
        assert expected is before
        return
    (one,) = transitions
    assert one.alert.state is expected
    assert one.before is before


def test_the_table_is_whole() -> None:
    assert {(before, name) for before, name, *_ in TABLE} == {
        (before, name) for before in (None, *AlertState) for name in FOUND
    }


@pytest.mark.parametrize(("days", "state"), [(1, P), (2, F)])
def test_pending_lasts_as_long_as_the_rule_wants_to_be_sure(days: int, state: AlertState) -> None:
    start = held(P)
    assert start
    firing = found("firing", sure=True)
    transitions = advance((start,), firing, AS_OF + days * DAY, next_number=50, first_pass=False)
    assert [one.alert.state for one in transitions] == ([F] if state is F else [])


@pytest.mark.parametrize(("days", "state"), [(6, Z), (7, R)])
def test_unseen_for_five_working_days_is_over(days: int, state: AlertState) -> None:
    start = replace(
        alert(FINDING, state=Z),
        frozen_since=AS_OF,
        frozen_by="its subject cannot be seen",
        lost=True,
    )
    unseen = found("unseen", sure=False)
    transitions = advance((start,), unseen, AS_OF + days * DAY, next_number=50, first_pass=False)
    assert [one.alert.state for one in transitions] == ([R] if state is R else [])


@pytest.mark.parametrize(("days", "number"), [(14, 41), (15, 50)])
def test_back_within_fourteen_days_is_the_same_alert(days: int, number: int) -> None:
    start = held(R)
    assert start
    firing = found("firing", sure=False)
    (one,) = advance((start,), firing, AS_OF + days * DAY, next_number=50, first_pass=False)
    assert (one.alert.number, one.alert.state) == (number, F)
