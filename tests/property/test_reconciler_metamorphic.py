"""What must not change an answer does not: order, titles, strangers, and seven days' shift.

And what can only make it worse, or only better, does: later prerequisites, links that go, silence.
"""

import re
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.alerts.lifecycle import advance
from syncd.model.alerts import AlertState
from syncd.model.calendar import WEEKEND, WorkingCalendar
from syncd.model.items import CalendarEvent, Issue, Item, Level, Milestone, Phase, PullRequest
from syncd.model.links import Evidence, Link
from syncd.reconciler.canonical import findings_json
from syncd.reconciler.engine import evaluate, foreseen, judge
from syncd.reconciler.facts.causes import causes
from syncd.reconciler.facts.feeders import late_with_feeders
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.health import health
from syncd.reconciler.rules import dep_inversion, load_rules, overdue
from syncd.reconciler.view import View
from syncd.testing.alerts import after
from syncd.testing.builders import (
    AS_OF,
    LONG_AGO,
    at,
    change,
    claim,
    config,
    event,
    github_milestone,
    implements,
    issue,
    link,
    person,
    pull_request,
    snapshot,
    sprint,
    team,
    version,
)
from syncd.testing.histories import finished, planned

DAYS = st.dates(date(2026, 10, 1), date(2027, 1, 31))
MOMENTS = st.datetimes(datetime(2026, 9, 1), datetime(2026, 11, 20)).map(
    lambda at: at.replace(tzinfo=AS_OF.tzinfo, microsecond=0)
)
PROJECTS = ("PAY", "LED", "MOB")


