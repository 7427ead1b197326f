from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Severity, Standing, Unknown
from syncd.model.history import REQUEST
from syncd.model.items import Account, Phase, Review
from syncd.reconciler.engine import evaluate
from syncd.reconciler.facts.office_hours import hours
from syncd.reconciler.rules.review_wait import RULE, Params
from syncd.reconciler.view import View
from syncd.testing.builders import (
    LONG_AGO,
    at,
    change,
    config,
    declared,
    event,
    implements,
    issue,
    link,
    person,
    pull_request,
    snapshot,
    team,
    version,
)
from syncd.testing.histories import finished, planned

NOON = "2026-11-23 12:00"
"""A Monday."""
KIM = person("kim", name="Kim Park", accounts=(("github", "kim"), ("calendar", "kim@cal")))
LEE = person("lee", name="Lee Diaz", accounts=(("github", "lee"), ("calendar", "lee@cal")))
PEOPLE = (KIM, LEE)
STORY = issue("LED-88", title="Ledger API v2", due="2026-12-18", phase=Phase.REVIEW)


def results(*things, as_of=NOON, params=None, settings=None, **more):
    view = View(snapshot(*things, as_of=as_of, **more), settings or config(people=PEOPLE))
    every = RULE.check(view, params or Params())
    return [one for one in every if isinstance(one, Unknown) or not one.holds]


def pull(made="2026-11-19 09:00", **fields):
    """Asked Kim for a review on Thursday at nine: 16 working hours until Monday at nine."""
    known = {"author": "osei", "requested_reviewers": ("kim",), "created_at": at(made)}
    return pull_request(fields.pop("ref", "acme/ledger#812"), **(known | fields))


def past(took=4, count=30, repo="acme/ledger", verdict="approved", merge=1, **fields):
    """Changes that waited for a review for `took` hours, and to be merged for `merge` more."""
    made, found = datetime(2026, 11, 3, 9, tzinfo=UTC), []
    for n in range(count):
        seen = made + timedelta(hours=took)
        end = seen + timedelta(hours=merge)
        found.append(
            pull_request(
                f"{repo}#{100 + n}",
                created_at=made,
                reviews=(Review(at=seen, author="kim", verdict=verdict),),
                state="merged",
                merged_at=end,
                **({"author": "osei"} | fields),
            )
        )
    return found


def told(*things, **more):
    return [one for one in results(*things, **more) if one.subject.endswith("#812")]


def test_empty_snapshot_is_clear():
    assert results() == []


def test_a_review_that_takes_too_long():
    (found,) = results(pull(), STORY, implements(pull(), STORY), *past())
    assert found.subject == str(pull().key)
    assert found.discriminator == "review"
    assert (found.severity, found.standing) == (Severity.LOW, Standing.AT_RISK)
    assert found.summary == (
        "acme/ledger#812 has waited for a review for 19 working hours, since Thu 19 Nov 09:00 UTC; "
        "LED-88 needs it by Fri 18 Dec."
    )
    assert found.plain == "Ledger API v2 has waited for a review for 19 working hours."
    assert found.act == "Kim Park: review acme/ledger#812."
    assert found.by == date(2026, 11, 24)
    assert found.owner == "github:kim"
    assert found.url == pull().url
    assert found.planned == at("2026-12-18").date()
    assert found.clears == "It is somebody else's turn, or it is merged or closed."
    assert found.explains == (str(STORY.key),)
    assert [fact.text for fact in found.facts] == [
        "acme/ledger#812 waits for Kim Park since Thu 19 Nov 09:00 UTC",
        "85 % of such waits in acme/ledger are over within 4 working hours (30 seen)",
        "It implements Ledger API v2 (LED-88)",
    ]
    assert found.facts[0].url
    assert found.facts[0].seen_at == at("2026-11-19 09:00")


@pytest.mark.parametrize(("hour", "fires"), [("10:59", 1), ("11:00", 0), ("11:01", 0)])
def test_longer_than_a_working_day(hour, fires):
    """Friday eleven to Monday eleven are eight hours; the floor is not beaten by being met."""
    held = pull(f"2026-11-20 {hour}")
    assert len(results(held, *past(1), as_of="2026-11-23 11:00")) == fires


@pytest.mark.parametrize(("took", "fires"), [(18, 1), (19, 0), (20, 0)])
def test_longer_than_what_is_usual(took, fires):
    """Waits of whole days and more: 24 hours of the clock for each eight of work."""
    days, rest = divmod(took, 8)
    assert len(told(pull(), *past(24 * days + rest))) == fires


