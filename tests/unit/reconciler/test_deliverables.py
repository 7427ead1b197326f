"""The units that are promised: found, declared, bound, with members and a target."""

from dataclasses import replace
from datetime import date

import pytest

from syncd.errors import ConfigError
from syncd.model.items import Level, Phase
from syncd.model.links import Evidence
from syncd.reconciler.config import EventPatterns
from syncd.reconciler.resolve.binding import normalised
from syncd.reconciler.view import View
from syncd.testing.builders import (
    at,
    change,
    config,
    declared,
    event,
    github_milestone,
    implements,
    issue,
    link,
    person,
    program,
    pull_request,
    snapshot,
    sprint,
    version,
)

V = version("Checkout 2.0", release="2026-12-11")


def view(*things, **settings):
    return View(snapshot(*things), config(**settings))


def found(*things, **settings):
    return {d.name: d for d in view(*things, **settings).deliverables}


def refs(view_, keys):
    return [view_.item(key).ref for key in keys]


def members(*things, **settings):
    view_ = view(*things, **settings)
    return refs(view_, view_.deliverables[0].members)


# found


def test_what_is_found():
    epic = issue("PAY-9", level=Level.EPIC, due="2026-12-18", title="Refunds")
    run = sprint(end="2026-12-04")
    milestone = github_milestone("Ledger API", due="2026-12-09")
    tiers = {name: d.tier for name, d in found(V, epic, run, milestone).items()}
    assert tiers == {"Checkout 2.0": "B", "Refunds": "B", "Sprint 41": "C", "Ledger API": "B"}


@pytest.mark.parametrize(
    "thing",
    [
        version("2.0"),
        version("2.0", release="2026-12-11", state="released"),
        version("2.0", release="2026-12-11", state="archived"),
        github_milestone("2.0"),
        github_milestone("2.0", due="2026-12-11", state="closed"),
        sprint(end="2026-12-04", state="planned"),
        issue("PAY-9", level=Level.EPIC),
        issue("PAY-9", level=Level.EPIC, due="2026-12-11", phase=Phase.DONE),
        issue("PAY-1", due="2026-12-11"),
    ],
)
def test_what_is_not_found(thing):
    assert found(thing) == {}


def test_a_name_that_is_but_a_number_carries_its_project():
    assert list(found(version("2.0", release="2026-12-11"))) == ["PAY 2.0"]


def test_a_found_one_is_named_by_its_identity():
    (one,) = view(V).deliverables
    assert one.id == str(V.key)
    assert one.subject == f"deliverable:{V.key}"
    assert not one.declared


@pytest.mark.parametrize(
    ("release", "phase", "touched", "is_there"),
    [
        ("2026-11-20", Phase.DONE, "2026-08-31", False),
        ("2026-11-20", Phase.DONE, "2026-09-01", True),
        ("2026-11-20", Phase.TODO, "2026-08-31", True),
        ("2026-11-23", Phase.DONE, "2026-08-31", True),
    ],
)
def test_past_its_day_without_open_work_or_a_change_for_sixty_days_it_is_forgotten(
    release, phase, touched, is_there
):
    old = version("Checkout 2.0", release=release, updated_at=at(touched))
    member = issue("PAY-1", milestones=(old.key,), phase=phase, updated_at=at(touched))
    assert bool(found(old, member)) is is_there


# binding


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Release v1.2", ("1.2",)),
        ("1.2", ("1.2",)),
        ("Checkout Launch", ("checkout",)),
        ("CHECKOUT-v3", ("checkout", "3")),
        ("checkout-3-rc", ("checkout", "3", "rc")),
        ("Checkout 2.0 iOS", ("checkout", "2.0", "ios")),
        ("Ⅳ ﬁrst", ("iv", "first")),
        ("Release", ()),
    ],
)
def test_normalised_names(name, words):
    assert normalised(name) == words


SAME = github_milestone("Checkout v2.0", due="2026-12-10", scope="acme/web")
MAPPED = {"github:acme/web": "jira:PAY"}


def bound(*things, **settings):
    view_ = view(*things, **settings)
    return sorted(refs(view_, d.bound) for d in view_.deliverables)


def test_the_same_name_in_a_mapped_repository_is_one_thing():
    assert bound(V, SAME, mapped_repos=MAPPED) == [["PAY Checkout 2.0", SAME.ref]]


