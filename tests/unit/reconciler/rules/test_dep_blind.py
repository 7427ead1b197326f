"""dep-blind: something waits for what cannot be read."""

from dataclasses import replace

import pytest

from syncd.model.findings import Severity, Standing
from syncd.model.items import Phase
from syncd.reconciler.engine import evaluate
from syncd.reconciler.rules.dep_blind import RULE
from syncd.testing.builders import config, issue, link, snapshot

PAY = issue("PAY-7", due="2026-12-11", title="Refund flow")


def told(*things, **how):
    answer = evaluate(snapshot(*things, **how), config(), [RULE])
    assert answer.failures == ()
    return answer


def test_the_whole_finding():
    (one,) = told(PAY, link(PAY, "SEC-2"), link(PAY, "SEC-1")).findings
    assert (one.subject, one.discriminator) == (str(PAY.key), "")
    assert (one.severity, one.standing) == (Severity.INFO, Standing.NO_DATA)
    assert one.summary == "Refund flow (PAY-7) waits for SEC-1 and SEC-2, which cannot be read."
    assert one.plain == "Refund flow waits for work that cannot be seen from here."
    assert "syncd doctor" in one.act
    assert one.clears
    assert [fact.text for fact in one.facts] == [
        "PAY-7 is blocked by SEC-1",
        "PAY-7 is blocked by SEC-2",
    ]


def test_what_became_invisible_counts_too():
    gone = issue("LED-1")
    (one,) = told(PAY, gone, link(PAY, gone), invisible=[gone.key]).findings
    assert one.summary == "Refund flow (PAY-7) waits for LED-1, which cannot be read."


def test_silent_for_what_is_held_and_for_what_waits_for_us():
    assert not told(PAY, issue("LED-1"), link(PAY, issue("LED-1"))).findings
    assert not told(PAY, link(PAY, "SEC-1", "blocks", "is blocked by")).findings
    assert not told(PAY, link(PAY, "SEC-1", "relates to", "relates to")).findings


@pytest.mark.parametrize("phase", [Phase.DONE, Phase.DROPPED])
def test_silent_when_it_is_closed(phase):
    assert not told(replace(PAY, phase=phase), link(PAY, "SEC-1")).findings


def test_silent_without_a_target():
    assert not told(issue("PAY-7"), link(PAY, "SEC-1")).findings


def test_unknown_while_part_of_the_source_was_not_read():
    answer = told(PAY, link(PAY, "SEC-1"), stale={"jira:SEC": None})
    assert answer.findings == ()
    assert [one.reason for one in answer.unknown] == ["part of jira could not be read"]
