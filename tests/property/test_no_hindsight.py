"""A replayed day says the same whatever happened later: every kind of later fact is planted (§D6)."""

from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from learning import learn

from syncd.backtesting import Past, Replay, days_between
from syncd.interfaces import Page
from syncd.model.calendar import WorkingCalendar
from syncd.model.forecasts import Forecast, PastForecast
from syncd.model.items import Attendee, Phase, Review
from syncd.model.links import Evidence
from syncd.model.people import Role
from syncd.model.snapshot import Scope
from syncd.reconciler.backtest.hindsight import without_hindsight
from syncd.reconciler.rules import load_rules
from syncd.store import open_store
from syncd.testing.alert_store_contract import run
from syncd.testing.builders import (
    LONG_AGO,
    at,
    change,
    config,
    event,
    issue,
    link,
    pull_request,
    sprint,
    version,
)
from syncd.testing.histories import finished, planned
from syncd.testing.organisation import person, program, team

SOURCES = {"jira": Scope("jira", "PAY"), "github": Scope("github", "acme/ledger")}
PLANS = Scope("calendar", "plan@calendar.test")
LAST = date(2026, 11, 20)
LATER = "2026-11-25"
READ = datetime(2026, 12, 20, 12, tzinfo=UTC)
"""When syncd reads for the first time, unless it has been there all along."""
AGAIN = READ + timedelta(days=2)

RELEASE = version("2.0", release="2026-11-27", start=date(2026, 9, 1))
EARLY = version("1.9", release="2026-11-06", start=date(2026, 9, 1))
SPRINT = sprint("Sprint 41", start="2026-11-09", end="2026-11-20")
NEXT = sprint("Sprint 42", start="2026-11-23", end="2026-12-04")
OPEN = planned(24, milestones=(RELEASE.key,), created_at=LONG_AGO)
LEFT = planned(2, first=50, milestones=(EARLY.key,))
MINE = issue("PAY-60", due="2026-11-18", assignee="ada", sprint=SPRINT.key)
WAITS = issue("PAY-61", due="2026-11-16", phase=Phase.ACTIVE)
PULL = pull_request("acme/ledger#7", author="ada", head_branch="PAY-60-capture", draft=False)
REVIEW = event("Go / no-go review 2.0", "2026-11-26", created_at=LONG_AGO, organiser="dana")
BASE = [
    RELEASE, EARLY, SPRINT, NEXT, *OPEN, *LEFT, MINE, WAITS, PULL, REVIEW,
    *finished(days=60, as_of="2026-11-24", milestones=(RELEASE.key,)),
    link(MINE, WAITS, set_at=LONG_AGO),
    change(MINE, "due", "2026-11-11", "2026-11-18", "2026-10-28"),
]  # fmt: skip
KEPT = PastForecast(
    forecast=Forecast(
        subject=f"deliverable:{RELEASE.key}", name="2.0", days=12, spread=0.3, p50=LAST, items=24
    ),
    made_at=at("2026-09-07"),
    made_on=date(2026, 9, 7),
)
CONFIG = config(
    teams=(team("payments", "jira:PAY"),),
    people=(person("dana", role=Role.TPM, programs=("checkout",)),),
    programs=(program("checkout", teams=("payments",)),),
)

MOMENTS = days_between(date(2026, 10, 19), LAST, 2, WorkingCalendar(), READ)


def closed(one, when=LATER, phase=Phase.DONE):
    """The issue once it is closed, with what the tracker tells of that."""
    return [
        replace(one, phase=phase, state="Done", done_at=at(when), updated_at=at(when)),
        change(one, "phase", str(one.phase), str(phase), when),
        change(one, "state", one.state, "Done", when),
    ]