def test_the_same_name_alone_is_not_enough():
    assert len(bound(V, SAME)) == 2


def test_what_is_renamed_in_one_tool_stays_one_thing_until_another_has_its_name():
    renamed = version("Relaunch", release="2026-12-11")
    told = change(renamed, "title", "Checkout 2.0", "Relaunch", "2026-11-10")
    assert bound(renamed, told, SAME, mapped_repos=MAPPED) == [["PAY Relaunch", SAME.ref]]
    assert bound(renamed, told, SAME) == [["PAY Relaunch"], [SAME.ref]]
    apart = [["PAY Checkout 2.0", SAME.ref], ["PAY Relaunch"]]
    assert bound(renamed, told, SAME, V, mapped_repos=MAPPED) == apart
    other = replace(SAME, name="Relaunch")
    back = change(other, "title", "Checkout 2.0", "Relaunch", "2026-11-10")
    assert bound(V, other, back, mapped_repos=MAPPED) == [["PAY Checkout 2.0", SAME.ref]]


@pytest.mark.parametrize(("day", "count"), [("2026-11-09", 1), ("2026-11-11", 2)])
def test_what_got_a_name_after_another_had_lost_it_was_never_the_same(day, count):
    """The next launch is called as this one was."""
    renamed = version("Relaunch", release="2026-12-11")
    told = change(renamed, "title", "Checkout 2.0", "Relaunch", "2026-11-10")
    named = change(SAME, "title", "Backlog", SAME.name, day)
    assert len(bound(renamed, told, SAME, named, mapped_repos=MAPPED)) == count
    seen = snapshot(renamed, told, SAME, first_seen={SAME.key: at(day)})
    assert len(View(seen, config(mapped_repos=MAPPED)).deliverables) == count


def test_one_team_that_owns_both_maps_them():
    same = github_milestone("Checkout v2.0", due="2026-12-10", scope="acme/payments")
    assert len(bound(V, same)) == 1


@pytest.mark.parametrize(
    "name", ["Checkout 2.0 rc", "Checkout 2.1", "Checkout", "iOS Checkout 2.0"]
)
def test_qualifiers_and_digits_tell_apart(name):
    other = github_milestone(name, due="2026-12-10", scope="acme/web")
    assert len(bound(V, other, mapped_repos=MAPPED)) == 2


def test_two_equal_candidates_are_no_binding():
    other = github_milestone("Checkout 2.0", due="2026-12-10", scope="acme/app")
    both = MAPPED | {"github:acme/app": "jira:PAY"}
    assert len(bound(V, SAME, other, mapped_repos=both)) == 3


def test_a_key_in_the_name_binds():
    epic = issue("LED-9", level=Level.EPIC, due="2026-12-10", title="Ledger API")
    named = github_milestone("LED-9 API", due="2026-12-10", scope="acme/web")
    assert bound(epic, named) == [["LED-9", named.ref]]


ADDRESSES = (
    "https://tracker.test/projects/PAY/versions/1",
    "https://tracker.test/acme/web/milestone/3",
)


def test_the_address_of_one_in_what_describes_the_other_binds():
    release = version("Winter", release="2026-12-11", url=ADDRESSES[0])
    other = github_milestone("Basket", due="2026-12-10", scope="acme/web", url=ADDRESSES[1])
    for near, far in ((release, ADDRESSES[1]), (other, ADDRESSES[0])):
        says = link(near, far, evidence=Evidence.CROSS_REFERENCE)
        assert bound(release, other, says) == [[release.ref, other.ref]]
        assert view(release, other, says).dependencies == ()


def test_the_addresses_of_two_bind_none():
    release = version("Winter", release="2026-12-11", url=ADDRESSES[0])
    two = [
        github_milestone(name, due="2026-12-10", scope=f"acme/{name}", url=f"https://x.test/{name}")
        for name in ("web", "app")
    ]
    says = [link(release, one.url, evidence=Evidence.CROSS_REFERENCE) for one in two]
    assert len(bound(release, *two, *says)) == 3


def test_a_milestone_without_a_date_joins_but_is_nothing_by_itself():
    undated = github_milestone("Checkout 2.0", scope="acme/web")
    assert bound(V, undated, mapped_repos=MAPPED) == [["PAY Checkout 2.0", undated.ref]]
    assert bound(undated) == []


# declared


