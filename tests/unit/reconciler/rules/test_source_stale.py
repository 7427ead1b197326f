"""source-stale: a source that has not been read to its end for too long."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Severity, Standing
from syncd.model.snapshot import Freshness, Scope
from syncd.reconciler.engine import evaluate
from syncd.reconciler.rules.source_stale import RULE
from syncd.testing.builders import AS_OF, at, config, issue, snapshot

PAY, LED, WEB = Scope("jira", "PAY"), Scope("jira", "LED"), Scope("github", "acme/web")


def fresh(scope, minutes=0, **more):
    read = AS_OF - timedelta(minutes=minutes)
    return Freshness(scope=scope, succeeded_at=read, attempted_at=AS_OF, **more)


def found(*freshness, assume_fresh=False, **settings):
    held = replace(snapshot(), freshness=freshness)
    told = evaluate(held, config(**settings), [RULE], assume_fresh=assume_fresh)
    assert (told.failures, told.unknown) == ((), ())
    return told.findings


def failing(scope, minutes, **more):
    since = AS_OF - timedelta(minutes=minutes)
    return fresh(scope, minutes, failing_since=since, **more)


def test_the_whole_finding():
    (one,) = found(
        failing(PAY, 4320, error="the server did not answer.", items=501),
        failing(LED, 60, error="the server did not answer.", items=20),
        fresh(Scope("jira", "MOB"), items=7),
    )
    assert one.subject == "source:jira"
    assert (one.severity, one.standing) == (Severity.HIGH, Standing.NO_DATA)
    assert one.summary == (
        "jira (LED and PAY) was last read completely on Fri 20 Nov 08:00 UTC: "
        "the server did not answer; until it is read again, "
        "what these parts say (521 items) opens or clears no alert."
    )
    assert "syncd doctor" in one.act
    assert one.clears
    assert one.scopes == {PAY, LED}
    assert [fact.text for fact in one.facts] == [
        "jira:LED: last read to its end on Mon 23 Nov 07:00 UTC; the server did not answer.",
        "jira:PAY: last read to its end on Fri 20 Nov 08:00 UTC; the server did not answer.",
    ]
    assert one.facts[0].seen_at == AS_OF


def test_a_part_that_was_never_read_says_nothing_that_could_count():
    away = Freshness(scope=Scope("jira", "jira.csv"), error="no file at jira.csv")
    (one,) = found(away, fresh(LED, items=20))
    assert one.summary == (
        "jira (jira.csv) was never read completely: no file at jira.csv; "
        "until it is, nothing of it is known."
    )
    (one,) = found(away, failing(PAY, 4320, items=5), fresh(LED, items=20))
    assert "was last read completely on Fri 20 Nov 08:00 UTC or never" in one.summary


@pytest.mark.parametrize(("minutes", "fires"), [(44, False), (45, False), (46, True)])
def test_three_intervals(minutes, fires):
    assert bool(found(fresh(PAY, minutes))) is fires
    assert bool(found(failing(PAY, minutes))) is fires


@pytest.mark.parametrize(("minutes", "fires"), [(180, False), (181, True)])
def test_the_interval_of_the_source_counts(minutes, fires):
    hourly = {"jira": timedelta(hours=1)}
    assert bool(found(fresh(PAY, minutes), intervals=hourly)) is fires


def test_more_patience_can_be_set():
    rules = {"source-stale": {"intervals": 5}}
    assert not found(fresh(PAY, 75), rules=rules)
    assert found(fresh(PAY, 76), rules=rules)


def test_never_read_is_told_at_once():
    (one,) = found(Freshness(scope=PAY, error="the token was refused", failing_since=AS_OF))
    assert one.summary == (
        "jira was never read completely: the token was refused; until it is read again, "
        "what it says opens or clears no alert."
    )


def test_one_finding_for_each_source_and_the_same_one_next_time():
    first = found(failing(PAY, 60), failing(WEB, 60))
    assert [one.subject for one in first] == ["source:github", "source:jira"]
    later = found(failing(PAY, 90), failing(LED, 90), failing(WEB, 60))
    assert [one.fingerprint for one in first] == [one.fingerprint for one in later]
    assert [a.material == b.material for a, b in zip(first, later, strict=True)] == [True, False]


def test_a_wait_that_was_asked_for_is_said_in_the_zone_of_the_organisation():
    berlin = WorkingCalendar(zone="Europe/Berlin")
    (one,) = found(failing(PAY, 60, retry_at=at("2026-11-23 09:30")), calendar=berlin)
    assert "asks to wait until Mon 23 Nov 10:30 CET" in one.facts[0].text


def test_parts_that_stand_alike_are_one_line_of_evidence():
    (one,) = found(failing(PAY, 60), failing(LED, 60))
    assert [fact.text.partition(":")[0] for fact in one.facts] == ["jira"]
    assert one.facts[0].text.startswith("jira:LED and jira:PAY: last read to its end on")
    (one,) = found(failing(PAY, 60), failing(LED, 90))
    assert len(one.facts) == 2


def test_nothing_is_told_of_a_reading_of_the_past():
    assert not found(failing(PAY, 5000), assume_fresh=True)


def test_people_see_no_scopes_in_the_plain_words():
    (one,) = found(failing(PAY, 60))
    assert "PAY" not in one.plain


def test_a_source_that_is_read_in_part_is_not_told_to_be_old_for_items_of_elsewhere():
    held = replace(snapshot(issue("OLD-1")), freshness=(failing(PAY, 4320, items=5), fresh(LED)))
    (one,) = evaluate(held, config(), [RULE]).findings
    assert one.summary.startswith("jira (PAY) was last read completely")
    assert "what these parts say (5 items) opens or clears no alert" in one.summary
