"""What `syncd doctor` finds right, missing and needless at a GitHub source."""

from datetime import UTC, date, datetime, timedelta

import pytest

from syncd.interfaces import Mark

TOKEN = "canary-5ecret-token"
REPO = "acme/ledger"
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
FIELDS = {"Target date": "due"}


def found_by(connector):
    return [(check.mark, check.text, check.fix, check.exit_code) for check in connector.check()]


def test_doctor_on_a_sound_source(sim, build):
    sim.tokens[TOKEN].expires_at = START + timedelta(days=41, hours=1)
    assert found_by(build()) == [
        (Mark.OK, "signed in as syncd-bot", "", 0),
        (Mark.OK, "the token expires in 41 days, on 2026-12-13", "", 0),
        (Mark.OK, "4999 of 5000 requests left in this hour", "", 0),
        (Mark.OK, "5000 of 5000 GraphQL points left in this hour", "", 0),
        (Mark.OK, f"{REPO}: issues, pull requests and milestones can be read", "", 0),
    ]


def test_doctor_warns_of_what_will_go_wrong(sim, build):
    token = sim.tokens[TOKEN]
    token.expires_at = START + timedelta(days=5)
    token.scopes = "repo, read:org, user:email, admin:org, security_events, copilot"
    sim.used = 4900
    sim.rename_repo(REPO, "acme/books")
    warned = [(text, fix) for mark, text, fix, _ in found_by(build()) if mark is Mark.WARNING]
    texts = [text for text, _ in warned]
    assert texts == [
        "the token expires in 5 days, on 2026-11-07",
        "the token may do more than reading needs: repo, admin:org, security_events, copilot",
        "99 of 5000 requests left in this hour",
        f"{REPO} is called acme/books now; it is still read",
    ]
    assert all(fix for _, fix in warned)


def test_doctor_names_each_repository_that_cant_be_read(sim, build):
    sim.add_repo("acme/web")
    sim.tokens[TOKEN].repos = ("acme/web",)
    sim.tokens[TOKEN].forbidden = ()
    found = found_by(build(repos=(REPO, "acme/web")))
    failed = [(text, code) for mark, text, _, code in found if mark is Mark.FAILED]
    assert len(failed) == 1
    assert failed[0][0].startswith(f"the repository {REPO}: not found")
    assert failed[0][1] == 4
    sim.tokens[TOKEN].forbidden = ("pull_requests",)
    found = found_by(build(repos=("acme/web",)))
    assert [(m, f) for m, _, f, _ in found if m is Mark.FAILED] == [
        (Mark.FAILED, "give the token the right pull_requests=read")
    ]


def lines(connector, mark):
    return [check.text for check in connector.check() if check.mark is mark]


@pytest.mark.parametrize(
    ("right", "failing"),
    [("issues", ["the issues", "the milestones"]), ("pull_requests", ["the pulls"])],
)
def test_each_missing_right_is_named_by_kind(sim, build, right, failing):
    sim.tokens[TOKEN].forbidden = (right,)
    failed = [check for check in build().check() if check.mark is Mark.FAILED]
    assert [check.text.partition(" of ")[0] for check in failed] == failing
    assert {check.fix for check in failed} == {f"give the token the right {right}=read"}
    assert {check.exit_code for check in failed} == {4}


def test_a_token_without_contents_is_told_that_owners_are_not_read(sim, build):
    sim.tokens[TOKEN].forbidden = ("contents",)
    told = lines(build(), Mark.NOTE)
    assert told[-1] == f"{REPO}: code owners are not read, the right contents=read is missing"


def test_a_file_that_is_not_there_is_no_missing_right_whatever_the_host_says_of_it(sim, build):
    sim.fail("/contents/", status=404, body={"message": "Not Found (403)"})
    assert not [told for told in lines(build(), Mark.NOTE) if "code owners are not read" in told]