def test_a_declared_one_binds_what_its_selectors_name():
    epic = issue("REL-1", level=Level.EPIC, due="2026-12-11")
    milestone = github_milestone("2.0 web", due="2026-12-10")
    wanted = declared(
        "checkout",
        "jira:fixVersion=checkout 2.0",
        "jira:epic=REL-1",
        "github:milestone=2.0 web",
        "calendar:summary~'launch checkout'",
        tier="A",
        gates=("calendar:summary~'go / no-go'",),
    )
    launch = event("Launch party for checkout", "2026-12-11")
    gate = event("Go / no-go", "2026-12-08")
    view_ = view(V, epic, milestone, launch, gate, deliverables=(wanted,))
    (one,) = view_.deliverables
    assert (one.id, one.tier, one.declared) == ("checkout", "A", True)
    assert refs(view_, one.bound) == [V.ref, "REL-1", milestone.ref, launch.ref]
    assert one.gates == (gate.key,)
    assert one.events == (launch.key,)


def test_a_declared_one_that_matches_nothing_is_still_there():
    (one,) = view(
        deliverables=(declared("x", "jira:version=None", target=date(2026, 12, 1)),)
    ).deliverables
    assert one.bound == ()
    assert one.target.day == date(2026, 12, 1)
    assert one.target.authority == "config"
    assert not one.done


RENAMED = version("Checkout 3", release="2026-12-11")
TO_3 = change(RENAMED, "title", "Checkout 2.0", "Checkout 3", "2026-11-10")


@pytest.mark.parametrize("name", ["checkout 2.0", "PAY Checkout 2.0", "Checkout 3"])
def test_what_was_renamed_is_still_meant(name):
    wanted = declared("checkout", f"jira:fixVersion={name}")
    (one,) = view(RENAMED, TO_3, deliverables=(wanted,)).deliverables
    assert (one.bound, one.lacking) == ((RENAMED.key,), ())


def test_a_name_that_was_given_away_means_who_has_it_now_or_had_it_last():
    """A date that slips often takes all names along: 2.0 becomes 2.1, and another one is 2.0."""
    wanted = declared("checkout", "jira:fixVersion=Checkout 2.0")
    (one, _) = view(RENAMED, V, TO_3, deliverables=(wanted,)).deliverables
    assert one.bound == (V.key,)
    last = version("Checkout 4", release="2026-12-18")
    later = change(last, "title", "Checkout 2.0", "Checkout 4", "2026-11-17")
    (one, _) = view(RENAMED, last, TO_3, later, deliverables=(wanted,)).deliverables
    assert one.bound == (last.key,)


@pytest.mark.parametrize(("state", "is_meant"), [("planned", True), ("released", False)])
def test_what_had_the_name_in_one_project_while_another_has_it_is_meant_until_it_is_out(
    state, is_meant
):
    """Teams that release their "Next" call it by a number then."""
    other = version("Checkout 2.0", release="2026-12-11", scope="LED")
    out = replace(RENAMED, state=state)
    wanted = declared("checkout", "jira:fixVersion=Checkout 2.0")
    one = view(out, TO_3, other, deliverables=(wanted,)).deliverables[0]
    assert set(one.bound) == ({other.key, out.key} if is_meant else {other.key})


def test_what_is_declared_by_the_name_that_it_has_is_not_what_had_it():
    """The new name was declared, and the old one forgotten there."""
    old = declared("old", "jira:fixVersion=Checkout 2.0")
    new = declared("new", "jira:fixVersion=Checkout 3")
    for order in ((old, new), (new, old)):
        found = view(RENAMED, TO_3, deliverables=order).deliverables
        assert {one.id: (one.bound, one.lacking) for one in found} == {
            "old": ((), ("jira:fixVersion=Checkout 2.0",)),
            "new": ((RENAMED.key,), ()),
        }


def test_a_pattern_tells_what_names_are_like_now():
    wanted = declared("checkout", "jira:fixVersion~'Checkout 2.0'")
    (one, _) = view(RENAMED, TO_3, deliverables=(wanted,)).deliverables
    assert (one.bound, one.lacking) == ((), ("jira:fixVersion~'Checkout 2.0'",))


@pytest.mark.parametrize("selector", ["checkout", "jira:colour=red", "calendar:", ""])
def test_a_selector_that_means_nothing_is_a_configuration_error(selector):
    with pytest.raises(ConfigError) as error:
        view(V, deliverables=(declared("x", selector),))
    assert "jira:fixVersion=NAME" in error.value.hint


