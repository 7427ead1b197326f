"""The edits that would make dates agree: which, from what to what, why, and which are not ours."""

import json
from dataclasses import dataclass, replace
from datetime import date

import pytest

from syncd.aligning import Asked, digest, document, proposal, proposals
from syncd.model.items import Kind
from syncd.model.remarks import Wants
from syncd.reconciler.view import View
from syncd.testing.builders import (
    config,
    declared,
    event,
    github_milestone,
    issue,
    snapshot,
    version,
)

MONDAY = "2026-11-23 08:00"
NAMES = ("jira:fixVersion=2.0", "github:milestone=2.0", "calendar:summary~'Launch'")
CHECKOUT = declared("checkout", *NAMES, gates=("calendar:summary~'Go / no-go'",))


@dataclass
class Editor:
    """A writer of the shape that plans ask about."""

    wants: Wants
    edits_dates: bool = True

    def can_edit(self, item, field):
        return item.kind is not Kind.EVENT

    def edit(self, edit, *, invitations):
        raise AssertionError("a plan changes nothing")


class Mover(Editor):
    def can_edit(self, item, field):
        return item.kind is Kind.EVENT


def editors(**more):
    found = {
        source: Editor(
            Wants(source=source, kinds=frozenset(), scopes=frozenset({"PAY", "acme/ledger"}))
        )
        for source in ("jira", "github", "calendar")
    }
    return found | more


def planned(*things, asked=None, settings=None, writers=None):
    view = View(snapshot(*things, as_of=MONDAY), settings or config(deliverables=(CHECKOUT,)))
    return proposals(view, asked or Asked(), editors() if writers is None else writers)


def three():
    return (
        version("2.0", release="2026-12-11"),
        github_milestone("2.0", due="2026-12-16"),
        event("Launch", "2026-12-18"),
    )


def short(found):
    return [(one.edit.item.source, str(one.edit.before), str(one.edit.after)) for one in found]


def test_lower_authorities_are_to_say_what_the_highest_says():
    found = planned(*three())
    assert short(found) == [
        ("github", "2026-12-16", "2026-12-11"),
        ("calendar", "2026-12-18", "2026-12-11"),
    ]
    assert [one.number for one in found] == [1, 2]
    assert "version is the highest that fits in authority = config, version" in found[0].because


def test_another_authority_is_another_truth():
    settings = config(
        deliverables=(CHECKOUT,), authority=("event", "config", "version", "github-milestone")
    )
    found = planned(*three(), settings=settings)
    assert {after for _, _, after in short(found)} == {"2026-12-18"}


def test_what_agrees_needs_no_edit():
    assert planned(version("2.0", release="2026-12-11"), event("Launch", "2026-12-11")) == ()


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (Asked(source="github"), {("jira", "2026-12-16"), ("calendar", "2026-12-16")}),
        (
            Asked(day=date(2026, 12, 18)),
            {("jira", "2026-12-18"), ("github", "2026-12-18")},
        ),
        (Asked(about="CHECKOUT"), {("github", "2026-12-11"), ("calendar", "2026-12-11")}),
        (Asked(about="another"), set()),
        (Asked(source="elsewhere"), set()),
    ],
)
def test_the_reader_says_about_what_and_whose_date_holds(asked, wanted):
    found = planned(*three(), asked=asked)
    assert {(source, after) for source, _, after in short(found)} == wanted


def test_a_declared_target_is_truth_but_never_edited():
    settings = config(deliverables=(replace(CHECKOUT, target=date(2026, 12, 9)),))
    assert {after for _, _, after in short(planned(*three(), settings=settings))} == {"2026-12-09"}
    found = planned(*three(), settings=settings, asked=Asked(source="jira"))
    (own,) = [one for one in found if one.edit.item.source == "config"]
    assert own.hindrance == "change deliverables.checkout.target in the configuration yourself"
    renamed = replace(CHECKOUT, target=date(2026, 12, 9), called="relaunch")
    found = planned(
        *three(), settings=config(deliverables=(renamed,)), asked=Asked(about="relaunch")
    )
    assert {after for _, _, after in short(found)} == {"2026-12-09"}
    found = planned(*three(), settings=config(deliverables=(renamed,)), asked=Asked(source="jira"))
    (own,) = [one for one in found if one.edit.item.source == "config"]
    assert own.hindrance == "change deliverables.relaunch.target in the configuration yourself"