@pytest.mark.parametrize(("took", "fires"), [(1.9, 1), (2.1, 0), (3, 0)])
def test_an_hour_that_was_begun_counts_as_usual(took, fires):
    """Two days and 2.5 hours: within the third hour is usual where others took until then."""
    held = pull("2026-11-19 09:30")
    assert len(told(held, *past(48 + took))) == fires


@pytest.mark.parametrize(("count", "unknown"), [(29, True), (30, False), (31, False)])
def test_fewer_than_thirty_waits_tell_nothing(count, unknown):
    (found,) = results(pull(), *past(count=count))
    assert isinstance(found, Unknown) is unknown
    if unknown:
        assert found.reason == "fewer than 30 waits for a review are known that ended"
        assert found.discriminator == "review"


def test_the_norm_of_the_team_where_the_repository_has_none():
    ours = config(people=PEOPLE, teams=(team("ledger", "github:acme/ledger", "github:acme/books"),))
    (found,) = results(pull(), *past(repo="acme/books"), settings=ours)
    assert "of such waits in Ledger are over" in found.facts[1].text
    assert isinstance(results(pull(), *past(repo="acme/payments"))[0], Unknown)


def test_only_the_last_180_days_count():
    assert isinstance(
        results(pull("2027-06-03 09:00"), *past(), as_of="2027-06-07 12:00")[0], Unknown
    )


def test_a_wait_that_most_never_end_is_held_against_the_longest_that_did():
    cut = past(30, count=40, verdict="commented")
    stuck = [
        pull_request(f"acme/ledger#{number}", created_at=at("2026-11-19 09:00"))
        for number in range(300, 700)
    ]
    (found,) = told(pull("2026-11-05 09:00"), *cut, *stuck)
    assert found.facts[1].text.startswith("The longest such wait in acme/ledger that ended took")


def test_changes_of_robots_are_no_norm():
    assert isinstance(told(pull(), *past(is_bot=True))[0], Unknown)


def test_a_push_starts_the_clock_anew():
    held = pull("2026-11-03 09:00")
    assert told(held, change(held, "push", None, None, "2026-11-20 12:00"), *past()) == []
    (found,) = told(held, change(held, "push", None, None, "2026-11-19 12:00"), *past())
    assert "since Thu 19 Nov 12:00 UTC" in found.summary
    assert told(pull("2026-11-03 09:00", pushed_at=at("2026-11-20 12:00")), *past()) == []


def asked(held, who, when):
    return change(held, REQUEST, None, who, when, native_id=f"{who} {when}")


@pytest.mark.parametrize(
    ("requests", "since"),
    [
        ([("kim", "2026-11-19 10:00")], "Thu 19 Nov 10:00"),
        ([("kim", "2026-11-20 12:00")], ""),
        ([("kim", "2026-11-18 10:00"), ("lee", "2026-11-20 12:00")], "Wed 18 Nov 10:00"),
        ([("kim", "2026-11-18 10:00"), ("kim", "2026-11-19 10:00")], "Thu 19 Nov 10:00"),
        ([("lee", "2026-11-20 12:00")], "Tue 3 Nov 09:00"),
    ],
)
def test_a_reviewer_who_was_asked_later_waits_since_then(requests, since):
    """Where not all requests are known, it counts as if none were."""
    names = ("kim", "lee") if len({who for who, _ in requests}) == 2 else ("kim",)
    held = pull("2026-11-03 09:00", requested_reviewers=names)
    found = told(held, *(asked(held, who, when) for who, when in requests), *past())
    assert [one.facts[0].text.partition("since ")[2] for one in found] == (
        [f"{since} UTC"] if since else []
    )


def test_a_push_after_the_request_starts_the_clock_anew():
    held = pull("2026-11-03 09:00")
    request = asked(held, "kim", "2026-11-17 10:00")
    (found,) = told(held, request, change(held, "push", None, None, "2026-11-19 12:00"), *past())
    assert "since Thu 19 Nov 12:00 UTC" in found.summary


def test_who_is_asked_again_without_a_push_holds_it_since_then():
    wanted = (by("kim", "changes_requested", "2026-11-17 10:00"),)
    held = pull("2026-11-16 09:00", reviews=wanted, updated_at=at("2026-11-20 12:00"))
    first, again = asked(held, "kim", "2026-11-16 09:00"), asked(held, "kim", "2026-11-19 10:00")
    (found,) = told(held, first, again, *past())
    assert (found.discriminator, found.owner) == ("review", "github:kim")
    assert "since Thu 19 Nov 10:00 UTC" in found.summary