def test_one_item_belongs_to_one_declared_deliverable():
    one, other = (
        declared("a", "jira:version=Checkout 2.0"),
        declared("b", "jira:version=Checkout 2.0"),
    )
    first, second = view(V, deliverables=(one, other)).deliverables
    assert (first.bound, second.bound) == ((V.key,), ())


def test_what_was_declared_apart_stays_apart_whatever_its_name():
    wanted = (declared("a", "jira:version=Checkout 2.0"), declared("b", f"github:{SAME.ref}"))
    given = {"mapped_repos": MAPPED, "deliverables": wanted}
    assert bound(V, SAME, **given) == sorted([[V.ref], [SAME.ref]])


def test_done_when_all_that_it_is_bound_to_is_closed():
    released = version("Checkout 2.0", release="2026-11-11", state="released")
    wanted = declared("x", "jira:version=Checkout 2.0")
    assert view(released, deliverables=(wanted,)).deliverables[0].done
    assert not view(V, deliverables=(wanted,)).deliverables[0].done


# programs


def test_a_program_lists_versions_of_one_name_as_one_thing():
    led = version("checkout 2.0", release="2026-12-12", scope="LED")
    plan = program("launch", teams=("mobile",), milestones=("jira:fixVersion=checkout 2.0",))
    (one,) = view(V, led, programs=(plan,)).deliverables
    assert one.bound == (led.key, V.key)
    assert one.programs == ("launch",)
    assert one.target.day == date(2026, 12, 11)


def test_a_plain_issue_in_a_listed_version_is_a_member_not_a_deliverable():
    release = issue("REL-1", milestones=(V.key,), due="2026-12-11")
    plan = program("launch", milestones=("jira:fixVersion=Checkout 2.0", "jira:REL-1"))
    (one,) = view(V, release, programs=(plan,)).deliverables
    assert one.members == (release.key,)


def test_an_event_that_a_program_lists_is_its_gate():
    plan = program(
        "launch", milestones=("jira:fixVersion=Checkout 2.0", "calendar:summary~'go / no-go'")
    )
    gate = event("Friday go / no-go", "2026-12-08")
    (one,) = view(V, gate, programs=(plan,)).deliverables
    assert one.gates == (gate.key,)


def test_an_event_of_a_program_with_two_unrelated_deliverables_is_nobody_s():
    other = version("Refunds 1", release="2026-12-20", scope="LED")
    plan = program(
        "launch",
        milestones=(
            "jira:fixVersion=Checkout 2.0", "jira:fixVersion=Refunds 1", "calendar:summary~'no-go'",
        ),
    )  # fmt: skip
    assert all(
        not d.gates for d in view(V, other, event("Go / no-go"), programs=(plan,)).deliverables
    )


def test_else_programs_are_those_of_the_teams():
    plan = program("launch", teams=("payments", "mobile"))
    assert view(V, programs=(plan,)).deliverables[0].programs == ("launch",)


# target and claims


def test_the_highest_authority_sets_the_target():
    launch = event("Launch Checkout 2.0", "2026-12-12")
    things = (V, SAME, launch)
    (one,) = view(*things, mapped_repos=MAPPED).deliverables
    assert [authority for authority, _ in one.claims] == ["version", "github-milestone", "event"]
    assert one.target.day == date(2026, 12, 11)
    turned = config().authority[::-1]
    (one,) = view(*things, mapped_repos=MAPPED, authority=turned).deliverables
    assert one.target.day == date(2026, 12, 12)


def test_of_equal_authority_the_earliest_counts_but_not_a_released_one():
    plan = program("launch", milestones=("jira:fixVersion=Checkout 2.0",))
    led = version("Checkout 2.0", release="2026-10-01", scope="LED", state="released")
    (one,) = view(V, led, programs=(plan,)).deliverables
    assert one.target.day == date(2026, 12, 11)


def test_a_cancelled_launch_claims_nothing_but_stays_bound():
    launch = event("Launch Checkout 2.0", "2026-12-12", status="cancelled")
    (one,) = view(V, launch).deliverables
    assert [authority for authority, _ in one.claims] == ["version"]
    assert one.events == (launch.key,)


# members