@pytest.mark.parametrize(
    "token", [{"forbidden": ("organization_projects",)}, {"scopes": "repo, read:org"}]
)
def test_projects_that_cant_be_read_are_told_with_the_right_to_add(sim, build, token):
    sim.set_field(sim.open_issue(REPO, "One"), "Target date", date(2026, 12, 4))
    assert lines(build(project_fields=FIELDS), Mark.OK)[-1] == (
        f"{REPO}: fields of projects can be read"
    )
    for name, value in token.items():
        setattr(sim.tokens[TOKEN], name, value)
    last = list(build(project_fields=FIELDS).check())[-1]
    assert (last.mark, last.text) == (
        Mark.WARNING,
        f"{REPO}: fields of projects can't be read; going on without them",
    )
    assert "organization_projects=read" in last.fix
    assert "read:project" in last.fix


def test_fields_of_projects_that_can_never_come_are_told(sim, build):
    sim.set_field(sim.open_issue(REPO, "One"), "Target date", date(2026, 12, 4))
    [warned] = lines(build(project_fields=FIELDS, use_graphql="never"), Mark.WARNING)
    assert "GraphQL only, which is switched off" in warned
    [warned] = lines(build(project_fields={**FIELDS, "Targat": "start"}), Mark.WARNING)
    assert warned == f"{REPO}: no project of its newest items has a field Targat"


def test_field_names_are_not_doubted_where_nothing_is_planned(sim, build):
    sim.open_issue(REPO, "One")
    assert lines(build(project_fields=FIELDS), Mark.WARNING) == []


def test_a_repository_that_nobody_can_work_in_is_told(sim, build):
    sim.repo(REPO).archived = True
    [warned] = lines(build(), Mark.WARNING)
    assert warned == f"{REPO} is archived: what is open there can neither be closed nor moved"


def test_two_names_of_one_repository_are_told(sim, build):
    sim.rename_repo(REPO, "acme/books")
    failed = [c for c in build(repos=(REPO, "acme/books")).check() if c.mark is Mark.FAILED]
    assert [check.text for check in failed] == [
        f"{REPO} is called acme/books now, which is read as well"
    ]


def test_projects_are_not_asked_about_when_they_are_not_wanted(sim, build):
    list(build().check())
    assert not [request for request in sim.requests if request.path.endswith("graphql")]


def test_issues_that_are_switched_off_are_told(sim, build):
    sim.repo(REPO).has_issues = False
    assert lines(build(), Mark.OK)[-1] == (
        f"{REPO}: pull requests can be read; issues are switched off there"
    )


def test_a_low_budget_of_graphql_alone_is_told(sim, build):
    sim.points = 4600
    assert lines(build(), Mark.WARNING) == ["400 of 5000 GraphQL points left in this hour"]


def test_a_server_that_limits_nothing_is_fine(sim, build):
    sim.fail("/rate_limit", status=404, body={"message": "Rate limiting is not enabled."})
    assert {check.mark for check in build().check()} == {Mark.OK}


@pytest.fixture
def app(build, pem):
    def app(**more):
        return build(token=None, app_id=5, private_key=pem, installation_id=17, **more)

    return app


def test_doctor_on_a_sound_app(sim, app):
    sim.add_app(17, TOKEN, contents="read", checks="read")
    checks = list(app().check())
    assert checks[0].text == "signed in as GitHub App 5"
    assert {check.mark for check in checks} == {Mark.OK}


def test_what_an_app_needs_not_is_named(sim, app):
    sim.add_app(
        17, TOKEN, contents="read", actions="read", issues="write", organization_projects="read"
    )
    [warned] = [check for check in app().check() if check.mark is Mark.WARNING]
    assert warned.text == (
        "the App may do more than reading needs: "
        "actions: read, issues: write, organization_projects: read"
    )
    assert warned.fix
    [warned] = [c for c in app(project_fields=FIELDS).check() if c.mark is Mark.WARNING]
    assert "organization_projects" not in warned.text


def test_an_app_that_cant_sign_in(sim, app):
    [failed] = app().check()
    assert (failed.mark, failed.exit_code) == (Mark.FAILED, 4)
    assert "private_key" in failed.fix