def test_what_is_usual_counts_from_the_request_too():
    """Thirty changes that lay for days before anybody was asked, and were then reviewed at once."""
    old = past(took=76)
    requests = [asked(one, "kim", one.reviews[0].at - timedelta(hours=2)) for one in old]
    assert told(pull(), *old) == []
    assert len(told(pull(), *old, *requests)) == 1


def test_a_draft_counts_from_the_day_it_was_ready():
    held = pull("2026-11-03 09:00")
    assert told(held, change(held, "draft", "true", "false", "2026-11-20 12:00"), *past()) == []


def by(who, verdict, when):
    return Review(at=at(when), author=who, verdict=verdict)


def test_the_author_holds_it_once_changes_are_asked_for():
    asked = (by("kim", "changes_requested", "2026-11-17 10:00"),)
    old = past(verdict="changes_requested", merge=4)
    answered = [
        change(one, "push", None, None, one.reviews[0].at + timedelta(hours=2)) for one in old
    ]
    held = pull("2026-11-16 09:00", reviews=asked, requested_reviewers=())
    (found,) = told(held, *old, *answered)
    assert (found.discriminator, found.owner) == ("author", "github:osei")
    assert found.summary.startswith("acme/ledger#812 has waited for an answer to its review")
    assert found.act == "osei: take up acme/ledger#812."
    pushed = change(held, "push", None, None, "2026-11-18 10:00")
    (again,) = told(held, pushed, *old, *answered)
    assert (again.discriminator, again.owner) == ("review", "github:kim")


def test_who_is_asked_again_without_a_push_holds_it():
    asked = (by("kim", "changes_requested", "2026-11-17 10:00"),)
    held = pull("2026-11-16 09:00", reviews=asked, updated_at=at("2026-11-18 10:00"))
    (found,) = told(held, *past())
    assert "another review" in found.summary
    assert "since Wed 18 Nov 10:00 UTC" in found.summary


@pytest.mark.parametrize(
    ("fields", "wants"),
    [({"checks": "failure"}, "its checks to be mended"),
     ({"mergeable": False}, "its conflict to be resolved")],
)  # fmt: skip
def test_the_author_mends_checks_and_conflicts(fields, wants):
    (found,) = told(pull(**fields), *past())
    assert isinstance(found, Unknown)
    assert wants in found.reason
    assert found.discriminator == "author"


def test_what_is_approved_waits_to_be_merged():
    fine = (by("kim", "approved", "2026-11-17 10:00"),)
    held = pull("2026-11-16 09:00", reviews=fine, requested_reviewers=())
    (found,) = told(held, *past())
    assert (found.discriminator, found.owner) == ("merge", "github:osei")
    assert found.act == "osei: merge acme/ledger#812."
    assert told(pull("2026-11-16 09:00", reviews=fine, checks="pending"), *past()) == []


def test_one_approval_of_two_that_are_needed_leaves_it_to_the_reviewers():
    fine = (by("lee", "approved", "2026-11-17 10:00"),)
    held = pull("2026-11-16 09:00", reviews=fine, review_decision="review_required")
    (found,) = told(held, *past())
    assert found.discriminator == "review"


def test_reviews_of_robots_and_of_the_author_change_nothing():
    said = (
        by("bot", "changes_requested", "2026-11-19 10:00"),
        by("osei", "approved", "2026-11-19"),
    )
    robot = Account(source="github", id="bot", name="Bot", is_bot=True)
    (found,) = told(pull(reviews=said), robot, *past())
    assert found.discriminator == "review"


def test_nobody_was_asked():
    assert told(pull(requested_reviewers=()), *past()) == []


def test_owners_of_the_code_where_a_review_is_needed_and_nobody_was_asked():
    held = pull(requested_reviewers=(), review_decision="review_required", code_owners=("kim lee",))
    (found,) = told(held, *past())
    assert found.owner == "github:kim"


@pytest.mark.parametrize(
    "fields",
    [{"draft": True}, {"is_bot": True}, {"title": "WIP: ledger"}, {"state": "closed"},
     {"title": "[draft] ledger"}, {"base": "feature", "base_is_default": False},
     {"last_human_activity_at": at("2026-11-20 12:01")}],
)  # fmt: skip
def test_silent(fields):
    other = pull_request("acme/ledger#811", head_branch="feature", draft=True)
    assert len(told(pull(), other, *past())) == 1
    assert told(pull(**fields), other, *past()) == []


def test_a_title_that_only_begins_like_a_draft_is_none():
    assert len(told(pull(title="Wipe old sessions"), *past())) == 1