def test_members_carry_the_milestone_or_descend_from_what_does():
    epic = issue("PAY-9", level=Level.EPIC, milestones=(V.key,))
    child = issue("PAY-10", parent="PAY-9")
    direct = issue("PAY-1", milestones=(V.key,))
    stranger = issue("PAY-2")
    assert members(V, epic, child, direct, stranger) == ["PAY-1", "PAY-10"]


def test_a_child_in_another_version_has_moved():
    other = version("Checkout 3.0", release="2027-03-01")
    epic = issue("PAY-9", level=Level.EPIC, milestones=(V.key,))
    moved = issue("PAY-10", parent="PAY-9", milestones=(other.key,))
    assert members(V, other, epic, moved, issue("PAY-11", parent="PAY-9")) == ["PAY-11"]


def test_an_epic_without_children_is_the_work_itself():
    assert members(V, issue("PAY-9", level=Level.EPIC, milestones=(V.key,))) == ["PAY-9"]


@pytest.mark.parametrize(
    ("story", "subtask", "expected"),
    [
        (Phase.ACTIVE, Phase.ACTIVE, ["PAY-2"]),
        (Phase.ACTIVE, Phase.DONE, ["PAY-1"]),
        (Phase.DONE, Phase.DONE, ["PAY-1"]),
        (Phase.DONE, Phase.ACTIVE, ["PAY-2"]),
    ],
)
def test_each_piece_counts_once_at_the_deepest_level_with_open_work(story, subtask, expected):
    things = (
        issue("PAY-1", milestones=(V.key,), phase=story),
        issue("PAY-2", parent="PAY-1", level=Level.SUBTASK, milestones=(V.key,), phase=subtask),
        issue("PAY-3", milestones=(V.key,), phase=Phase.TODO),
    )
    assert members(V, *things) == [*expected, "PAY-3"]


def test_what_its_pull_requests_close_is_a_member():
    milestone = github_milestone("Ledger API", due="2026-12-09")
    pull = pull_request("acme/ledger#3", milestones=(milestone.key,))
    closed = issue("LED-5")
    assert members(milestone, pull, closed, implements(pull, closed)) == ["LED-5"]
    named = implements(pull, closed, Evidence.BODY)
    assert members(milestone, pull, closed, named) == []


@pytest.mark.parametrize(
    ("phases", "expected"),
    [("oo", ["PAY-2"]), ("od", ["PAY-1"]), ("do", ["PAY-2"]), ("dd", ["PAY-1"])],
)
def test_open_work_whose_parents_go_in_a_circle_stays_a_member(phases, expected):
    of = {"o": Phase.ACTIVE, "d": Phase.DONE}
    one = issue("PAY-1", parent="PAY-2", milestones=(V.key,), phase=of[phases[0]])
    other = issue("PAY-2", parent="PAY-1", milestones=(V.key,), phase=of[phases[1]])
    outside = issue("PAY-3", milestones=(V.key,), phase=Phase.DONE)
    assert members(V, one, other, outside) == [*expected, "PAY-3"]


# holders


def test_teams_are_those_of_members_the_holder_first():
    things = (
        issue("LED-1", milestones=(V.key,)), issue("LED-2", milestones=(V.key,)),
        issue("MOB-1", milestones=(V.key,)),
    )  # fmt: skip
    (one,) = view(V, *things).deliverables
    assert one.teams == ("payments", "ledger", "mobile")
    assert one.owner == "team:payments"


def test_the_declared_owner_and_the_epic_s_assignee():
    dana = person("dana", accounts=(("jira", "d-1"),))
    wanted = declared("x", "jira:version=Checkout 2.0", owner="dana", teams=("ledger",))
    (one,) = view(V, deliverables=(wanted,), people=(dana,)).deliverables
    assert (one.owner, one.teams) == ("jira:d-1", ("ledger",))
    (one,) = view(V, deliverables=(wanted,), people=(person("dana"),)).deliverables
    assert one.owner == "person:dana"
    epic = issue("PAY-9", level=Level.EPIC, due="2026-12-18", assignee="ada")
    assert view(epic).deliverables[0].owner == "jira:ada"


# events


