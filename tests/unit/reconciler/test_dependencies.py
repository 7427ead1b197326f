"""Directions come from phrases, from either end, and from nothing else."""

import itertools
from dataclasses import replace

import pytest

from syncd.model.items import Kind, Phase
from syncd.model.links import Evidence, LinkDecision
from syncd.reconciler.resolve.phrases import LEXICON, OPPOSITE, Meaning
from syncd.reconciler.resolve.resolution import Certainty
from syncd.reconciler.view import Gating, View
from syncd.testing.builders import (
    at,
    config,
    event,
    implements,
    issue,
    key,
    link,
    parent_of,
    pull_request,
    snapshot,
    version,
)

A, B = issue("PAY-1"), issue("LED-2")
FS, FF = Gating.FINISH_START, Gating.FINISH_FINISH
EXPECTED = {
    Meaning.WAITS: [(B.key, A.key, FS)],
    Meaning.GATES: [(A.key, B.key, FS)],
    Meaning.CHILD: [(A.key, B.key, FF)],
    Meaning.PARENT: [(B.key, A.key, FF)],
    Meaning.TOGETHER: sorted([(A.key, B.key, FF), (B.key, A.key, FF)]),
    Meaning.DUPLICATE: [],
    Meaning.ORIGINAL: [],
    Meaning.NONE: [],
}


def view(*links, **settings):
    return View(snapshot(A, B, *links), config(**settings))


def edges(*links, **settings):
    return [(e.prerequisite, e.dependant, e.gating) for e in view(*links, **settings).dependencies]


@pytest.mark.parametrize("phrase", LEXICON)
def test_each_phrase_read_on_this_side(phrase):
    assert edges(link(A, B, phrase, "")) == EXPECTED[LEXICON[phrase]]


@pytest.mark.parametrize("phrase", LEXICON)
def test_each_phrase_read_on_the_other_side(phrase):
    """Only the far end's phrase is known, so this side means the opposite."""
    told = edges(link(A, B, "zzz", phrase))
    assert told == EXPECTED[OPPOSITE[LEXICON[phrase]]]


def test_every_pair_of_opposite_phrases_agrees():
    for (one, mine), (other, theirs) in itertools.product(LEXICON.items(), repeat=2):
        if one != other and OPPOSITE[mine] is theirs:
            assert edges(link(A, B, one, other)) == EXPECTED[mine]


def test_the_slot_of_the_type_plays_no_part():
    """Both variants of the same type occur in real trackers."""
    for outward in (True, False, None):
        found = edges(link(A, B, "depends on", "is depended on by", outward=outward))
        assert found == EXPECTED[Meaning.WAITS]


def test_case_spaces_and_curly_quotes_do_not_matter():
    assert edges(link(A, B, "  Can\u2019t  START until", "")) == EXPECTED[Meaning.WAITS]


@pytest.mark.parametrize(
    ("phrase", "inverse"),
    [
        ("Dependency", "Dependency"),
        ("depends on", "depends on"),
        ("blocks", "is required by"),
        ("is blocked by", "relates to"),
        ("feeds", "is fed by"),
        ("", ""),
    ],
)
def test_phrases_that_do_not_tell_give_no_edge_and_are_collected_once(phrase, inverse):
    found = view(
        link(A, B, phrase, inverse, id="1", type_id="7"),
        link(A, B, phrase, inverse, id="2", type_id="7"),
        link(B, A, inverse, phrase, id="1", type_id="7"),
    )
    assert found.dependencies == ()
    (unknown,) = found.unknown_link_types
    assert (unknown.source, unknown.type_id) == ("jira", "7")


def test_a_neutral_link_is_not_unknown():
    assert view(link(A, B, "relates to", "relates to")).unknown_link_types == ()


def test_both_ends_report_one_link():
    (edge,) = view(
        link(A, B, "is blocked by", "blocks", id="77"),
        link(B, A, "blocks", "is blocked by", id="77"),
    ).dependencies
    assert (edge.confidence, edge.explicit, edge.link_id) == (0.98, True, "77")
    assert [fact.text for fact in edge.facts] == ["LED-2 blocks PAY-1"]


