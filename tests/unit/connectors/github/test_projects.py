"""Fields of GitHub Projects: dates, iterations and phases of the items in them."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from syncd.connectors.github.details import ProjectValue
from syncd.connectors.github.projects import claims, is_sprint, phase, sprint
from syncd.connectors.github.repo import Repo
from syncd.connectors.github.rows import Malformed
from syncd.demo.simulators.github_things import Iteration
from syncd.demo.simulators.server import Answer
from syncd.model.items import DateRole, ItemKey, Kind, MilestoneKind, Phase

REPO = "acme/ledger"
FIELDS = {"Target date": "due", "Start": "start", "Iteration": "sprint", "Status": "phase"}
KEY = ItemKey("github", Kind.ISSUE, "1")
NOVEMBER = Iteration("4fc1", "Sprint 7", date(2026, 11, 2), 14)


def repo(**more):
    return Repo(
        source="github",
        scope=REPO,
        id=7,
        full_name=REPO,
        web="https://github.test",
        project_fields={name.casefold(): meaning for name, meaning in FIELDS.items()},
        phases={"in review": Phase.REVIEW},
        **more,
    )


def value(field, text, **more):
    return ProjectValue(field=field, value=text, project="Plan", **more)


def iteration(start="2026-11-02", days=14, **more):
    return value("Iteration", "Sprint 7", iteration="4fc1", start=start, days=days, **more)


def test_dates_become_claims_the_earlier_one_of_two_projects():
    found = claims(
        [
            value("Target date", "2026-12-11"),
            value("target DATE", "2026-12-04"),
            value("Start", "2026-11-09"),
            value("Other date", "2026-01-01"),
        ],
        KEY,
        repo(),
    )
    assert {(claim.role, claim.field, claim.lo) for claim in found} == {
        (DateRole.DUE, "due", date(2026, 12, 4)),
        (DateRole.START, "start", date(2026, 11, 9)),
    }


@pytest.mark.parametrize(
    ("today", "state", "closed_at"),
    [
        (date(2026, 11, 1), "planned", None),
        (date(2026, 11, 2), "active", None),
        (date(2026, 11, 15), "active", None),
        (date(2026, 11, 16), "closed", datetime(2026, 11, 16, tzinfo=UTC)),
        (None, "active", None),
    ],
)
def test_an_iteration_is_a_sprint_with_start_and_last_day(today, state, closed_at):
    found = sprint([iteration()], repo(today=today))
    assert (found.kind, found.name, found.board) == (MilestoneKind.SPRINT, "Sprint 7", "Plan")
    assert (found.start, found.state, found.closed_at) == (date(2026, 11, 2), state, closed_at)
    [end] = found.claims
    assert (end.role, end.lo, end.hi) == (DateRole.END, date(2026, 11, 15), date(2026, 11, 15))
    assert is_sprint(found.key)
    assert found.scope == REPO


def test_of_two_iterations_the_later_one_counts():
    later = value("Iteration", "Sprint 8", iteration="5ab2", start="2026-11-16", days=14)
    assert sprint([later, iteration()], repo()).name == "Sprint 8"
    assert sprint([value("Target date", "2026-12-04")], repo()) is None


@pytest.mark.parametrize(
    "spoiled", [iteration(days=0), iteration(days=10_000), iteration(start="soon")]
)
def test_an_iteration_without_days_is_malformed(spoiled):
    with pytest.raises(Malformed, match="Iteration holds no"):
        sprint([spoiled], repo())


def test_a_date_that_is_none_is_malformed():
    with pytest.raises(Malformed, match="Target date holds no date"):
        claims([value("Target date", "soon")], KEY, repo())


def test_the_first_option_that_has_a_phase_counts():
    options = [value("Status", "Parked"), value("Status", "In Review")]
    assert phase(options, repo()) is Phase.REVIEW
    assert phase(options[:1], repo()) is None


# Through the connector


def pulled(connector, cursor=None):
    pages = list(connector.pull(REPO, cursor))
    return {item.ref: item for page in pages for item in page.items}, pages[-1].cursor


def aside(cursor):
    return json.loads(cursor)["aside"]


def asks_for_details(request):
    return b"nodes(ids" in request.body


@pytest.fixture
def planned(sim):
    ref = sim.open_issue(REPO, "One", assignees=("rosei",))
    sim.set_field(ref, "Target date", date(2026, 12, 4))
    sim.set_field(ref, "Iteration", NOVEMBER)
    sim.set_field(ref, "Status", "In Review")
    sim.set_field(ref, "Estimate", "8")
    pull = sim.open_pull(REPO, "Two", head="two")
    sim.set_field(pull, "Target date", date(2026, 12, 1), project="Release")
    return ref


def test_fields_come_with_the_items_details(sim, build, planned):
    found, _ = pulled(build(project_fields=FIELDS))
    issue, pull = found[planned], found[f"{REPO}#2"]
    run = found[f"{REPO} iteration 4fc1"]
    assert issue.sprint == run.key
    assert [claim.lo for claim in issue.claims] == [date(2026, 12, 4)]
    assert issue.phase is Phase.REVIEW
    assert [claim.lo for claim in pull.claims] == [date(2026, 12, 1)]
    assert run.state == "active"
    graphql = [request for request in sim.requests if request.path.endswith("graphql")]
    assert len(graphql) == 2  # a look, and all details: none more for projects


def test_projects_are_left_alone_unless_they_are_wanted(sim, build, planned):
    found, _ = pulled(build())
    assert found[planned].claims == ()
    assert found[planned].sprint is None
    assert not [request for request in sim.requests if b"projectItems" in request.body]


def test_a_closed_issue_is_done_whatever_its_status_field_says(sim, build, planned):
    sim.close(planned)
    found, _ = pulled(build(project_fields=FIELDS))
    assert found[planned].phase is Phase.DONE


def test_a_date_moved_in_a_project_is_seen_within_a_day(sim, build, planned):
    _, cursor = pulled(build(project_fields=FIELDS))
    sim.now += timedelta(days=1)
    sim.set_field(planned, "Target date", date(2027, 1, 8))
    found, _ = pulled(build(project_fields=FIELDS), cursor)
    assert [claim.lo for claim in found[planned].claims] == [date(2027, 1, 8)]


def with_issue_field(answer):
    rows = [
        {**row, "issue_field_values": [{"issue_field_name": "Due", "value": "2026-11-20"}]}
        for row in answer.body
    ]
    return Answer(body=rows, headers=answer.headers)


def test_an_organisations_issue_field_goes_before_a_projects(sim, build, planned):
    sim.fail(lambda r: r.path.endswith("/issues"), change=with_issue_field)
    found, _ = pulled(build(project_fields=FIELDS, date_fields={"Due": "due"}))
    assert [claim.lo for claim in found[planned].claims] == [date(2026, 11, 20)]


@pytest.mark.parametrize(
    "token", [{"scopes": "repo, read:org"}, {"forbidden": ("organization_projects",)}]
)
def test_without_the_right_all_else_is_read(sim, build, planned, token):
    for name, said in token.items():
        setattr(sim.tokens["canary-5ecret-token"], name, said)
    found, cursor = pulled(build(project_fields=FIELDS))
    assert found[planned].claims == ()
    assert found[planned].unanswered == ("due", "phase", "sprint", "start")
    assert found[f"{REPO}#2"].unanswered == ("due", "phase", "sprint", "start")
    assert found[planned].assignee == "rosei"
    assert aside(cursor) == []  # asking again would not help
    assert not [r for r in sim.requests if r.path.endswith("/timeline")]  # still by GraphQL


def test_what_is_not_planned_is_an_answer(sim, build):
    ref = sim.open_issue(REPO, "One")
    found, _ = pulled(build(project_fields=FIELDS))
    assert (found[ref].claims, found[ref].unanswered) == ((), ())


def test_scopes_that_lack_beside_an_answer_are_a_missing_right_too(sim, build, planned):
    def refuse(answer):
        nodes = [None] * len(answer.body["data"]["nodes"])
        errors = [{"type": "INSUFFICIENT_SCOPES", "message": "requires read:project"}]
        return Answer(body={"data": {"nodes": nodes}, "errors": errors})

    sim.fail(lambda r: b"projectItems" in r.body, change=refuse)
    found, cursor = pulled(build(project_fields=FIELDS))
    assert "due" in found[planned].unanswered
    assert aside(cursor) == []
    assert not [r for r in sim.requests if r.path.endswith("/timeline")]


def test_a_part_that_failed_is_asked_for_again(sim, build, planned):
    def spoil(answer):
        data = answer.body["data"]
        data["nodes"][0] = None
        wrong = {"message": "Something went wrong", "path": ["nodes", 0]}
        return Answer(body={"data": data, "errors": [wrong]})

    sim.fail(asks_for_details, change=spoil, times=1)
    found, cursor = pulled(build(project_fields=FIELDS))
    assert [claim.lo for claim in found[planned].claims] == [date(2026, 12, 4)]
    assert found[planned].unanswered == ()
    assert aside(cursor) == []


def without_first(answer):
    data = answer.body["data"]
    data["nodes"][0] = None
    return Answer(body={"data": data, "errors": [{"type": "FORBIDDEN"}]})


@pytest.mark.parametrize(
    "fault",
    [{"change": without_first}, {"status": 403, "body": {"message": "Forbidden"}}],
    ids=["a node is withheld", "GraphQL is refused once"],
)
def test_an_item_whose_projects_were_not_told_is_asked_for_again(sim, build, planned, fault):
    fault = sim.fail(asks_for_details, **fault)
    pages = list(build(project_fields=FIELDS).pull(REPO, None))
    items = {item.ref: item for page in pages for item in page.items}
    assert items[planned].assignee == "rosei"  # by REST
    assert items[planned].unanswered == ("due", "phase", "sprint", "start")
    told = {p.native_id: p.reason for page in pages for p in page.problems}
    assert told[items[planned].key.native_id] == (
        f"{planned}: its fields of projects were not told; what is held of them stays"
    )
    sim.mend(fault)
    sim.now += timedelta(hours=1)
    found, cursor = pulled(build(project_fields=FIELDS), pages[-1].cursor)
    assert [claim.lo for claim in found[planned].claims] == [date(2026, 12, 4)]
    assert (found[planned].unanswered, aside(cursor)) == ((), [])


def test_a_project_that_is_withheld_beside_one_that_is_shown(sim, build, planned):
    sim.set_field(planned, "Start", date(2026, 11, 9), project="Secret")

    def withhold(answer):
        answer.body["data"]["nodes"][0]["projectItems"]["nodes"][1] = None
        errors = [{"type": "FORBIDDEN", "path": ["nodes", 0, "projectItems", "nodes", 1]}]
        return Answer(body={**answer.body, "errors": errors})

    sim.fail(asks_for_details, change=withhold)
    found, _ = pulled(build(project_fields=FIELDS))
    assert [claim.field for claim in found[planned].claims] == ["due"]
    assert found[planned].unanswered == ("start",)


def test_a_date_of_an_issue_field_is_an_answer_whatever_projects_leave_out(sim, build, planned):
    sim.tokens["canary-5ecret-token"].forbidden = ("organization_projects",)
    sim.fail(lambda r: r.path.endswith("/issues"), change=with_issue_field)
    found, _ = pulled(build(project_fields=FIELDS, date_fields={"Due": "due"}))
    assert [claim.lo for claim in found[planned].claims] == [date(2026, 11, 20)]
    assert found[planned].unanswered == ("phase", "sprint", "start")


def test_without_graphql_dates_of_projects_stay_as_held(sim, build, planned):
    found, cursor = pulled(build(project_fields=FIELDS, use_graphql="never"))
    assert "due" in found[planned].unanswered
    assert aside(cursor) == []


def test_an_item_in_many_projects_is_read_in_all_of_them(sim, build):
    refs = [sim.open_issue(REPO, "One"), sim.open_pull(REPO, "Two", head="two")]
    for ref in refs:
        for n in range(12):
            sim.set_field(
                ref, "Target date" if n == 11 else "Rank", date(2026, 12, 4), project=f"P{n}"
            )
    found, _ = pulled(build(project_fields=FIELDS))
    assert [[claim.lo for claim in found[ref].claims] for ref in refs] == [[date(2026, 12, 4)]] * 2


@pytest.mark.parametrize("broken", [None, {"nodes": None}, {"nodes": 7}])
def test_projects_that_break_off_are_not_taken_for_all(sim, build, broken):
    ref = sim.open_issue(REPO, "One")
    for n in range(12):
        sim.set_field(ref, "Target date", date(2026, 12, 4), project=f"P{n}")
    answer = {"data": {"node": {"projectItems": broken}}}
    sim.fail(lambda r: b"MoreIssue_projectItems" in r.body, body=answer, status=200)
    found, cursor = pulled(build(project_fields=FIELDS))
    assert "due" in found[ref].unanswered
    assert aside(cursor) == [1]


def test_a_sweep_does_not_doubt_a_sprint(sim, build, planned):
    connector = build(project_fields=FIELDS)
    found, _ = pulled(connector)
    held = {item.key: ref for ref, item in found.items()}
    sim.delete(f"{REPO}#2")
    named = {key for page in connector.sweep(REPO, held) for key in page.seen}
    assert held.keys() - named == {found[f"{REPO}#2"].key}


def test_a_sprint_whose_items_are_all_closed_ends_too(sim, build, planned):
    sim.close(planned)
    _, cursor = pulled(build(project_fields=FIELDS))
    sim.now += timedelta(days=7)
    found, cursor = pulled(build(project_fields=FIELDS), cursor)
    assert found[f"{REPO} iteration 4fc1"].state == "active"
    sim.now += timedelta(days=7)
    found, cursor = pulled(build(project_fields=FIELDS), cursor)
    assert found[f"{REPO} iteration 4fc1"].state == "closed"
    assert json.loads(cursor)["sprints"] == []
