"""What operators are told of their data (§C4); source-stale has a file of its own."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.alerts.routing import is_service
from syncd.model.findings import Finding, Severity, Standing
from syncd.model.items import Phase
from syncd.model.snapshot import Freshness, Scope
from syncd.reconciler.engine import evaluate
from syncd.reconciler.rules import (
    clock_skew,
    mass_change,
    rule_demoted,
    source_emptied,
    source_stale,
    unknown_link_type,
    unknown_name,
    unmapped_status,
    unmapped_team,
)
from syncd.reconciler.rules.unmapped_team import Params
from syncd.testing.builders import AS_OF, config, declared, issue, link, snapshot, version

PAY, LED = Scope("jira", "PAY"), Scope("jira", "LED")


def told(rule, held, settings=None):
    found = evaluate(held, settings or config(), [rule.RULE])
    assert found.failures == ()
    return found


def findings(rule, *things, settings=None, **more):
    found = told(rule, snapshot(*things, **more), settings).findings
    assert all(is_service(one) for one in found)
    return found


def is_whole(found: Finding, severity: Severity) -> bool:
    assert (found.severity, found.standing) == (severity, Standing.NO_DATA)
    return all((found.act, found.clears, found.plain, found.facts, found.title))


@pytest.mark.parametrize(
    "rule",
    [
        clock_skew,
        mass_change,
        rule_demoted,
        source_emptied,
        unknown_link_type,
        unmapped_status,
        unmapped_team,
    ],
)
def test_an_empty_store_is_clear(rule):
    assert findings(rule) == ()


# unknown-link-type


def odd(n, phrase="is gated through", inverse="gates through", **more):
    one, other = issue(f"PAY-{n}"), issue(f"LED-{n}")
    return one, other, link(one, other, phrase, inverse, type_id="10003", outward=True, **more)


def test_a_type_of_link_that_nobody_can_read():
    one, other, there = odd(1)
    back = link(other, one, "gates through", "is gated through", type_id="10003", id=there.id)
    (found,) = findings(unknown_link_type, one, other, there, back, *odd(2))
    assert is_whole(found, Severity.LOW)
    assert (found.subject, found.discriminator) == ("source:jira", "10003")
    assert found.scopes == {PAY, LED}, (
        "where such links were read: it is not over while that is stale"
    )
    assert found.summary == (
        'What "gates through" / "is gated through" of jira means is not known, so 2 links of that '
        "type hold nothing up."
    )
    assert 'types = { "10003" = "blocks" }' in found.act


def test_each_type_is_told_once():
    other = issue("MOB-1")
    more = link(other, "PAY-1", "wobbles", "is wobbled by", type_id="10004")
    found = findings(unknown_link_type, *odd(1), other, more)
    assert [one.discriminator for one in found] == ["10003", "10004"]


def test_known_and_mapped_types_are_silent():
    assert findings(unknown_link_type, *odd(1, "relates to", "relates to")) == ()
    assert findings(unknown_link_type, *odd(1, "blocks", "is blocked by")) == ()
    for meaning in ("none", "blocks"):
        mapped = config(link_types={"10003": meaning})
        assert findings(unknown_link_type, *odd(1), settings=mapped) == ()


# unmapped-team


def dated(owned, bare):
    return [
        *(issue(f"PAY-{n}", due="2026-12-02") for n in range(owned)),
        *(issue(f"SEC-{n}", due="2026-12-02") for n in range(bare)),
    ]


def test_too_much_belongs_to_no_team():
    (found,) = findings(unmapped_team, *dated(8, 2))
    assert is_whole(found, Severity.LOW)
    assert found.subject == "source:jira"
    assert found.summary == (
        "2 of 10 open items of jira that have a date (20 %) belong to no team: SEC."
    )
    assert found.act == 'Let a team own it: owns = ["jira:SEC"] in its section [teams.NAME].'
    assert found.facts[0].text == "SEC: 2 items, such as SEC-0"
    assert found.facts[0].url


@pytest.mark.parametrize(("owned", "bare", "fires"), [(91, 9, 0), (90, 10, 0), (89, 11, 1)])
def test_more_than_a_tenth(owned, bare, fires):
    assert len(findings(unmapped_team, *dated(owned, bare))) == fires


@pytest.mark.parametrize(("owned", "bare", "holds"), [(96, 4, 0), (95, 5, 0), (94, 6, 1)])
def test_it_ends_half_way_back(owned, bare, holds):
    assert len(told(unmapped_team, snapshot(*dated(owned, bare))).holding) == holds


def test_the_share_can_be_set():
    mild = config(rules={"unmapped-team": {"share": 0.25}})
    assert findings(unmapped_team, *dated(8, 2), settings=mild) == ()
    assert Params().share == 0.10


def test_undated_closed_and_hidden_items_do_not_count():
    assert findings(unmapped_team, issue("SEC-1"), *dated(1, 0)) == ()
    assert findings(unmapped_team, issue("SEC-1", due="2026-12-02", phase=Phase.DONE)) == ()
    one = issue("SEC-1", due="2026-12-02")
    assert findings(unmapped_team, one, invisible=[one.key]) == ()


def test_an_inherited_date_counts():
    release = version("2.0", release="2026-12-02", scope="SEC")
    assert len(findings(unmapped_team, release, issue("SEC-1", milestones=(release.key,)))) == 1


def test_without_teams_nothing_is_missing():
    assert findings(unmapped_team, *dated(0, 5), settings=config(teams=())) == ()


def test_stale_data_tells_nothing():
    held = snapshot(*dated(8, 2), stale={"jira:SEC": "2026-11-20"})
    found = told(unmapped_team, held)
    assert found.findings == ()
    assert len(found.unknown) == 1


# unmapped-status


def unread(ref, state, **fields):
    return issue(ref, state=state, phase=fields.pop("phase", Phase.TODO), unmapped=True, **fields)


def test_states_that_nobody_knows():
    (found,) = findings(
        unmapped_status,
        unread("PAY-1", "Frobbed"),
        unread("PAY-2", "Frobbed"),
        unread("LED-1", "Zed"),
    )
    assert is_whole(found, Severity.LOW)
    assert found.subject == "source:jira"
    assert found.summary == (
        'What "Frobbed" and "Zed" of jira mean is not known, so 3 open items count as not begun.'
    )
    assert found.act == 'Set sources.jira.phases = { "Frobbed" = "active" } with what each means.'
    assert [fact.text for fact in found.facts] == [
        '"Frobbed": 2 items, such as PAY-1',
        '"Zed": 1 item, such as LED-1',
    ]
    assert found.facts[0].url
    (other,) = findings(unmapped_status, unread("PAY-1", "Frobbed"))
    assert other.fingerprint == found.fingerprint
    assert other.material != found.material


def test_mapped_closed_and_hidden_states_are_silent():
    assert findings(unmapped_status, issue("PAY-1")) == ()
    assert findings(unmapped_status, unread("PAY-1", "Frobbed", phase=Phase.DROPPED)) == ()
    one = unread("PAY-1", "Frobbed")
    assert findings(unmapped_status, one, invisible=[one.key]) == ()


# clock-skew


@pytest.mark.parametrize(
    ("seconds", "fires"), [(299, 0), (300, 0), (301, 1), (-300, 0), (-301, 1), (7200, 1)]
)
def test_clocks_more_than_five_minutes_apart(seconds, fires):
    held = replace(snapshot(issue("PAY-1")), skews={"jira": seconds})
    assert len(told(clock_skew, held).findings) == fires


def test_the_difference_that_does_no_harm_can_be_set():
    held = replace(snapshot(issue("PAY-1")), skews={"jira": 301})
    assert told(clock_skew, held, config(rules={"clock-skew": {"most": "6m"}})).findings == ()


def test_which_clock_is_ahead_is_said():
    held = replace(snapshot(issue("PAY-1")), skews={"jira": 420, "gone": 9999})
    (found,) = told(clock_skew, held).findings
    assert is_whole(found, Severity.MEDIUM)
    assert found.summary == "The clock of jira is 7 minutes ahead of that of this machine."
    held = replace(held, skews={"jira": -420})
    (behind,) = told(clock_skew, held).findings
    assert "7 minutes behind" in behind.summary
    assert behind.fingerprint == found.fingerprint
    stale = replace(held, freshness=(Freshness(scope=PAY, failing_since=AS_OF),))
    assert len(told(clock_skew, stale).findings) == 1


# source-emptied


def fresh(scope, lost=0, **more):
    return Freshness(
        scope=scope, succeeded_at=AS_OF, attempted_at=AS_OF, items=40, lost=lost, **more
    )


def with_freshness(*freshness):
    return replace(snapshot(), freshness=freshness)


def test_what_was_lost_later_is_not_told_of_a_past_day():
    later = fresh(PAY, 12, failing_since=AS_OF)
    held = with_freshness(replace(later, attempted_at=AS_OF + timedelta(minutes=1)))
    assert told(source_emptied, held).findings == ()


def test_a_listing_that_is_not_believed():
    held = with_freshness(fresh(LED), fresh(PAY, 12, failing_since=AS_OF, error="12 are missing"))
    (found,) = told(source_emptied, held).findings
    assert is_whole(found, Severity.HIGH)
    assert is_service(found)
    assert found.summary == (
        "12 items of jira (PAY) are missing from a complete listing: nothing counts as "
        "deleted, and the data stays as it was."
    )
    assert "syncd sync jira --full --accept-loss" in found.act
    assert found.facts[0].text == "jira:PAY: 12 items missing, of 40 that are held"
    assert found.facts[0].seen_at == AS_OF


def test_a_listing_that_is_believed_is_clear():
    assert told(source_emptied, with_freshness(fresh(PAY), fresh(LED))).findings == ()


def test_it_speaks_for_source_stale_of_the_same_parts():
    old = AS_OF - timedelta(hours=9)
    gone = replace(fresh(PAY, 12), succeeded_at=old, failing_since=old)
    both = [source_emptied.RULE, source_stale.RULE]
    found = evaluate(with_freshness(gone), config(), both)
    rules = {one.fingerprint: one.rule for one in found.findings}
    assert [(rules[one], rules[by]) for one, by in found.inhibited] == [
        ("source-stale", "source-emptied")
    ]
    more = replace(fresh(LED), succeeded_at=old, failing_since=old)
    assert evaluate(with_freshness(gone, more), config(), both).inhibited == ()


RELEASE = version("2.4.0", release="2026-12-18")
LATER, WORK = version("3.0"), issue("PAY-1", milestones=(RELEASE.key,))


def misnamed(*match, table="checkout", held=(RELEASE, LATER, WORK), freshness=None):
    settings = config(deliverables=(declared("checkout", *match, called=table),))
    found = snapshot(*held)
    return told(
        unknown_name, replace(found, freshness=freshness or (fresh(PAY), fresh(LED))), settings
    )


def test_a_name_that_nothing_has_is_told_with_the_nearest():
    (found,) = misnamed("jira:fixVersion=2.4.O", "jira:epic=PAY-1", table="launch").findings
    assert is_service(found)
    is_whole(found, Severity.LOW)
    assert found.summary == (
        'Nothing read of jira has the name "fixVersion=2.4.O" of [deliverables.launch]. '
        'Did you mean "fixVersion=2.4.0"?'
    )
    assert found.act.startswith('Correct "fixVersion=2.4.O" in match of [deliverables.launch]')


@pytest.mark.parametrize("selector", ["jira:epic=PAY-9", "jira:PAY-9", "jira:fixVersion=Autumn"])
def test_what_is_near_to_nothing_is_told_alone(selector):
    (found,) = misnamed(selector).findings
    assert "Did you mean" not in found.summary


def test_what_is_released_is_not_the_nearest():
    held = replace(RELEASE, state="released"), WORK
    (found,) = misnamed("jira:fixVersion=2.4.O", held=held).findings
    assert "Did you mean" not in found.summary


def test_each_name_is_told_once_whatever_its_tables_are_called():
    one, other = misnamed("jira:PAY-8", "jira:PAY-9").findings
    assert one.fingerprint != other.fingerprint
    (again,) = misnamed("jira:PAY-8", table="launch").findings
    assert again.fingerprint in {one.fingerprint, other.fingerprint}


@pytest.mark.parametrize(
    "selector", ["jira:fixVersion=2.4.0", "jira:PAY-1", "calendar:summary~'Go'"]
)
def test_names_of_something_and_of_events_are_silent(selector):
    assert misnamed(selector).findings == ()


def test_nothing_is_missed_of_what_is_done():
    done = replace(RELEASE, state="released")
    assert misnamed("jira:fixVersion=2.4.0", "jira:PAY-9", held=(done,)).findings == ()


@pytest.mark.parametrize(
    "freshness",
    [(fresh(PAY), replace(fresh(LED), succeeded_at=AS_OF - timedelta(days=2))),
     (fresh(Scope("github", "acme/app")),)],
    ids=["a part is not read", "nothing was read"],
)  # fmt: skip
def test_what_cannot_be_read_may_have_the_name(freshness):
    found = misnamed("jira:fixVersion=2.4.O", freshness=freshness)
    assert (found.findings, len(found.unknown)) == ((), 1)