def test_configuration_maps_a_type_by_its_outward_phrase():
    feeds = {"7": "blocks"}
    out = link(A, B, "feeds", "is fed by", type_id="7", outward=True)
    back = link(A, B, "is fed by", "feeds", type_id="7", outward=False)
    assert edges(out, link_types=feeds) == EXPECTED[Meaning.GATES]
    assert edges(back, link_types=feeds) == EXPECTED[Meaning.WAITS]


def test_a_mapped_type_whose_side_is_not_known_stays_unknown():
    out = link(A, B, "feeds", "is fed by", type_id="7")
    assert edges(out, link_types={"7": "blocks"}) == []


def test_configuration_maps_a_phrase():
    assert (
        edges(link(A, B, "feeds", "is fed by"), link_types={"Feeds": "blocks"})
        == (EXPECTED[Meaning.GATES])
    )
    assert (
        edges(link(A, B, "is fed by", "feeds"), link_types={"feeds": "blocks"})
        == (EXPECTED[Meaning.WAITS])
    )


@pytest.mark.parametrize("outward", [True, False])
def test_a_mapped_phrase_that_both_ends_share_is_read_by_its_side(outward):
    same = "Dependency"
    here = link(A, B, same, same, id="1", outward=outward)
    there = link(B, A, same, same, id="1", outward=not outward)
    expected = EXPECTED[Meaning.GATES if outward else Meaning.WAITS]
    for told in ([here], [there], [here, there]):
        assert edges(*told, link_types={same: "blocks"}) == expected
    assert edges(link(A, B, same, same), link_types={same: "blocks"}) == []


def test_configuration_wins_over_the_lexicon():
    told = link(A, B, "blocks", "is blocked by", type_id="7")
    assert edges(told, link_types={"7": "none"}) == []


def test_a_moved_key_leads_to_the_same_item():
    moved = issue("PAY-9", aliases=("OLD-5",))
    found = View(snapshot(A, moved, link(A, "OLD-5")), config()).dependencies
    assert [(e.prerequisite, e.dependant) for e in found] == [(moved.key, A.key)]


def test_a_current_key_wins_over_a_former_one():
    moved, now = issue("PAY-9", aliases=("OLD-5",)), issue("OLD-5")
    found = View(snapshot(A, moved, now, link(A, "OLD-5")), config()).dependencies
    assert [e.prerequisite for e in found] == [now.key]


def test_links_to_what_is_not_held_or_to_itself_are_nothing():
    assert edges(link(A, "XYZ-1"), link(A, A)) == []


def test_native_dependencies_and_parents():
    blocked = link(A, B, evidence=Evidence.BLOCKED_BY)
    assert edges(blocked) == EXPECTED[Meaning.WAITS]
    assert edges(parent_of(A, B)) == EXPECTED[Meaning.CHILD]


def test_a_parent_by_ref_and_by_link_is_one_edge():
    child = issue("PAY-3", parent="LED-2")
    (edge,) = View(snapshot(child, B, parent_of(child, B)), config()).dependencies
    assert (edge.prerequisite, edge.dependant, edge.gating) == (child.key, B.key, FF)
    assert edge.confidence == 0.98


def test_words_alone_are_suspected_only():
    (edge,) = view(link(A, B, "depends on", evidence=Evidence.WAITS_PHRASE)).dependencies
    assert (edge.prerequisite, edge.confidence, edge.explicit) == (B.key, 0.8, False)


def test_independent_evidence_combines():
    (edge,) = view(
        link(A, B), link(A, B, "depends on", evidence=Evidence.WAITS_PHRASE)
    ).dependencies
    assert (edge.confidence, edge.explicit) == (0.996, True)


