"""What doctor says of a Jira: rights, fields, statuses, and how each is mended."""

from dataclasses import replace

import pytest

from syncd.demo.simulators.jira_rights import RIGHTS
from syncd.interfaces import Mark

CLOUD = pytest.mark.parametrize("sim", ["cloud"], indirect=True)
SERVER = pytest.mark.parametrize("sim", ["server"], indirect=True)
SITE = "customfieldtypes:datepicker"


def told(connector):
    """One line for each check, as doctor prints them."""
    return "\n".join(
        f"{each.mark} {each.text}" + (f" | {each.fix}" if each.fix else "")
        for each in connector.check()
    )


def marks(connector):
    return {each.mark for each in connector.check()}


def test_doctor_names_what_is_missing_and_how_to_mend_it(sim, build):
    sim.fail(
        "/field",
        status=200,
        body=[
            {
                "id": "customfield_7",
                "name": "Start Datum",
                "schema": {"type": "date", "custom": "x"},
            }
        ],
    )
    sim.default_headers = lambda _: {"X-RateLimit-Remaining": "40", "X-RateLimit-Limit": "1000"}
    found = list(build(projects=("PAY", "NOPE"), fields={"points": "customfield_9"}).check())
    text = "\n".join(f"{check.mark} {check.text} | {check.fix}" for check in found)
    assert "ok signed in as syncd" in text
    assert "ok 1 of 2 projects readable: PAY" in text
    assert (
        "failed project NOPE: renamed, deleted, or no right to see it | ask an administrator of NOPE "
        'to give the account "Browse projects" there' in text
    )
    assert (
        'warning no field "Start date": start stays unknown | set sources.jira.fields.start = "customfield_7" if "Start Datum" is it'
        in text
    )
    assert (
        "failed field customfield_9, set as points, does not exist | correct sources.jira.fields.points"
        in text
    )
    assert "warning 40 of 1 000 requests left" in text
    assert {check.exit_code for check in found if check.mark is Mark.FAILED} == {3, 4}


def test_doctor_stops_where_nobody_answers(build):
    (check,) = build(url="http://127.0.0.1:1").check()
    assert (check.mark, check.exit_code) == (Mark.FAILED, 3)
    assert "refused the connection" in check.text


def test_a_sound_source_gets_no_warning(sim, build):
    assert marks(build()) == {Mark.OK}


def test_doctor_names_a_project_whose_issues_we_may_not_browse_and_whom_to_ask(sim, build):
    sim.rights.clear()
    (failed,) = [each for each in build().check() if each.mark is Mark.FAILED]
    assert failed.text.startswith("project PAY: seen, but its issues are not")
    assert failed.fix.startswith('ask Dana Lee to give the account "Browse projects"')
    assert failed.exit_code == 4


def test_doctor_names_rights_that_reading_does_not_need(sim, build):
    sim.rights |= {"ADMINISTER", "EDIT_ISSUES", "DELETE_ISSUES"}
    assert (
        "warning the account may do more than read: Administer Jira, Edit Issues, Delete Issues | "
        'give source jira an account that has "Browse projects" only' in told(build())
    )


def test_doctor_names_any_right_beyond_browsing_and_viewing(sim, build):
    sim.rights |= {"VIEW_DEV_TOOLS", "USER_PICKER", "LINK_ISSUES", "DELETE_ALL_COMMENTS"}
    text = told(build())
    assert "Link Issues" in text
    assert "Delete All Comments" in text
    assert "View" not in text
    assert "Browse Users" not in text


def test_doctor_tells_the_mightiest_of_many_rights_and_counts_the_others(sim, build):
    sim.rights |= set(RIGHTS)
    (line,) = [each for each in told(build()).splitlines() if "may do more" in each]
    assert "more than read: Administer Jira, System Administrators, Administer Projects" in line
    assert f"and {len(RIGHTS) - 6 - 8} more" in line


@CLOUD
def test_doctor_asks_for_fewer_rights_where_one_is_unknown(sim, build):
    sim.rights |= {"EDIT_ISSUES"}
    sim.fail(lambda request: "BULK_CHANGE" in request.query.get("permissions", ""), status=400)
    assert "may do more than read: Edit Issues" in told(build())