def test_a_fork_that_offers_its_own_main_is_no_base_of_others():
    fork = pull_request("acme/ledger#811", head_branch="main", draft=True)
    assert len(told(pull(base="main"), fork, *past())) == 1


def test_activity_a_working_day_ago_counts_no_more():
    assert len(told(pull(last_human_activity_at=at("2026-11-20 12:00")), *past())) == 1


def test_a_word_on_it_opens_nothing_and_ends_nothing():
    """It still waits for the same people: only what they do, or a push, ends that."""
    asked_after = pull(last_human_activity_at=at("2026-11-20 12:01"))
    view = View(snapshot(asked_after, *past(), as_of=NOON), config(people=PEOPLE))
    (found,) = [one for one in RULE.check(view, Params()) if one.subject == str(pull().key)]
    assert found.holds


def test_what_cannot_be_seen_is_not_judged():
    assert told(pull(), *past(), invisible=[pull().key]) == []


@pytest.mark.parametrize(
    ("first", "last", "fires"),
    [("2026-11-23", "2026-11-27", 0), ("2026-11-20", "2026-11-23", 0), ("2026-11-24", "2026-11-27", 1)],
)  # fmt: skip
def test_in_a_freeze_nothing_opens_and_nothing_is_over(first, last, fires):
    release = version("Checkout 2.0", release="2026-12-18")
    story = issue("LED-88", milestones=(release.key,), phase=Phase.REVIEW)
    frozen = event("Checkout 2.0 freeze", first, last=last)
    things = (release, story, pull(), implements(pull(), story), *past())
    (found,) = told(*things, frozen)
    assert isinstance(found, Unknown) is not bool(fires)
    assert fires or found.reason == "what it serves is frozen now"
    (usual,) = told(*things, frozen, as_of="2026-11-20 17:00")
    assert isinstance(usual, Unknown) is (first == "2026-11-20")
    assert (
        len(told(*things, event("Checkout 2.0 freeze", first, last=last, status="cancelled"))) == 1
    )


@pytest.mark.parametrize(("checks", "goes_on"), [("pending", True), ("success", False)])
def test_a_merge_that_waits_for_checks_is_no_news_and_no_end(checks, goes_on):
    approved = pull(reviews=(Review(at=at("2026-11-19 10:00"), author="kim", verdict="approved"),))
    waits = replace(approved, checks=checks)
    view = View(snapshot(waits, *past(), as_of=NOON), config(people=PEOPLE))
    (found,) = [one for one in RULE.check(view, Params()) if one.subject == str(waits.key)]
    assert (found.discriminator, found.holds) == ("merge", goes_on)


def test_a_reviewer_who_is_away_is_stood_in_for():
    away = event("x", "2026-11-23", last="2026-11-27", scope="kim@cal", type="out_of_office")
    held = pull(code_owners=("kim", "osei lee"))
    (found,) = told(held, away, *past())
    assert found.act == "Lee Diaz: review acme/ledger#812 instead of Kim Park, who is away."
    assert found.owner == "github:lee"
    (alone,) = told(pull(), away, *past())
    assert alone.owner == "github:kim"


def test_a_team_that_was_asked():
    (found,) = told(pull(requested_reviewers=("team:mobile",)), *past())
    assert found.owner == "team:mobile"
    assert found.act.startswith("Mobile: review")


@pytest.mark.parametrize(
    ("release", "severity"),
    [
        ("2026-12-08", Severity.LOW),
        ("2026-12-07", Severity.MEDIUM),
        ("2026-12-04", Severity.MEDIUM),
    ],
)
def test_ten_working_days_before_the_target_it_matters_more(release, severity):
    goal = version("Checkout 2.0", release=release)
    story = issue("LED-88", milestones=(goal.key,), phase=Phase.REVIEW)
    (found,) = told(goal, story, pull(), implements(pull(), story), *past())
    assert found.severity is severity


def test_it_is_high_on_the_critical_path():
    goal = version("Checkout 2.0", release="2026-12-18")
    story = issue("LED-88", due="2026-12-22", milestones=(goal.key,), phase=Phase.REVIEW)
    other = issue("LED-89", due="2026-12-21", milestones=(goal.key,))
    things = (goal, story, other, pull(), *past())
    (found,) = told(*things, implements(pull(), story))
    assert found.severity is Severity.HIGH
    (found,) = told(*things, implements(pull(), other))
    assert found.severity is Severity.LOW
    (found,) = told(*things, implements(pull(), other), link(story, other))
    assert found.severity is Severity.LOW