@st.composite
def worlds(draw, days=DAYS, moments=MOMENTS):
    """Two versions, a milestone, a sprint, an event, a dozen issues, their links and moves."""
    versions = [
        version(name, release=draw(days), scope=scope)
        for name, scope in (("Checkout 2.0", "PAY"), ("Ledger API", "LED"))
    ]
    milestone = github_milestone("Checkout 2.0", due=draw(days), scope="acme/payments")
    run = sprint(start="2026-11-16", end=draw(days))
    review = event("Checkout 2.0 go / no-go", draw(days))
    epic = issue("PAY-100", level=Level.EPIC, due=draw(days), milestones=(versions[0].key,))
    issues = [
        draw(drawn_issues(number, versions, run, days, moments))
        for number in range(draw(st.integers(2, 9)))
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
        st.lists(st.tuples(st.sampled_from([*issues, *versions]), days, moments), max_size=6)
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
def drawn_issues(draw, number, versions, run, days, moments):
    return issue(
        f"{PROJECTS[number % 3]}-{number}",
        due=draw(st.none() | days),
        phase=draw(st.sampled_from(Phase)),
        assignee=draw(st.sampled_from([None, "ada", "osei"])),
        milestones=draw(st.sampled_from([(), (versions[0].key,), (versions[1].key,)])),
        sprint=draw(st.sampled_from([None, run.key])),
        parent=draw(st.sampled_from([None, "PAY-100"])),
        state_entered_at=draw(moments),
        last_human_activity_at=draw(moments),
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
    def ours(*things):
        """What is told of the world; what operators are told is of the source as a whole."""
        return [
            one
            for one in told(snapshot(*world, *things)).findings
            if "XYZ" not in one.subject + one.discriminator
            and not one.subject.startswith("source:")
        ]

    assert ours(*STRANGERS, link(STRANGERS[1], STRANGERS[3])) == ours()


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


ZONES = (
    "Pacific/Kiritimati", "Etc/GMT+12", "Europe/Berlin", "Africa/Cairo", "America/St_Johns",
)  # fmt: skip
CLOCKS = st.sampled_from(
    [AS_OF.replace(hour=0), AS_OF, AS_OF.replace(hour=23, minute=59)]
    + [at(f"2026-{day} 09:00") for day in ("10-26", "12-31")]
)


@FEW
@given(worlds(), st.sampled_from(ZONES), CLOCKS)
def test_at_the_same_time_by_the_clock_the_same_is_found_in_every_zone(world, zone, now):
    """Clocks change in October, so hours of one day are not those of another."""
    there = ZoneInfo(zone)
    home = told(snapshot(*world, as_of=now))
    away = told(
        snapshot(*(moved_to(there, one) for one in world), as_of=by_clock(there, now)),
        config(calendar=WorkingCalendar(zone=zone)),
    )
    assert [signature(one, timedelta()) for one in home.findings] == [
        signature(one, timedelta()) for one in away.findings
    ]


def moved_to(zone, thing):
    is_tuple = isinstance(thing, tuple)
    moments = {
        name: by_clock(zone, value)
        for name in (thing._fields if is_tuple else [one.name for one in fields(thing)])
        if isinstance(value := getattr(thing, name), datetime)
    }
    return thing._replace(**moments) if is_tuple else replace(thing, **moments)


def by_clock(zone, moment):
    return moment.replace(tzinfo=zone).astimezone(UTC)


ENDS_OF_TIME = st.sampled_from([date.min, date.max]) | st.dates()
LAST_MOMENTS = MOMENTS | st.sampled_from(
    [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
)


@FEW
@given(worlds(ENDS_OF_TIME, LAST_MOMENTS), st.sampled_from(ZONES), st.booleans())
def test_whatever_the_dates_and_the_calendar_every_rule_answers(world, zone, never):
    idle = frozenset(range(7)) if never else WEEKEND
    given = config(calendar=WorkingCalendar(zone=zone, weekend=idle))
    view = View(snapshot(*world), given, estimates=foreseen)
    answer = judge(view)
    assert answer.failures == ()
    assert len(health(view, answer)) == sum(not one.done for one in view.deliverables)


# what can only get worse, or better


@FEW
@given(worlds(), st.data())
def test_a_later_prerequisite_never_lowers_a_finish(world, data):
    first = data.draw(st.sampled_from([one for one in world if isinstance(one, Issue)]))
    own = data.draw(DAYS)
    moved = [with_due(first, own + timedelta(days=later)) for later in (0, data.draw(DELAYS))]
    before, after = (plan_of(*(move if one is first else one for one in world)) for move in moved)
    # An epic whose day is over may be no deliverable any more: then it is no node.
    for node in set(before.nodes) & set(after.nodes):
        old, new = before.finish(node), after.finish(node)
        assert old is None or (new is not None and new >= old)


TEAMS = (team("payments", "jira:PAY"), team("ledger", "jira:LED"))
HISTORY = [*finished(days=60, created_at=LONG_AGO), *finished("LED", cycle=10, days=60)]


@FEW
@given(st.dates(date(2026, 11, 24), date(2026, 12, 18)), st.data())
def test_a_later_prerequisite_never_lowers_the_chance_to_miss(day, data):
    """Of a release that waits for an item of another team."""
    release = version("2.0", release="2026-12-18")
    last, *more = planned(8, milestones=(release.key,))
    phase = data.draw(st.sampled_from([Phase.TODO, Phase.ACTIVE]))

    def late(due):
        first = issue("LED-1", due=due, phase=phase, state_entered_at=AS_OF)
        things = (release, last, *more, first, link(last, first), *HISTORY)
        view = View(snapshot(*things), config(teams=TEAMS), estimates=foreseen)
        (deliverable,) = view.deliverables
        return late_with_feeders(view, deliverable), view.plan.finish(deliverable.subject)

    (chance, end), (then, later) = late(day), late(day + timedelta(days=data.draw(DELAYS)))
    assert then >= chance > 0
    assert later >= end


DELAYS = st.integers(1, 60)


def with_due(item, day):
    return replace(item, claims=(claim(item.key, day),))


def plan_of(*things):
    return View(snapshot(*things), config()).plan


@st.composite
def chains(draw):
    """Open issues with dates ahead and past, each waiting for some of those before it."""
    days = st.dates(date(2026, 11, 9), date(2026, 12, 18))
    issues = [issue(f"{PROJECTS[number % 3]}-{number}", due=draw(days)) for number in range(6)]
    pairs = [(one, two) for place, one in enumerate(issues) for two in issues[:place]]
    drawn = draw(
        st.lists(
            st.sampled_from(pairs), min_size=3, unique_by=lambda pair: (pair[0].ref, pair[1].ref)
        )
    )
    return [*issues, *(link(*pair, id=str(number)) for number, pair in enumerate(drawn))]


@settings(FEW, max_examples=100)
@given(chains(), st.data())
def test_without_a_link_nothing_more_is_late_by_another(world, data):
    links = [one for one in world if isinstance(one, Link)]
    gone = data.draw(st.sampled_from(links))
    less = [one for one in world if one is not gone]
    before, after_it = (victims(View(snapshot(*things), config())) for things in (world, less))
    assert after_it <= before


def victims(view):
    """Whatever is told to be late by what it waits for.

    By `dep-late`, as two dates that do not fit, or as waiting for what is overdue: without what
    that waits for, it is a cause of its own.
    """
    found = {victim.node for cause in causes(view) for victim in cause.victims}
    found |= {one.subject for one in dep_inversion.check(view, dep_inversion.Params())}
    late = [push.ref for one in overdue.check(view, overdue.Params()) for push in one.pushes]
    return {str(view.find(ref).key) for ref in late} | set(map(str, found))


@FEW
@given(st.integers(5, 60), st.integers(0, 20), st.integers(0, 30))
def test_more_work_less_time_and_absence_never_lower_the_chance_to_miss(items, more, earlier):
    """The last in the queue, at a pace of one a day; fewer than five are foretold one by one."""

    def late(count, day, *events):
        release = version("2.0", release=day)
        history = finished(days=60)
        work = planned(count, milestones=(release.key,))
        view = View(snapshot(release, *work, *history, *events), config(people=(ADA,)))
        return view.once(Forecasts).of(view.deliverables[0]).late

    day, away = date(2027, 1, 29), event("Away", "2026-12-07", last="2026-12-31", **AWAY)
    sooner = day - timedelta(days=earlier)
    assert late(items, day) <= late(items + more, day)
    assert late(items, day) <= late(items, sooner)
    assert late(items, day) <= late(items, day, away)


ADA = person("ada", team="payments", accounts=(("calendar", "ada"),))
AWAY = {"type": "out_of_office", "scope": "ada"}


@FEW
@given(worlds(), st.booleans())
def test_while_no_source_answers_nothing_is_over(world, is_emptied):
    before = told(snapshot(*world))
    held = [step.alert for step in passed((), before)]
    rest = [] if is_emptied else [closed(one) for one in world]
    silent = {f"{source}:{scope}": None for source, scope in scopes_of(world)}
    after = told(snapshot(*rest, as_of=AS_OF + timedelta(days=3), stale=silent))
    states = {step.alert.state for step in passed(held, after)}
    assert AlertState.RESOLVED not in states


@FEW
@given(worlds())
def test_an_item_that_cannot_be_seen_ends_nothing(world):
    """What operators are told of is what is seen; all else is as it was, or cannot be told."""
    before = told(snapshot(*world))
    known = {one.fingerprint: one for one in (*before.findings, *before.holding)}
    for hidden in (one.key for one in world if isinstance(one, Item)):
        now = told(snapshot(*world, invisible=[hidden]))
        still = {one.fingerprint for one in (*now.findings, *now.holding, *now.unknown)}
        over = [
            one.summary
            for print_, one in known.items()
            if print_ not in still and one.subject not in now.invisible
            if not one.subject.startswith("source:")
        ]
        assert over == []


@FEW
@given(worlds(), st.data())
def test_a_pass_between_two_halves_of_a_reading_changes_nothing_in_the_end(world, data):
    """What half of the world lets open is over once all is read; then a pass changes nothing."""
    homes = {one.key: f"{one.key.source}:{one.scope}" for one in world if isinstance(one, Item)}
    read = {part for part in sorted(set(homes.values())) if data.draw(st.booleans())}
    half = [one for one in world if homes[told_by(one)] in read]
    unread = dict.fromkeys(sorted(set(homes.values()) - read))
    begun, ended, again = (AS_OF + timedelta(minutes=number) for number in (0, 5, 10))
    opened = after((), passed((), told(snapshot(*half, as_of=begun, stale=unread))))
    in_two = after(opened, passed(opened, told(snapshot(*world, as_of=ended))))
    at_once = after((), passed((), told(snapshot(*world, as_of=ended))))
    assert in_force(in_two) == in_force(at_once)
    assert passed(in_two, told(snapshot(*world, as_of=again))) == ()


def told_by(one):
    """The item with which an item, a change or a link is read."""
    return getattr(one, "key", None) or getattr(one, "item", None) or one.near


def in_force(alerts):
    """What there is to know of the alerts that are not over."""
    return {
        one.fingerprint: (one.state, one.inhibited_by, one.finding)
        for one in alerts
        if one.state is not AlertState.RESOLVED
    }


def passed(alerts, answer):
    number = max((one.number for one in alerts), default=0) + 1
    return advance(alerts, answer, answer.as_of, next_number=number, first_pass=False)


def closed(one):
    return replace(one, phase=Phase.DONE, done_at=AS_OF) if isinstance(one, Issue) else one


def scopes_of(world):
    items = [one for one in world if isinstance(one, Item)]
    return sorted({(one.key.source, one.scope) for one in items})