def test_which_day_a_review_fits_is_for_people_to_say():
    found = planned(version("2.0", release="2026-12-11"), event("Go / no-go", "2026-12-14"))
    (one,) = found
    assert one.hindrance.startswith("which day before Fri 11 Dec fits is for people to say: ")
    assert one.hindrance.endswith(": syncd align plan 'Go / no-go' --to DAY")


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-12-10", ""),
        ("2026-12-11", "it has to be on a day from Mon 23 Nov and before Fri 11 Dec"),
        ("2026-11-20", "it has to be on a day from Mon 23 Nov and before Fri 11 Dec"),
    ],
)
def test_a_review_is_moved_to_the_day_that_a_person_names(day, why):
    calendar = Mover(Wants(source="calendar", kinds=frozenset(), scopes=frozenset({"team"})))
    review = event("Go / no-go", "2026-12-14", scope="team")
    asked = Asked(about="go / no-go", day=date.fromisoformat(day))
    (one,) = planned(
        version("2.0", release="2026-12-11"), review, asked=asked,
        writers=editors(calendar=calendar),
    )  # fmt: skip
    assert short([one]) == [("calendar", "2026-12-14", day)]
    assert one.hindrance == why
    assert planned(version("2.0", release="2026-12-18"), review, asked=asked) == (), "it fits"


def test_an_item_is_to_be_due_by_its_release():
    release = version("3.0", release="2026-12-11")
    late = issue("PAY-1", due="2026-12-16", milestones=(release.key,))
    (one,) = planned(release, late, settings=config())
    assert (one.about, one.edit.field, str(one.edit.after)) == ("PAY-1", "due", "2026-12-11")
    assert planned(release, late, settings=config(), asked=Asked(about="pay-1"))


def test_nothing_is_moved_before_a_day_that_is_over():
    release = version("3.0", release="2026-11-18")
    late = issue("PAY-1", due="2026-12-16", milestones=(release.key,))
    (one,) = planned(release, late, settings=config())
    assert one.hindrance.startswith("that day is over")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (Asked(), "that day is over: rather move the release date of PAY 2.0"),
        (Asked(source="jira"), "that day is over: rather move the release date of PAY 2.0"),
        (Asked(day=date(2026, 11, 20)), "that day is over"),
        (Asked(source="github"), ""),
        (Asked(day=date(2026, 11, 23)), ""),
    ],
)
def test_no_tool_is_to_say_a_day_that_is_over(asked, why):
    things = version("2.0", release="2026-11-18"), github_milestone("2.0", due="2026-12-16")
    assert {one.hindrance for one in planned(*things, asked=asked)} == {why}


def test_a_review_is_not_moved_before_a_release_that_is_over():
    things = version("2.0", release="2026-11-18"), event("Go / no-go", "2026-12-14")
    (one,) = planned(*things)
    assert one.hindrance == "that day is over: rather move the release date of PAY 2.0"


def test_it_is_said_why_an_edit_is_not_ours():
    def github(**more):
        return planned(*three(), writers=editors(**more))[0].hindrance

    assert github() == ""
    assert "edits_dates = true writes to github" in planned(*three(), writers={})[0].hindrance
    other = Editor(Wants(source="github", kinds=frozenset(), scopes=frozenset({"acme/api"})))
    assert github(github=other) == "acme/ledger is not among what may be written to"
    assert "edits_dates = true" in github(github=replace(other, edits_dates=False))
    assert planned(*three())[1].hindrance.startswith("syncd cannot change this kind of date")


def test_a_plan_is_named_by_all_that_it_says():
    found = planned(*three())
    assert digest(found) == digest(planned(*three()))
    held = [json.loads(json.dumps(document(one))) for one in found]
    assert tuple(map(proposal, held)) == found
    edit = found[0].edit
    for other in (
        replace(found[0], edit=replace(edit, after=date(2026, 12, 12))),
        replace(found[0], edit=replace(edit, before=date(2026, 12, 12))),
        replace(found[0], because="another reason"),
        replace(found[0], number=7),
    ):
        assert digest([other, *found[1:]]) != digest(found)