def test_a_restricted_item_is_not_named():
    story = issue("LED-88", restricted=True, phase=Phase.REVIEW)
    (found,) = told(pull(), story, implements(pull(), story), *past())
    assert found.restricted


def test_a_stale_source_makes_it_unknown():
    stale = {"github:acme/ledger": "2026-11-20"}
    held = snapshot(pull(), *past(), as_of=NOON, stale=stale)
    told = evaluate(held, config(people=PEOPLE), [RULE])
    assert told.findings == ()
    assert [one.reason for one in told.unknown] == ["no complete reading of github:acme/ledger"]


def test_it_speaks_for_the_stalled_item():
    entered = at("2026-10-06")
    story = issue("LED-88", phase=Phase.REVIEW, state="Review", state_entered_at=entered,
                  last_human_activity_at=entered)  # fmt: skip
    stays = []
    for n in range(30):
        one = issue(f"LED-{900 + n}", phase=Phase.DONE, created_at=at("2026-09-01"))
        stays += [
            one,
            change(one, "state", "To Do", "Review", "2026-10-05"),
            change(one, "state", "Review", "Done", "2026-10-06", actor=f"p{n}"),
        ]
    held = snapshot(pull(), story, implements(pull(), story), *past(), *stays, as_of=NOON)
    told = evaluate(held, config(people=PEOPLE))
    rules = {one.fingerprint: one.rule for one in told.findings}
    spoken = {rules[victim]: rules[root] for victim, root in told.inhibited}
    assert spoken["stalled"] == "review-wait"


def release_of(*others, day="2026-11-25"):
    """A release on Wednesday with the story in it, whose change waits, and other open items."""
    release = version("2.0", release=day, scope="LED")
    known = {"milestones": (release.key,), "created_at": LONG_AGO}
    story = replace(STORY, claims=(), state_entered_at=at("2026-11-20"), **known)
    more = [replace(one, **known) for one in others]
    history = finished("LED", days=60, cycle=8, as_of=NOON, **known)
    return release, pull(), story, implements(pull(), story), *more, *past(), *history


def test_it_explains_the_lateness_of_what_is_in_time_once_the_item_is_done():
    (found,) = told(*release_of())
    assert found.explains == (str(STORY.key), f"deliverable:{release_of()[0].key}")


def test_what_is_late_with_other_items_too_is_not_explained_by_it():
    others = planned(20, "LED", first=100)
    (found,) = told(*release_of(*others))
    assert found.explains == (str(STORY.key),)


def test_what_is_in_time_anyway_is_not_explained():
    (found,) = told(*release_of(day="2027-01-29"))
    assert found.explains == (str(STORY.key),)


@pytest.mark.parametrize(
    ("zone", "start", "end", "worked"),
    [
        ("Europe/Berlin", "2026-03-27 15:00", "2026-03-30 08:00", 2.0),  # spring: 16-17, 9-10
        ("Europe/Berlin", "2026-10-23 15:00", "2026-10-26 08:00", 0.0),  # autumn: 17:00, 9:00
        ("UTC", "2028-02-28 09:00", "2028-03-01 09:00", 16.0),  # leap day
        ("UTC", "2026-12-31 16:00", "2027-01-01 10:00", 2.0),  # year end
        ("Pacific/Kiritimati", "2026-11-22 19:00", "2026-11-23 03:00", 8.0),  # +14: all of Monday
        ("Etc/GMT+12", "2026-11-23 21:00", "2026-11-24 05:00", 8.0),  # -12: all of Monday
        ("UTC", "2026-11-21 09:00", "2026-11-22 17:00", 0.0),  # a weekend
        ("UTC", "2026-11-23 12:00", "2026-11-23 12:00", 0.0),
        ("UTC", "2026-11-23 17:00", "2026-11-24 09:00", 0.0),
        ("Etc/GMT+12", "0001-01-01 05:00", "0001-01-02 05:00", 8.0),  # no earlier day there
    ],
)  # fmt: skip
def test_working_hours(zone, start, end, worked):
    assert hours(at(start), at(end), WorkingCalendar(zone=zone)) == worked


def test_the_tier_of_the_deliverable_that_it_serves_counts():
    goal = version("Checkout 2.0", release="2026-12-04")
    story = issue("LED-88", milestones=(goal.key,), phase=Phase.REVIEW)
    ours = config(
        people=PEOPLE,
        deliverables=(declared("checkout", "jira:fixVersion=Checkout 2.0", tier="A"),),
    )
    (found,) = told(goal, story, pull(), implements(pull(), story), *past(), settings=ours)
    assert (found.tier, found.severity) == ("A", Severity.HIGH)