PLANTS = {
    "an issue is done": closed(MINE),
    "an issue is dropped": closed(WAITS, phase=Phase.DROPPED),
    "much is done": [thing for one in OPEN for thing in closed(one)],
    "comments": [
        replace(WAITS, updated_at=at(LATER)),
        *(change(WAITS, "comment", None, None, f"2026-11-25T1{n}:00") for n in range(5)),
    ],
    "a sprint is joined": [
        replace(WAITS, sprint=NEXT.key),
        change(WAITS, "sprint", None, str(NEXT.key), LATER),
    ],
    "an item is taken out": [
        replace(OPEN[0], milestones=()),
        change(OPEN[0], "milestones", str(RELEASE.key), None, LATER),
    ],
    "a child is made": [
        issue("PAY-700", due="2026-11-20", created_at=at(LATER), milestones=(RELEASE.key,))
    ],
    "a due date is moved": [
        replace(WAITS, claims=issue("PAY-61", due="2027-02-01").claims),
        change(WAITS, "due", "2026-11-16", "2027-02-01", LATER),
    ],
    "a release is moved": [
        version("2.0", release="2027-03-31", start=date(2026, 9, 1)),
        change(RELEASE, "release", "2026-11-27", "2027-03-31", LATER),
    ],
    "a version is released": [
        replace(EARLY, state="released", closed_at=at(LATER)),
        change(EARLY, "state", "planned", "released", LATER),
    ],
    "a version is made": [version("3.0", release="2026-11-10")],
    "a link is made": [link(OPEN[1], MINE, set_at=at(LATER))],
    "an assignee": [
        replace(WAITS, assignee="ada", updated_at=at(LATER)),
        change(WAITS, "assignee", None, "ada", LATER),
    ],
    "tasks": [replace(MINE, unchecked_tasks=4, updated_at=at(LATER))],
    "a pull request goes on": [
        replace(
            PULL, state="merged", merged_at=at(LATER), closed_at=at(LATER), updated_at=at(LATER),
            requested_reviewers=("bob",), code_owners=("bob",), checks="failure", mergeable=False,
            reviews=(Review(at=at(LATER), author="bob", verdict="approved"),),
        ),
        change(PULL, "state", "open", "merged", LATER),
    ],
    "a pull request is made": [
        pull_request("acme/ledger#8", created_at=at(LATER), head_branch="PAY-61"),
        link(pull_request("acme/ledger#8"), WAITS, evidence=Evidence.CLOSES, set_at=at(LATER)),
    ],
    "an answer": [
        replace(REVIEW, updated_at=at(LATER), attendees=(Attendee(account="dana", response="declined"),))
    ],
    "an absence": [
        event("Away", "2026-11-17", last="2026-11-20", type="out_of_office", organiser="ada",
              created_at=at(LATER))
    ],
    "a review is moved": [
        replace(REVIEW, first_day=date(2026, 11, 12), last_day=date(2026, 11, 12),
                claims=event("Go / no-go review 2.0", "2026-11-12").claims),
        change(REVIEW, "event", "2026-11-26", "2026-11-12", LATER),
        change(REVIEW, "first_day", "2026-11-26", "2026-11-12", LATER),
        change(REVIEW, "last_day", "2026-11-26", "2026-11-12", LATER),
    ],
    "a forecast comes true": [replace(KEPT, done_on=date(2026, 11, 25))],
}  # fmt: skip


def commit(store, things, when):
    """Everything as one pull of each source, later changes when they were made."""
    for scope in (*SOURCES.values(), PLANS):
        mine = [one for one in things if not isinstance(one, PastForecast)]
        mine = [one for one in mine if source_of(one) == scope.source]
        page = Page(
            items=tuple(one for one in mine if hasattr(one, "claims")),
            changes=tuple(
                one for one in mine if hasattr(one, "native_id") and hasattr(one, "field")
            ),
            links=tuple(one for one in mine if hasattr(one, "far_ref")),
            last=True,
        )
        learn(store, scope, page, when)


def source_of(thing):
    """Name of the source that tells of it."""
    owner = getattr(thing, "key", None) or getattr(thing, "item", None) or thing.near
    return owner.source