def test_evidence_short_of_a_link_stays_below_certainty():
    """0.8 and 0.4 make 0.88; the same kind twice makes no more than once."""
    waits = link(A, B, "depends on", evidence=Evidence.WAITS_PHRASE)
    again = link(A, B, "needs", evidence=Evidence.WAITS_PHRASE)
    names = link(A, B, "", evidence=Evidence.CROSS_REFERENCE)
    assert [e.confidence for e in view(waits, again).dependencies] == [0.8]
    assert [e.confidence for e in view(waits, names).dependencies] == [0.88]


def test_of_opposite_directions_the_stronger_stays_and_tells_of_the_other():
    (edge,) = view(link(A, B), link(B, A, "needs", evidence=Evidence.WAITS_PHRASE)).dependencies
    assert edge.prerequisite == B.key
    assert edge.confidence == 0.98
    assert {fact.text for fact in edge.facts} == {"PAY-1 is blocked by LED-2", "LED-2 needs PAY-1"}


@pytest.mark.parametrize(
    ("mine", "theirs", "prerequisite"),
    [("2026-11-02", "2026-11-03", B), ("2026-11-03", "2026-11-02", A), (None, None, B)],
)
def test_of_opposite_words_those_that_were_said_first_stay(mine, theirs, prerequisite):
    words = {"evidence": Evidence.WAITS_PHRASE}
    one = link(A, B, "needs", set_at=mine and at(mine), **words)
    other = link(B, A, "needs", set_at=theirs and at(theirs), **words)
    (edge,) = view(one, other).dependencies
    assert edge.prerequisite == prerequisite.key
    assert {fact.text for fact in edge.facts} == {"PAY-1 needs LED-2", "LED-2 needs PAY-1"}


def test_two_stated_opposite_links_both_stay_for_the_cycle_rule():
    assert len(edges(link(A, B), link(B, A))) == 2


def test_facts_say_where_and_when():
    (edge,) = view(link(A, B, set_at=at("2026-11-02"))).dependencies
    (fact,) = edge.facts
    assert (fact.source, fact.url, fact.seen_at) == ("jira", A.url, at("2026-11-02"))


PULL = pull_request("acme/payments#4")


@pytest.mark.parametrize(
    ("evidence", "confidence"),
    [
        (Evidence.CLOSES, 0.97),
        (Evidence.TITLE, 0.92),
        (Evidence.BRANCH, 0.88),
        (Evidence.COMMIT, 0.80),
        (Evidence.BODY, 0.60),
    ],
)
def test_pull_requests_implement(evidence, confidence):
    found = View(snapshot(A, PULL, implements(PULL, A, evidence)), config())
    (one,) = found.implementations(A.key)
    assert (one.pull_request, one.confidence) == (PULL.key, confidence)
    (edge,) = found.dependencies
    assert (edge.prerequisite, edge.dependant) == (PULL.key, A.key)
    assert (edge.gating is FF) is (confidence >= 0.85)
    assert (" may implement " in edge.facts[0].text) is (edge.gating is not FF)
    assert (edge.certainty is Certainty.EXPLICIT) is (confidence >= 0.9)


def test_closing_words_off_the_default_branch_are_a_mention():
    side = pull_request("acme/payments#4", base="release", base_is_default=False)
    (one,) = View(snapshot(A, side, implements(side, A)), config()).implementations(A.key)
    assert one.confidence == 0.6


def test_a_revert_repeats_the_names_of_what_it_takes_back_and_implements_nothing():
    back = replace(PULL, is_revert=True)
    for evidence in (Evidence.TITLE, Evidence.BRANCH, Evidence.COMMIT, Evidence.BODY):
        assert not View(snapshot(A, back, implements(back, A, evidence)), config()).dependencies
    assert View(snapshot(A, back, implements(back, A)), config()).implementations(A.key)


def test_title_and_branch_together():
    both = [implements(PULL, A, e) for e in (Evidence.TITLE, Evidence.BRANCH)]
    (one,) = View(snapshot(A, PULL, *both), config()).implementations(A.key)
    assert one.confidence == 0.95


