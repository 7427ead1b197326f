"""dep-cycle: items that wait for each other in a circle."""

from dataclasses import replace
from itertools import pairwise

import pytest

from syncd.model.findings import Severity
from syncd.model.items import Level, Phase
from syncd.model.links import Evidence
from syncd.reconciler.engine import evaluate
from syncd.reconciler.rules.dep_cycle import RULE
from syncd.reconciler.rules.dep_inversion import RULE as DEP_INVERSION
from syncd.reconciler.view import View
from syncd.testing.builders import at, config, issue, link, parent_of, snapshot, version

A, B, C = issue("LED-1", title="API"), issue("MOB-2"), issue("PAY-3")


def found(*things, **settings):
    told = evaluate(snapshot(*things), config(**settings), [RULE])
    assert told.failures == ()
    return told.findings


def test_the_whole_finding():
    (one,) = found(A, B, C, link(A, B), link(B, C), link(C, A, set_at=at("2026-11-02")))
    assert one.subject == str(A.key)
    assert one.summary == (
        "PAY-3 waits for LED-1 waits for MOB-2 waits for PAY-3, so none can be finished first."
    )
    assert one.act == (
        "Payments: take away the link by which PAY-3 waits for LED-1, or one of the others."
    )
    assert one.owner == "team:payments"
    assert one.plain == (
        "3 pieces of work, API among them, wait for each other, so none can be finished first."
    )
    assert one.clears
    assert one.url == A.url
    assert set(one.teams) == {"ledger", "mobile", "payments"}
    assert {str(scope) for scope in one.scopes} == {"jira:LED", "jira:MOB", "jira:PAY"}
    assert sorted(fact.text for fact in one.facts) == [
        "LED-1 is blocked by MOB-2",
        "MOB-2 is blocked by PAY-3",
        "PAY-3 is blocked by LED-1",
    ]
    assert one.material == "\n".join(str(item.key) for item in (A, B, C))


def test_the_link_stated_last_is_the_weakest():
    for last, near, far in ((0, "LED-1", "MOB-2"), (1, "MOB-2", "PAY-3"), (2, "PAY-3", "LED-1")):
        pairs = ((A, B), (B, C), (C, A))
        links = [
            link(*pair, set_at=at("2026-11-20" if i == last else "2026-10-01"))
            for i, pair in enumerate(pairs)
        ]
        (one,) = found(A, B, C, *links)
        assert f"by which {near} waits for {far}" in one.act


def test_of_equal_links_the_one_named_is_the_one_that_no_date_is_pushed_along():
    ring = A, B, C, link(A, B), link(B, C), link(C, A)
    ((before, after, *_),) = View(snapshot(*ring), config()).plan.cut
    (one,) = found(*ring)
    names = {thing.key: thing.ref for thing in (A, B, C)}
    assert f"by which {names[after]} waits for {names[before]}" in one.act


def test_the_less_sure_link_is_weaker_than_the_newer_one():
    twice = (
        link(A, B, set_at=at("2026-11-20")),
        link(A, B, "needs", evidence=Evidence.WAITS_PHRASE),
    )
    (one,) = found(A, B, *twice, link(B, A, set_at=at("2026-10-01")))
    assert "by which MOB-2 waits for LED-1" in one.act


def test_the_shortest_circle_is_shown_and_the_rest_counted():
    extra = [issue(f"PAY-{n}") for n in (7, 8)]
    links = [link(A, B, set_at=at("2026-11-20")), link(B, A), link(B, extra[0])]
    links += [link(extra[0], extra[1]), link(extra[1], A)]
    (one,) = found(A, B, *extra, *links)
    assert one.summary == (
        "LED-1 waits for MOB-2 waits for LED-1, with 2 more items entangled, "
        "so none can be finished first."
    )


def test_a_chain_is_no_circle():
    assert not found(A, B, C, link(A, B), link(B, C), link(A, C))


@pytest.mark.parametrize("phase", [Phase.DONE, Phase.DROPPED])
def test_silent_when_one_of_them_is_closed(phase):
    assert not found(A, replace(B, phase=phase), link(A, B), link(B, A))


def test_silent_when_a_link_is_only_suspected_or_neutral():
    said = link(B, A, "depends on", evidence=Evidence.WAITS_PHRASE)
    assert not found(A, B, link(A, B), said)
    assert not found(A, B, link(A, B), link(B, A, "relates to", "relates to"))
    assert not found(A, B, link(A, B), link(B, A, explicit=False))


def test_two_circles_are_two_findings():
    d, e = issue("PAY-8"), issue("PAY-9")
    assert len(found(A, B, d, e, link(A, B), link(B, A), link(d, e), link(e, d))) == 2


def test_a_part_that_waits_for_its_whole():
    whole = issue("PAY-1", level=Level.EPIC, title="Checkout")
    part = issue("PAY-2", parent="PAY-1")
    (one,) = found(whole, part, link(part, whole))
    assert one.summary == (
        "PAY-2 waits for PAY-1, of which it is a part, so neither can be finished first."
    )
    assert "by which PAY-2 waits for PAY-1" in one.act
    assert one.severity is Severity.MEDIUM


def test_a_whole_that_waits_for_its_part_is_as_it_should_be():
    whole, part = issue("PAY-1", level=Level.EPIC), issue("PAY-2", parent="PAY-1")
    assert not found(whole, part, link(whole, part), parent_of(part, whole))