def replaced(base, plant):
    """The base with those of its items that the plant has in another state."""
    newer = {one.key: one for one in plant if hasattr(one, "claims")}
    kept = [newer.pop(getattr(one, "key", None), one) for one in base]
    return [*kept, *newer.values(), *(one for one in plant if not hasattr(one, "claims"))]


@contextmanager
def stored(folder, pulls, kept=KEPT):
    """A store that was filled by `pulls`."""
    folder.mkdir(mode=0o700)
    with closing(open_store(f"sqlite:///{folder}/syncd.db", now=LONG_AGO)) as store:
        for things, when in pulls:
            commit(store, things, when)
        store.record(run("r1", READ), [], [], [kept])
        yield store


def reader(store, *, known=False):
    """How a replay reads it: what had happened, or what was learned by then."""
    return (lambda when: store.snapshot(when, when)) if known else store.snapshot


def shown(folder, pulls, kept, *, known=False):
    """What a replay is shown of each day."""
    with stored(folder, pulls, kept) as store:
        return [without_hindsight(reader(store, known=known)(one)) for one in MOMENTS[::4]]


def lived(folder, pulls, kept=KEPT, *, known=False):
    """The replayed days."""
    with stored(folder, pulls, kept) as store:
        past = Past(
            snapshot=reader(store, known=known), config=lambda _: CONFIG, rules=load_rules()
        )
        replay = Replay(past)
        return [replay.day(one) for one in MOMENTS]


def learned(plant):
    """Three ways to learn of it too late: with all else, as news, and after all days were lived."""
    yield "at once", False, [(replaced(BASE, plant), READ)]
    yield "as news", False, [(BASE, READ), (plant, AGAIN)]
    yield "along", True, [(BASE, LONG_AGO), (plant, READ)]


@pytest.fixture(scope="module")
def plainly(tmp_path_factory):
    """(what is shown, days) without any plant: learned long after, or while the days passed."""
    folder = tmp_path_factory.mktemp("plain")
    return {
        known: (
            shown(folder / f"{known}", [(BASE, when)], KEPT, known=known),
            lived(folder / f"{known} lived", [(BASE, when)], known=known),
        )
        for known, when in ((False, READ), (True, LONG_AGO))
    }


def same(found, wanted):
    for one, other in zip(found, wanted, strict=True):
        assert one == other, one.as_of
        assert repr(one) == repr(other)


def test_the_days_have_something_to_say(plainly):
    for _, days in plainly.values():
        steps = [one for day in days for one in day.transitions]
        assert "overdue" in {one.alert.finding.rule for one in steps if one.told}
        assert "forecast-late" in {one.alert.finding.rule for one in steps}
        assert any(day.foretold for day in days)
        assert any(day.settled for day in days)
        assert any(day.notices for day in days)


@pytest.mark.parametrize("name", PLANTS)
def test_a_past_day_shows_nothing_of_what_came_later(name, plainly, tmp_path):
    kept = next((one for one in PLANTS[name] if isinstance(one, PastForecast)), KEPT)
    for way, known, pulls in learned(PLANTS[name]):
        same(shown(tmp_path / way, pulls, kept, known=known), plainly[known][0])


def test_no_word_of_any_day_changes_by_all_of_it(plainly, tmp_path):
    every = [thing for plant in PLANTS.values() for thing in plant]
    kept = next(one for one in every if isinstance(one, PastForecast))
    for way, known, pulls in learned(replaced([], every)):
        same(lived(tmp_path / way, pulls, kept, known=known), plainly[known][1])


@pytest.mark.parametrize("field", ["gone", "hidden"])
def test_what_is_deleted_or_withheld_later_was_there(field, plainly, tmp_path):
    with stored(tmp_path / "late", [(BASE, READ)]) as store:
        lost = Page(**{field: (MINE.key, WAITS.key, EARLY.key)}, last=True)
        store.commit(SOURCES["jira"], lost, AGAIN)
        found = [without_hindsight(store.snapshot(one)) for one in MOMENTS[::4]]
    same(found, plainly[False][0])
