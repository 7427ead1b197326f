"""What must not change an answer does not: order, titles, strangers, and seven days' shift."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.model.items import CalendarEvent, Issue, Level, Milestone, Phase, PullRequest
from syncd.model.links import Evidence
from syncd.reconciler.canonical import findings_json
from syncd.reconciler.engine import evaluate
from syncd.reconciler.rules import load_rules
from syncd.testing.builders import (
    AS_OF,
    change,
    config,
    event,
    github_milestone,
    implements,
    issue,
    link,
    pull_request,
    snapshot,
    sprint,
    version,
)

DAYS = st.dates(date(2026, 10, 1), date(2027, 1, 31))
MOMENTS = st.datetimes(datetime(2026, 9, 1), datetime(2026, 11, 20)).map(
    lambda at: at.replace(tzinfo=AS_OF.tzinfo, microsecond=0)
)
PROJECTS = ("PAY", "LED", "MOB")


@st.composite
def worlds(draw):
    """Two versions, a milestone, a sprint, an event, a dozen issues, their links and moves."""
    versions = [
        version(name, release=draw(DAYS), scope=scope)
        for name, scope in (("Checkout 2.0", "PAY"), ("Ledger API", "LED"))
    ]
    milestone = github_milestone("Checkout 2.0", due=draw(DAYS), scope="acme/payments")
    run = sprint(start="2026-11-16", end=draw(DAYS))
    review = event("Checkout 2.0 go / no-go", draw(DAYS))
    epic = issue("PAY-100", level=Level.EPIC, due=draw(DAYS), milestones=(versions[0].key,))
    issues = [
        draw(drawn_issues(number, versions, run)) for number in range(draw(st.integers(2, 9)))
    ]
    ends = st.tuples(st.sampled_from(issues), st.sampled_from(issues))
    phrases = st.sampled_from(
        [("is blocked by", "blocks"), ("blocks", "is blocked by"), ("?", "?")]
    )
    links = [
        link(*pair, *phrase, id=str(number))
        for number, (pair, phrase) in enumerate(
            draw(st.lists(st.tuples(ends, phrases), max_size=8))
        )
        if pair[0] is not pair[1]
    ]
    pull = pull_request("acme/payments#7", state=draw(st.sampled_from(["open", "closed"])))
    moves = draw(
        st.lists(st.tuples(st.sampled_from([*issues, *versions]), DAYS, MOMENTS), max_size=6)
    )
    changes = [
        change(item, "due" if isinstance(item, Issue) else "release", old.isoformat(), None, when,
               native_id=f"c{number}")
        for number, (item, old, when) in enumerate(moves)
    ]  # fmt: skip
    return [
        *versions, milestone, run, review, epic, *issues, *links, pull,
        implements(pull, issues[0], draw(st.sampled_from([Evidence.CLOSES, Evidence.TITLE]))),
        *changes,
    ]  # fmt: skip


@st.composite
def drawn_issues(draw, number, versions, run):
    return issue(
        f"{PROJECTS[number % 3]}-{number}",
        due=draw(st.none() | DAYS),
        phase=draw(st.sampled_from(Phase)),
        assignee=draw(st.sampled_from([None, "ada", "osei"])),
        milestones=draw(st.sampled_from([(), (versions[0].key,), (versions[1].key,)])),
        sprint=draw(st.sampled_from([None, run.key])),
        parent=draw(st.sampled_from([None, "PAY-100"])),
        state_entered_at=draw(MOMENTS),
        last_human_activity_at=draw(MOMENTS),
    )


RULES = load_rules()
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def told(held, given=None):
    answer = evaluate(held, given or config(), RULES)
    assert answer.failures == ()
    return answer


@FEW
@given(worlds(), st.randoms())
def test_shuffled_input_gives_the_same_bytes(world, random):
    held = snapshot(*world)
    mixed = replace(
        held,
        **{
            name: tuple(random.sample(getattr(held, name), len(getattr(held, name))))
            for name in ("issues", "pull_requests", "milestones", "events", "links", "freshness")
        },
    )
    assert findings_json(told(held)) == findings_json(told(mixed))


@FEW
@given(worlds())
def test_titles_are_no_part_of_any_identity(world):
    renamed = [
        replace(one, title=f"{one.ref} by another name") if isinstance(one, Issue) else one
        for one in world
    ]
    before, after = told(snapshot(*world)), told(snapshot(*renamed))
    assert {one.fingerprint for one in before.findings} == {
        one.fingerprint for one in after.findings
    }


STRANGER = version("Elsewhere 9", release="2026-11-10", scope="XYZ")
STRANGERS = [
    STRANGER,
    issue("XYZ-1", due="2026-11-02", milestones=(STRANGER.key,)),
    issue("XYZ-2", due="2026-10-02"),
    issue("XYZ-3", due="2026-12-02", phase=Phase.DONE),
]


@FEW
@given(worlds())
def test_an_unrelated_project_changes_nothing(world):
    before = told(snapshot(*world))
    after = told(snapshot(*world, *STRANGERS, link(STRANGERS[1], STRANGERS[3])))
    ours = [one for one in after.findings if "XYZ" not in one.subject + one.discriminator]
    assert tuple(ours) == before.findings


@FEW
@given(worlds(), st.integers(1, 3))
def test_whole_weeks_later_the_same_is_found(world, weeks):
    """Dates move with the clock; calendars here have no holidays."""
    by = timedelta(days=7 * weeks)
    before = told(snapshot(*world))
    # Creation and first sight stay long ago; months in texts and monthly lines are not compared.
    after = told(snapshot(*(shifted(one, by) for one in world), as_of=AS_OF + by))
    assert [signature(one, by) for one in before.findings] == [
        signature(one, timedelta()) for one in after.findings
    ]


def signature(one, by):
    """Identity, weight and dates, without what a month's line is told by."""
    planned, expected = (day and day + by for day in (one.planned, one.expected))
    kind = re.sub(r"\d{4}-\d{2}$", "", one.discriminator)
    return one.rule, one.subject, kind, one.severity, planned, expected, one.slip


def shifted(thing, by):
    if isinstance(thing, Issue | PullRequest | Milestone | CalendarEvent):
        more = {
            name: value + by
            for name in (
                "start", "first_day", "last_day", "state_entered_at", "last_human_activity_at",
                "start_at", "end_at", "updated_at", "created_at",
            )
            if (value := getattr(thing, name, None)) is not None
        }  # fmt: skip
        claims = tuple(replace(c, lo=c.lo + by, hi=c.hi + by) for c in thing.claims)
        return replace(thing, claims=claims, **more)
    if hasattr(thing, "old"):
        values = {
            name: value and (date.fromisoformat(value) + by).isoformat()
            for name in ("old", "new")
            for value in [getattr(thing, name)]
        }
        return thing._replace(at=thing.at + by, **values)
    return thing
