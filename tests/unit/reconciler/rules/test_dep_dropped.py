"""dep-dropped: something waits for what will not come."""

from dataclasses import replace
from datetime import date

import pytest

from syncd.model.findings import Severity
from syncd.model.items import Account, Phase
from syncd.model.links import Evidence
from syncd.reconciler.engine import evaluate
from syncd.reconciler.rules.dep_dropped import RULE
from syncd.testing.builders import (
    at,
    change,
    config,
    declared,
    issue,
    link,
    parent_of,
    snapshot,
    version,
)

LED = issue("LED-1", title="Ledger API v2", phase=Phase.DROPPED, state="Won't Do",
            done_at=at("2026-11-18"), assignee="osei")  # fmt: skip
PAY = issue("PAY-7", title="Refund flow", due="2026-12-11", assignee="ada")
DROP = change(LED, "phase", "todo", "dropped", "2026-11-18", actor="osei")
PEOPLE = (
    Account(source="jira", id="osei", name="R. Osei"),
    Account(source="jira", id="ada", name="Ada"),
)


def told(*things, stale=None, **settings):
    answer = evaluate(snapshot(*PEOPLE, *things, stale=stale), config(**settings), [RULE])
    assert answer.failures == ()
    return answer


def found(*things, **settings):
    return told(*things, **settings).findings


@pytest.mark.parametrize("phase", [Phase.TODO, Phase.ACTIVE, Phase.WAITING, Phase.DONE])
def test_silent_while_it_may_come_or_came(phase):
    assert not found(replace(LED, phase=phase), PAY, link(PAY, LED))


@pytest.mark.parametrize("phase", [Phase.DONE, Phase.DROPPED])
def test_silent_when_nothing_waits_any_more(phase):
    assert not found(LED, replace(PAY, phase=phase), link(PAY, LED))


def test_silent_for_links_that_are_not_stated():
    assert not found(LED, PAY, link(PAY, LED, "needs", evidence=Evidence.WAITS_PHRASE))
    assert not found(LED, PAY, link(PAY, LED, "relates to", "relates to"))
    assert not found(LED, PAY, parent_of(LED, PAY))


def test_silent_for_a_duplicate_whose_original_is_open():
    real = issue("LED-9")
    assert not found(LED, real, PAY, link(PAY, LED), link(LED, real, "duplicates",
                                                         "is duplicated by"))  # fmt: skip


def test_told_when_the_original_was_dropped_too():
    real = issue("LED-9", phase=Phase.DROPPED)
    (one,) = found(LED, real, PAY, link(PAY, LED), link(LED, real, "duplicates",
                                                       "is duplicated by"))  # fmt: skip
    assert one.discriminator == str(real.key)


def test_the_whole_finding():
    mob = issue("MOB-3")
    (one,) = found(LED, PAY, DROP, mob, link(PAY, LED), link(mob, PAY))
    assert (one.subject, one.discriminator) == (str(PAY.key), str(LED.key))
    assert one.summary == (
        "Refund flow (PAY-7) waits for Ledger API v2 (LED-1), which was dropped "
        "on Wed 18 Nov; MOB-3 waits for it."
    )
    assert one.plain == "Refund flow waits for something that will not come: Ledger API v2."
    assert one.act == (
        "Ada: agree with R. Osei whether PAY-7 goes on without LED-1, waits for something else, "
        "or is dropped too; then change the link."
    )
    assert one.clears
    assert one.planned == date(2026, 12, 11)
    assert [fact.text for fact in one.facts] == [
        "PAY-7 is blocked by LED-1",
        "LED-1 was dropped on Wed 18 Nov by R. Osei: Won't Do",
    ]
    assert one.facts[1].url == LED.url
    assert one.owner == "jira:ada"
    assert one.teams == ("payments", "ledger")
    assert {str(scope) for scope in one.scopes} == {"jira:PAY", "jira:LED"}


def test_the_resolution_says_why():
    closed = replace(LED, state="Closed")
    early = change(LED, "resolution", None, "Done", "2026-11-02")
    late = change(LED, "resolution", None, "Won't Do", "2026-11-18")
    (one,) = found(closed, PAY, DROP, early, late, link(PAY, LED))
    assert one.summary.endswith('which was dropped on Wed 18 Nov as "Won\'t Do".')
    assert one.facts[1].text == (
        'LED-1 was dropped on Wed 18 Nov as "Won\'t Do" by R. Osei: Closed'
    )


RELEASE = version("Checkout", release="2026-12-11")
OUT = issue("LED-2")
OUT_OF_IT = change(OUT, "milestones", str(RELEASE.key), None, "2026-11-18", actor="osei")
MEMBER = issue("PAY-8", milestones=(RELEASE.key,))


def test_what_was_taken_out_of_the_release_and_has_no_date_will_not_come_either():
    (one,) = found(OUT, MEMBER, RELEASE, OUT_OF_IT, link(MEMBER, OUT))
    assert "which was taken out of the release on Wed 18 Nov and has no date" in one.summary


def test_silent_when_it_was_moved_to_another_date_or_never_was_in():
    later = version("Checkout 2", release="2027-01-15")
    moved = replace(OUT, milestones=(later.key,))
    assert not found(moved, MEMBER, RELEASE, later, OUT_OF_IT, link(MEMBER, moved))
    assert not found(OUT, MEMBER, RELEASE, link(MEMBER, OUT))
    assert not found(OUT, issue("PAY-8"), RELEASE, OUT_OF_IT, link(MEMBER, OUT))


def test_without_a_target_it_is_only_listed():
    (one,) = found(LED, replace(PAY, claims=()), link(PAY, LED))
    assert one.severity is Severity.LOW
    (dated,) = found(LED, PAY, link(PAY, LED))
    assert dated.severity is Severity.HIGH


def test_the_tier_counts_and_restriction_is_kept():
    wanted = declared("x", "jira:version=Checkout", tier="A")
    gone = replace(LED, restricted=True)
    (one,) = found(gone, MEMBER, RELEASE, link(MEMBER, gone), deliverables=(wanted,))
    assert (one.severity, one.restricted) == (Severity.CRITICAL, True)


def test_nobody_agrees_with_themselves():
    (one,) = found(replace(LED, assignee="ada"), PAY, link(PAY, LED))
    assert one.act.startswith("Ada: say whether PAY-7")


@pytest.mark.parametrize("scope", ["jira:LED", "jira:PAY"])
def test_stale_data_at_either_end_is_unknown(scope):
    answer = told(LED, PAY, link(PAY, LED), stale={scope: "2026-11-20"})
    assert (answer.findings, len(answer.unknown)) == ((), 1)