@SERVER
def test_a_right_under_an_earlier_key_is_told_once(sim, build):
    sim.rights |= {"EDIT_ISSUES"}
    sim.fail("/mypermissions", change=with_an_earlier_key)
    assert "may do more than read: Edit Issues |" in told(build())


def with_an_earlier_key(answer):
    rows = answer.body["permissions"]
    old = rows["EDIT_ISSUES"] | {"key": "EDIT_ISSUE", "name": "Edit", "deprecatedKey": True}
    return replace(answer, body={"permissions": rows | {"EDIT_ISSUE": old}})


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("part", ["/agile/", "/sprint"])
def test_doctor_names_the_right_that_boards_and_sprints_need(sim, build, status, part):
    sim.add_board(7, "PAY")
    sim.fail(part, status=status)
    (warned,) = [each for each in build().check() if each.mark is not Mark.OK]
    assert warned.mark is Mark.WARNING
    assert warned.text.startswith("sprints are known from issues only, as boards can't be read")
    needed = "read:sprint:jira-software" if sim.cloud else "access to Jira Software"
    assert needed in warned.fix


def test_doctor_says_where_there_are_no_boards(sim, build):
    sim.fail("/agile/", status=404)
    assert "note no boards here: sprints are known from issues only" in told(build())


def test_doctor_goes_on_where_rights_are_not_told(sim, build):
    sim.fail("/mypermissions", status=404)
    assert "ok 1 of 1 projects readable: PAY" in told(build())


@CLOUD
def test_doctor_says_when_a_persons_token_is_used_on_the_site(sim, build):
    sim.users["syncd"].is_bot = False
    assert (
        "warning signed in with the token of a person: it may do all that the person may | use a "
        "service account with a token of scope read:jira-work" in told(build())
    )


def test_doctor_says_which_of_two_fields_counts(sim, build):
    sim.add_field("customfield_10900", "Planned start", "date", SITE)
    assert (
        "warning 2 fields can be start; the first with a value counts: customfield_10015 "
        '"Start date", then customfield_10900 "Planned start" | if only one is meant: '
        'sources.jira.fields.start = "customfield_10015"' in told(build())
    )
    chosen = told(build(fields={"start": "customfield_10900"}))
    assert "can be start" not in chosen
    assert "fields: start = customfield_10900" in chosen


def test_doctor_looks_at_fields_project_by_project(sim, build):
    sim.add_project("LED", "Ledger")
    sim.add_project("OUT", "Not read by us")
    sim.add_field("customfield_10900", "Start date", "date", SITE, project="LED")
    sim.add_field("customfield_10901", "Start date", "date", SITE, project="OUT")
    text = told(build(projects=("PAY", "LED")))
    assert "2 fields can be start in LED; the first with a value counts: customfield_10900" in text
    assert "customfield_10901" not in text
    failed = told(build(project_fields={"PAY": {"start": "customfield_1"}}))
    assert (
        "failed field customfield_1, set as start, does not exist | correct "
        "sources.jira.project_fields.PAY.start" in failed
    )


def test_doctor_names_statuses_that_no_category_explains(sim, build):
    odd = [
        {"id": "1", "name": "Limbo", "statusCategory": {"id": 1, "key": "undefined"}},
        {"id": "2", "name": "Parked", "statusCategory": {"id": 9, "key": "parked"}},
        {"id": "3", "name": "Done", "statusCategory": {"id": 3, "key": "done"}},
    ]
    sim.fail("/status", status=200, body=odd)
    assert (
        'warning no known category tells where work in these statuses stands: "Limbo", "Parked" | '
        'set sources.jira.phases = { "Limbo" = "active" } with what each means' in told(build())
    )
    assert "Limbo" not in told(build(phases={"limbo": "waiting", "Parked": "waiting"}))


def test_doctor_names_a_project_that_has_another_key_now(sim, build):
    sim.rename_project("PAY", "BUY")
    warned = [each for each in build().check() if "called" in each.text]
    assert [(each.mark, each.text, each.fix) for each in warned] == [
        (Mark.WARNING, "project PAY is called BUY now; it is still read",
         'write "BUY" in sources.jira.projects')
    ]  # fmt: skip
    (failed,) = (
        each for each in build(projects=("PAY", "BUY")).check() if each.mark is Mark.FAILED
    )
    assert failed.text == "project PAY is called BUY now, which is read as well"