def test_the_surest_implementation_comes_first():
    other = pull_request("acme/payments#3")
    found = View(
        snapshot(A, PULL, other, implements(other, A, Evidence.BODY), implements(PULL, A)),
        config(),
    )
    assert [one.pull_request for one in found.implementations(A.key)] == [PULL.key, other.key]


def test_an_issue_that_names_an_issue_implements_nothing():
    assert view(link(A, B, "", evidence=Evidence.BODY)).implementations(B.key) == ()


def test_prerequisites_and_dependants():
    found = view(link(A, B))
    assert [edge.prerequisite for edge in found.prerequisites(A.key)] == [B.key]
    assert [edge.dependant for edge in found.dependants(B.key)] == [A.key]
    assert found.prerequisites(B.key) == ()


def test_the_near_item_must_be_held():
    ghost = issue("GONE-1", phase=Phase.DONE)
    assert View(snapshot(A, link(ghost, A)), config()).dependencies == ()
    assert key("GONE-1", kind=Kind.ISSUE) == ghost.key


def test_the_identity_at_the_far_end_wins_over_its_name():
    moved = link(A, B, id="1")
    named = type(moved)(id="1", near=A.key, far=B.key, far_ref="PAY-9", evidence=moved.evidence,
                        phrase="blocks")  # fmt: skip
    found = View(snapshot(A, B, issue("PAY-9"), named), config()).dependencies
    assert [e.dependant for e in found] == [B.key]


def test_of_two_items_with_one_name_that_of_the_same_source_is_meant():
    twin, near = issue("LED-2", source="jira2"), issue("PAY-7", source="jira2")
    found = View(snapshot(B, twin, near, link(near, "LED-2")), config()).dependencies
    assert [e.prerequisite for e in found] == [twin.key]


# certainty


def certainty(*links, **settings):
    return [edge.certainty for edge in view(*links, **settings).dependencies]


WAITS = link(A, B, "depends on", evidence=Evidence.WAITS_PHRASE)
NAMES = link(A, B, "", evidence=Evidence.CROSS_REFERENCE)


def test_what_is_stated_is_explicit_what_is_said_is_suspected_a_mention_is_context():
    assert certainty(link(A, B)) == [Certainty.EXPLICIT]
    assert certainty(WAITS) == [Certainty.SUSPECTED]
    assert certainty(NAMES) == [Certainty.CONTEXT]


def test_words_never_become_explicit_however_many_signs_come_together():
    release = version("2.0")
    two = [issue(ref, milestones=(release.key,)) for ref in ("PAY-1", "LED-2")]
    review = event("Planning", refs=("PAY-1", "LED-2"))
    told = View(snapshot(*two, release, review, WAITS, NAMES), config())
    (edge,) = told.dependencies
    assert edge.confidence == 0.9412
    assert (edge.certainty, edge.holds_up) == (Certainty.SUSPECTED, False)
    assert {fact.text for fact in edge.facts} == {
        "PAY-1 depends on LED-2", "PAY-1 names LED-2", "Both are in PAY 2.0",
        '"Planning" names both',
    }  # fmt: skip


def test_an_agenda_says_nothing_of_any_two_items_on_it():
    many = [issue(f"PAY-{n}") for n in range(3, 15)]
    agenda = event("Planning", refs=("PAY-1", "LED-2", *(one.ref for one in many)))
    (edge,) = View(snapshot(A, B, *many, agenda, WAITS), config()).dependencies
    assert edge.confidence == 0.8


def test_a_mention_takes_the_direction_that_others_give():
    back = link(B, A, "", evidence=Evidence.CROSS_REFERENCE)
    (edge,) = view(WAITS, back).dependencies
    assert (edge.prerequisite, edge.dependant, edge.confidence) == (B.key, A.key, 0.88)
    (edge,) = view(NAMES, back).dependencies
    assert (edge.confidence, edge.gating) == (0.4, Gating.NONE)


def test_a_part_stays_a_part_though_its_whole_says_that_it_needs_it():
    said = link(B, A, "needs", evidence=Evidence.WAITS_PHRASE)
    (edge,) = view(parent_of(A, B), said).dependencies
    assert (edge.gating, edge.certainty) == (FF, Certainty.EXPLICIT)


