"""Which rules go to digests because people say so (reconciler.md §E4)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.alerts.answers import seen
from syncd.alerts.muting import NO_LIMITS, Limits
from syncd.alerts.routing import demotion_notices, plan
from syncd.alerts.usefulness import demotions
from syncd.model.acts import Act, ActKind, Verdict
from syncd.model.alerts import NoticeKind
from syncd.model.findings import Severity
from syncd.model.people import Role
from syncd.testing.alerts import alert, finding, transition
from syncd.testing.builders import AS_OF, person, program, team

USEFUL, NOT, KNOWN = Verdict
MINUTE = timedelta(minutes=1)


def answers(*verdicts: Verdict, rule: str = "date-moved", first: int = 0) -> list[Act]:
    """Each of one person to an alert of its own, a minute apart."""
    return [
        Act(
            kind=ActKind.FEEDBACK,
            at=AS_OF + number * MINUTE,
            by="dana",
            verdict=verdict,
            seen=seen(alert(finding(f"LED-{number}", rule=rule))),
        )
        for number, verdict in enumerate(verdicts, start=first)
    ]


@pytest.mark.parametrize(
    ("useful", "useless", "demoted"), [(14, 6, False), (13, 7, True), (0, 19, False), (0, 20, True)]
)
def test_more_than_thirty_percent_of_twenty_answers(
    useful: int, useless: int, demoted: bool
) -> None:
    for word in (NOT, KNOWN):
        acts = answers(*[USEFUL] * useful, *[word] * useless)
        expected = {"date-moved": acts[-1].at} if demoted else {}
        assert demotions(acts) == expected


def test_only_the_last_twenty_count_so_a_rule_can_come_back() -> None:
    acts = answers(*[NOT] * 20, *[USEFUL] * 16)
    assert demotions(acts) == {"date-moved": acts[19].at}, "since it began"
    assert demotions(answers(*[NOT] * 20, *[USEFUL] * 17)) == {}


def test_one_answer_does_not_turn_a_rule_back_and_forth() -> None:
    acts = answers(*[USEFUL] * 13, *[NOT] * 7)
    since = {"date-moved": acts[-1].at}
    for verdict in (USEFUL, NOT, USEFUL, NOT):
        acts += answers(verdict, first=len(acts))
        assert demotions(acts) == since


def test_each_rule_has_answers_of_its_own() -> None:
    mixed = [*answers(*[NOT] * 10), *answers(*[NOT] * 10, rule="overdue")]
    assert demotions(mixed) == {}


def test_a_person_who_answers_again_counts_once() -> None:
    first = answers(*[NOT] * 19)
    assert demotions([*first, first[0]]) == {}
    better = [replace(one, verdict=USEFUL) for one in first]
    assert demotions([*first, *better, *answers(NOT, first=30)]) == {}
    other = replace(first[0], by="leo")
    assert demotions([*first, other]) == {"date-moved": other.at}


def test_an_answer_that_is_given_again_is_among_the_last() -> None:
    acts = answers(*[USEFUL] * 15, *[NOT] * 6)
    assert demotions(acts) == {}
    again = replace(acts[0], verdict=NOT)
    assert demotions([*acts, again]) == {"date-moved": again.at}


DANA = person("dana", role=Role.TPM, programs=("p",), operator=True)
QUIET = Limits(digest_only=frozenset({"date-moved"}))


@pytest.mark.parametrize(
    ("fields", "limits", "at_once"),
    [
        ({}, Limits(), True),
        ({}, QUIET, False),
        ({"rule": "overdue"}, QUIET, True),
        ({"severity": Severity.CRITICAL}, QUIET, False),
        ({"severity": Severity.CRITICAL, "tier": "A"}, QUIET, True),
        ({"tier": "A"}, QUIET, False),
        ({}, NO_LIMITS, True),
    ],
)
def test_a_demoted_rule_waits_for_the_digest(
    fields: dict[str, object], limits: Limits, at_once: bool
) -> None:
    news = transition(finding(programs=("p",), teams=("ledger",), **fields))
    (mail,) = plan(
        [news],
        (DANA,),
        (program("p", teams=("ledger",)),),
        (team("ledger"),),
        told={},
        as_of=AS_OF,
        limits=limits,
    )
    assert (mail.send_after is None) is at_once


def test_operators_are_told_which_rule_and_since_when() -> None:
    people = (DANA, person("leo"))
    first = demotion_notices(people, {"date-moved": AS_OF}, AS_OF)
    (again,) = demotion_notices(people, {"date-moved": AS_OF}, AS_OF + 60 * MINUTE)
    (later,) = demotion_notices(people, {"date-moved": AS_OF + MINUTE}, AS_OF + 60 * MINUTE)
    (one,) = first
    assert (one.person, one.kind) == ("dana", NoticeKind.SERVICE)
    assert one.headline == "rule-demoted: date-moved goes to digests only"
    assert one.key == again.key != later.key
