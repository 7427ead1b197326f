"""dep-hidden: a text says that something waits for another team, and no link does."""

from dataclasses import replace

import pytest

from syncd.model.findings import Severity
from syncd.model.items import Phase
from syncd.model.links import Evidence, LinkDecision
from syncd.reconciler.engine import evaluate
from syncd.reconciler.rules.dep_hidden import RULE
from syncd.testing.builders import (
    AS_OF,
    change,
    config,
    declared,
    implements,
    issue,
    link,
    parent_of,
    pull_request,
    snapshot,
    version,
)

RELEASE = version("Checkout", release="2026-12-11")
PAY = issue("PAY-7", milestones=(RELEASE.key,), title="Refund flow", assignee="ada")
LED = issue("LED-1", title="Ledger API v2")


def says(near=PAY, far=LED, **more):
    return link(near, far, "depends on", evidence=Evidence.WAITS_PHRASE, **more)


def told(*things, release=RELEASE, stale=None, **settings):
    answer = evaluate(snapshot(release, *things, stale=stale), config(**settings), [RULE])
    assert answer.failures == ()
    return answer


def found(*things, **settings):
    return told(PAY, LED, *things, **settings).findings


def test_silent_without_words():
    assert not found(link(PAY, LED, "", evidence=Evidence.CROSS_REFERENCE))


def test_two_texts_that_each_say_it_of_the_other_are_one_suggestion():
    (one,) = found(says(), says(LED, PAY))
    assert [fact.text for fact in one.facts] == ["PAY-7 depends on LED-1", "LED-1 depends on PAY-7"]


@pytest.mark.parametrize(
    "real", [link(PAY, LED), link(LED, PAY), link(PAY, LED, evidence=Evidence.BLOCKED_BY),
             parent_of(PAY, LED), parent_of(LED, PAY)],
)  # fmt: skip
def test_silent_where_a_link_joins_them_either_way(real):
    assert not found(says(), real)


@pytest.mark.parametrize("phase", [Phase.DONE, Phase.DROPPED])
def test_silent_when_either_is_closed(phase):
    for ends in ((replace(PAY, phase=phase), LED), (PAY, replace(LED, phase=phase))):
        assert not told(*ends, says()).findings


def test_silent_within_a_team_and_without_one():
    for ref in ("PAY-8", "XYZ-1"):
        assert not told(PAY, issue(ref), says(far=issue(ref))).findings


def test_silent_where_nothing_is_committed():
    free = replace(PAY, milestones=())
    assert not told(free, LED, says()).findings
    recent = change(RELEASE, "release", None, "2026-12-11", "2026-11-19")
    assert not found(says(), recent)


def decision(accepted, one=PAY, other=LED):
    return LinkDecision(
        dependant=one.key, prerequisite=other.key, accepted=accepted, at=AS_OF, by="dana"
    )


def test_silent_for_good_once_it_was_rejected_whichever_way():
    assert not found(says(), decisions=(decision(False),))
    assert not found(says(), decisions=(decision(False, LED, PAY),))


def test_silent_once_it_was_accepted():
    assert not found(says(), decisions=(decision(True),))


def test_silent_for_a_pull_request_that_implements_what_it_names():
    pull = pull_request("acme/payments#4")
    said = link(pull, LED, "needs", evidence=Evidence.WAITS_PHRASE)
    assert not told(PAY, LED, pull, said, implements(pull, LED)).findings


def test_the_whole_finding():
    (one,) = found(says())
    assert (one.subject, one.discriminator) == (str(PAY.key), str(LED.key))
    assert one.summary == (
        "Refund flow (PAY-7) seems to wait for Ledger API v2 (LED-1), but no link says so."
    )
    assert one.plain == "Refund flow seems to need work of another team that is in no plan."
    assert "syncd deps accept PAY-7 LED-1; if not, syncd deps reject PAY-7 LED-1." in one.act
    assert one.clears
    assert [fact.text for fact in one.facts] == ["PAY-7 depends on LED-1"]
    assert one.facts[0].url == PAY.url
    assert one.owner == "jira:ada"
    assert one.teams == ("payments", "ledger")
    assert one.severity is Severity.LOW
    assert {str(scope) for scope in one.scopes} == {"jira:PAY", "jira:LED"}


def test_the_prerequisite_may_be_the_committed_end():
    ours, theirs = replace(PAY, milestones=()), replace(LED, milestones=(RELEASE.key,))
    assert len(told(ours, theirs, says()).findings) == 1


def test_the_surest_come_first_and_no_more_than_asked_for():
    others = [issue(f"LED-{n}") for n in range(2, 7)]
    said = [says(far=one) for one in others]
    mention = link(PAY, others[4], "", evidence=Evidence.CROSS_REFERENCE)
    answer = told(PAY, *others, *said, mention)
    assert [one.discriminator for one in answer.findings] == [str(others[n].key) for n in (0, 1, 4)]
    for most in (0, 1, 4):
        few = told(PAY, *others, *said, rules={"dep-hidden": {"most": most}})
        assert len(few.findings) == most


def test_the_tier_counts_and_restriction_is_kept():
    wanted = declared("x", "jira:version=Checkout", tier="A")
    (one,) = told(PAY, replace(LED, restricted=True), says(), deliverables=(wanted,)).findings
    assert (one.severity, one.restricted) == (Severity.MEDIUM, True)


def test_stale_data_is_unknown():
    answer = told(PAY, LED, says(), stale={"jira:LED": "2026-11-20"})
    assert (answer.findings, len(answer.unknown)) == ((), 1)