# what people decided


def decided(accepted):
    return LinkDecision(
        dependant=A.key, prerequisite=B.key, accepted=accepted, at=at("2026-11-20"), by="dana"
    )


def test_what_was_accepted_counts_as_stated():
    (edge,) = view(WAITS, decisions=(decided(True),)).dependencies
    assert edge.holds_up
    assert "PAY-1 waits for LED-2: accepted by dana" in [fact.text for fact in edge.facts]


def test_what_was_rejected_is_gone_both_ways_but_a_real_link_stays():
    back = link(B, A, "needs", evidence=Evidence.WAITS_PHRASE)
    assert view(WAITS, NAMES, back, decisions=(decided(False),)).dependencies == ()
    assert edges(link(A, B), WAITS, decisions=(decided(False),)) == EXPECTED[Meaning.WAITS]


# duplicates and hidden ends

OLD, NEW = issue("LED-5", phase=Phase.DROPPED), issue("LED-6")


def duplicates(one, other):
    return link(one, other, "duplicates", "is duplicated by")


@pytest.mark.parametrize(
    "told", [duplicates(OLD, NEW), link(NEW, OLD, "is duplicated by", "duplicates")]
)
def test_who_waits_for_a_duplicate_waits_for_the_original(told):
    found = View(snapshot(A, OLD, NEW, link(A, OLD), told), config())
    (edge,) = found.dependencies
    assert (edge.prerequisite, edge.dependant) == (NEW.key, A.key)
    assert edge.facts[0].text.endswith("LED-5, which was closed as a duplicate of LED-6")
    assert found.original(OLD.key) == NEW.key


def test_who_waits_for_a_duplicate_of_what_is_not_read_waits_for_something_unseen():
    told = link(OLD, "XYZ-1", "duplicates", "is duplicated by")
    found = View(snapshot(A, OLD, link(A, OLD), told), config())
    assert found.dependencies == ()
    (end,) = found.hidden_ends
    assert (end.dependant, end.ref) == (A.key, "XYZ-1")
    assert end.fact.text.endswith("LED-5, which was closed as a duplicate of XYZ-1")


def test_the_whole_of_a_duplicate_gets_no_new_part():
    found = View(snapshot(A, OLD, NEW, parent_of(OLD, A), duplicates(OLD, NEW)), config())
    assert [edge.prerequisite for edge in found.dependencies] == [OLD.key]


def test_an_open_duplicate_is_waited_for_itself():
    live = issue("LED-5")
    found = View(snapshot(A, live, NEW, link(A, live), duplicates(live, NEW)), config())
    assert [edge.prerequisite for edge in found.dependencies] == [live.key]


def test_duplicates_of_duplicates_lead_to_the_last_and_a_circle_of_them_ends():
    middle = issue("LED-6", phase=Phase.DROPPED)
    last = issue("LED-7")
    chain = [duplicates(OLD, middle), duplicates(middle, last)]
    found = View(snapshot(A, OLD, middle, last, link(A, OLD), *chain), config())
    assert [edge.prerequisite for edge in found.dependencies] == [last.key]
    circle = [duplicates(OLD, middle), duplicates(middle, OLD)]
    assert View(snapshot(A, OLD, middle, link(A, OLD), *circle), config()).dependencies


def test_prerequisites_that_are_not_held_are_told_of_once():
    twice = [link(A, "XYZ-1"), link(A, "XYZ-1", "depends on", id="2")]
    found = view(*twice, link(A, "XYZ-2", "blocks"), link(A, "XYZ-3", "relates to"))
    assert [(end.dependant, end.ref) for end in found.hidden_ends] == [(A.key, "XYZ-1")]
    native = link(A, "acme/secret#1", evidence=Evidence.BLOCKED_BY)
    assert [end.fact.text for end in view(native).hidden_ends] == [
        "PAY-1 is blocked by acme/secret#1"
    ]