@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("Checkout 2.0 go/no-go", "gates"),
        ("Checkout 2.0 launch review", "gates"),
        ("Launch of Checkout 2.0", "events"),
        ("Code freeze Checkout 2.0 release", "freezes"),
        ("Checkout 2.0 party", ""),
        ("Release day", ""),
        ("Launch Checkout 2.1", ""),
    ],
)
def test_the_title_gives_role_and_deliverable(title, role):
    meeting = event(title, "2026-12-08")
    (one,) = view(V, meeting).deliverables
    assert {name for name in ("gates", "events", "freezes") if getattr(one, name)} == (
        {role} if role else set()
    )


@pytest.mark.parametrize(
    "ref", ["PAY-1", "https://tracker.test/PAY-1", "PAY Checkout 2.0", ADDRESSES[0]]
)
def test_a_ref_in_the_event_binds_it(ref):
    inside = issue("PAY-1", milestones=(V.key,))
    gate = event("Design review", "2026-12-08", refs=(ref,))
    view_ = view(replace(V, url=ADDRESSES[0]), inside, gate)
    (one,) = view_.deliverables
    assert one.gates == (gate.key,)
    assert view_.deliverables_of(gate.key) == (one,)


def test_meetings_of_a_series_are_not_bound_by_name():
    weekly = [
        event("Checkout 2.0 review", day, ref=day, recurring_id="r1")
        for day in ("2026-11-24", "2026-12-01")
    ]
    assert view(V, *weekly).deliverables[0].gates == ()


def test_the_longest_name_wins_and_a_tie_is_nobody_s():
    longer = version("Checkout 2.0 web", release="2026-12-20")
    gate = event("Review of Checkout 2.0 web", "2026-12-08")
    assert [d.name for d in view(V, longer, gate).deliverables if d.gates] == ["Checkout 2.0 web"]
    twin = version("Checkout 2.0", release="2026-12-20", scope="LED")
    gate = event("Review of Checkout 2.0", "2026-12-08")
    assert not any(d.gates for d in view(V, twin, gate).deliverables)


def test_a_bad_pattern_is_a_configuration_error():
    with pytest.raises(ConfigError, match="gate"):
        view(V, events=EventPatterns(gate="("))


# who is not bound


def test_scopes_of_different_teams_do_not_belong_together():
    elsewhere = github_milestone("Checkout 2.0", due="2026-12-10", scope="acme/ledger")
    assert len(bound(V, elsewhere)) == 2


def test_a_map_to_another_project_wins_over_the_common_team():
    same = github_milestone("Checkout 2.0", due="2026-12-10", scope="acme/payments")
    assert len(bound(V, same, mapped_repos={"github:acme/payments": "jira:MOB"})) == 2


def test_absences_and_private_events_have_no_role():
    away = event("Away for Checkout 2.0 launch", "2026-12-08", type="out_of_office")
    hidden = event("Checkout 2.0 review", "2026-12-08", private=True)
    (one,) = view(V, away, hidden).deliverables
    assert one.gates == one.events == ()


def test_time_that_somebody_keeps_free_for_a_launch_is_not_the_launch():
    launch = event("Checkout launch", "2026-12-11")
    block = event("Checkout launch slides", "2026-11-30", type="focus")
    one = declared("checkout", "calendar:summary~'Checkout launch'")
    view_ = view(launch, block, deliverables=(one,))
    assert refs(view_, view_.deliverables[0].events) == ["Checkout launch"]


def test_an_event_that_somebody_named_for_one_is_not_bound_to_another_by_its_title():
    led = version("Ledger API", release="2026-12-20", scope="LED")
    wanted = declared("ledger", "jira:version=Ledger API", "calendar:summary~'launch checkout'")
    launch = event("Launch Checkout 2.0", "2026-12-11")
    found_ = found(V, led, launch, deliverables=(wanted,))
    assert found_["Ledger"].events == (launch.key,)
    assert found_["Checkout 2.0"].events == ()


def test_what_has_lost_its_release_is_missed_by_no_program():
    one = declared("checkout", "jira:fixVersion=2.0", "calendar:summary~'2.0 launch'")
    launch, both = event("2.0 launch", "2026-12-11"), [program("p1"), program("p2")]
    story = issue("PAY-1", team="payments", milestones=(V.key,))
    lost = found(launch, deliverables=(one,), programs=both)["Checkout"]
    assert (lost.lacking, lost.programs) == (("jira:fixVersion=2.0",), ("p1", "p2"))
    named = declared("checkout", "jira:fixVersion=Checkout 2.0")
    kept = found(V, story, deliverables=(named,), programs=both)["Checkout"]
    assert kept.programs == ()