def test_finishing_together_is_no_circle():
    assert not found(
        A, B, link(A, B, "has to be finished together with", "has to be finished together with")
    )


def test_parents_in_a_circle_are_told_once():
    one, other = issue("PAY-1", parent="PAY-2"), issue("PAY-2", parent="PAY-1", assignee="ada")
    (told,) = found(one, other, parent_of(one, other), parent_of(other, one))
    assert (told.subject, told.discriminator) == (str(one.key), "parents")
    assert told.summary == "PAY-1 is part of PAY-2 is part of PAY-1, so none can be finished first."
    assert told.act == "Payments: give PAY-1 another parent, or none."
    assert {fact.text for fact in told.facts} == {
        "PAY-1 is part of PAY-2", "PAY-2 is part of PAY-1"
    }  # fmt: skip
    assert told.severity is Severity.MEDIUM


def test_a_longer_circle_of_parents_with_children_and_a_link_inside_is_one_finding():
    ring = [issue(f"PAY-{n}", parent=f"PAY-{n % 3 + 1}") for n in (1, 2, 3)]
    child = issue("PAY-9", parent="PAY-2")
    (told,) = found(*ring, child)
    assert told.summary.startswith("PAY-1 is part of PAY-2 is part of PAY-3 is part of PAY-1")


def test_parents_in_a_circle_are_no_matter_once_one_is_closed():
    one, other = issue("PAY-1", parent="PAY-2"), issue("PAY-2", parent="PAY-1", phase=Phase.DONE)
    assert not found(one, other)


def test_severity():
    mine, other = issue("LED-7"), issue("LED-8")
    assert found(mine, other, link(mine, other), link(other, mine))[0].severity is Severity.MEDIUM
    assert found(A, B, link(A, B), link(B, A))[0].severity is Severity.HIGH
    wide = found(A, B, C, link(A, B), link(B, C), link(C, A))
    assert wide[0].severity is Severity.CRITICAL


def test_what_waits_for_the_circle_is_pushed():
    after = issue("PAY-5", due="2026-12-09")
    (one,) = found(A, B, after, link(A, B), link(B, A), link(after, B))
    assert [push.ref for push in one.pushes] == ["PAY-5"]
    assert one.summary.endswith("; PAY-5 waits for it.")


def test_the_smallest_key_is_the_identity_whatever_joins():
    (small,) = found(A, B, link(A, B), link(B, A))
    (large,) = found(A, B, C, link(A, B), link(B, A), link(C, A), link(A, C))
    assert small.fingerprint == large.fingerprint
    assert small.material != large.material


def ring(count):
    """`count` items that wait for each other in one circle."""
    items = [issue(f"PAY-{n}") for n in range(count)]
    return [*items, *(link(one, other) for one, other in pairwise([*items, items[0]]))]


def lines(count):
    (one,) = found(*ring(count))
    assert len(one.encloses) == count
    return set(one.material.split("\n"))


def test_in_a_small_knot_each_that_joins_is_news_in_a_large_one_a_doubling():
    assert len(lines(50) - lines(49)) == 1
    assert lines(63) == lines(51)
    assert lines(64) - lines(63) == {"64"}
    assert lines(63) < lines(64) == lines(127)


def test_it_speaks_for_inversions_inside():
    v = version("Checkout", release="2026-12-11")
    late, early = issue("LED-1", due="2026-12-09"), issue("PAY-3", due="2026-12-02")
    told = evaluate(
        snapshot(v, late, early, link(early, late), link(late, early)),
        config(),
        [RULE, DEP_INVERSION],
    )
    names = {one.fingerprint: one.rule for one in told.findings}
    assert [(names[victim], names[root]) for victim, root in told.inhibited] == [
        ("dep-inversion", "dep-cycle")
    ]


def test_a_restricted_member_restricts_it():
    hidden = replace(B, restricted=True)
    assert found(A, hidden, link(A, hidden), link(hidden, A))[0].restricted


def test_a_very_long_circle():
    ring = [issue(f"PAY-{n}") for n in range(3000)]
    links = [link(one, other) for one, other in zip(ring, [*ring[1:], ring[0]], strict=True)]
    (one,) = found(*ring, *links)
    assert one.summary.endswith(
        "PAY-8 waits for PAY-9 and so on over 2 989 more items, back to PAY-2999, so none can be "
        "finished first."
    )
    assert (len(one.facts), one.facts[-1].text) == (13, "and 2 988 more links")


@pytest.mark.parametrize(("count", "is_cut"), [(11, False), (12, True)])
def test_a_circle_is_written_out_as_far_as_a_line_goes(count, is_cut):
    ring = [issue(f"PAY-{n}") for n in range(count)]
    links = [link(one, other) for one, other in zip(ring, [*ring[1:], ring[0]], strict=True)]
    (one,) = found(*ring, *links)
    assert ("more item" in one.summary) is is_cut
    assert one.summary.count("PAY-") == 12


def test_a_circle_does_not_end_because_a_member_cannot_be_seen_any_more():
    held = snapshot(A, B, link(A, B), link(B, A), invisible=[B.key])
    assert [one.rule for one in evaluate(held, config(), [RULE]).findings] == ["dep-cycle"]
