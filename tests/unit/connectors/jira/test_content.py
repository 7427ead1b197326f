"""What arrives of an issue: fields of its project, whole histories, and bounds on the absurd."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from jira_play import asked, claims, issues, problems

from syncd.connectors.http import Limits
from syncd.errors import UnexpectedAnswer

CLOUD = pytest.mark.parametrize("sim", ["cloud"], indirect=True)
SERVER = pytest.mark.parametrize("sim", ["server"], indirect=True)
DATEPICKER = "com.atlassian.jira.plugin.system.customfieldtypes:datepicker"
NUMBER = "com.atlassian.jira.plugin.system.customfieldtypes:float"


def test_a_team_managed_project_has_fields_of_its_own(sim, build):
    sim.add_project("LED", "Ledger")
    sim.add_field("customfield_10901", "Start date", "date", DATEPICKER, project="LED")
    sim.add_field("customfield_10902", "Start date", "date", DATEPICKER, project="PAY")
    sim.add_issue("PAY", "Step", by="dana", start=date(2026, 5, 5),
                  custom={"customfield_10902": "2026-05-06"})  # fmt: skip
    pages = list(build().pull("PAY", None))
    assert claims(pages)["start"] == date(2026, 5, 6)
    wanted = [each.json()["fields"] for each in asked(sim, "/search") if "count" not in each.path]
    assert "customfield_10902" in wanted[0]
    assert "customfield_10901" not in wanted[0]


def test_the_field_of_a_project_wins_over_that_of_the_site_and_over_the_found_one(sim, build):
    sim.add_project("LED", "Ledger")
    values = {"customfield_1": "2026-05-01", "customfield_2": "2026-05-02"}
    for project in ("PAY", "LED"):
        sim.add_issue(project, "Step", by="dana", start=date(2026, 5, 3), custom=values)
    connector = build(
        projects=("PAY", "LED"),
        fields={"start": "customfield_1"},
        project_fields={"LED": {"start": "customfield_2"}},
    )
    found = {name: claims(connector.pull(name, None))["start"].day for name in ("PAY", "LED")}
    assert found == {"PAY": 1, "LED": 2}
    assert claims(build().pull("PAY", None))["start"].day == 3


def test_a_field_is_known_by_its_type_whatever_the_site_calls_it(sim, build):
    sim.fields = [row._replace(name="Zieltermin") if row.name == "Target end" else row
                  for row in sim.fields]  # fmt: skip
    sim.add_issue("PAY", "Step", by="dana", target_end=date(2026, 6, 1))
    assert claims(build().pull("PAY", None))["target_end"] == date(2026, 6, 1)


@SERVER
@pytest.mark.parametrize("has_pages", [True, False])
def test_a_change_log_that_is_cut_in_the_search_is_read_whole_where_that_can_be(
    sim, build, has_pages
):
    key = sim.add_issue("PAY", "Step", by="dana")
    for number in range(150):
        sim.edit(key, by="dana", summary=f"Step {number}")
    sim.log_in_search = 40
    if not has_pages:
        sim.fail("/changelog", status=404)
    pages = list(build().pull("PAY", None))
    told = [change for page in pages for change in page.changes if change.field == "title"]
    assert len(told) == (150 if has_pages else 40)
    assert len(issues(pages)) == 1


@CLOUD
def test_change_logs_are_read_of_changed_issues_only(sim, build):
    for number in range(4):
        sim.add_issue("PAY", f"Step {number}", by="dana")
    sim.now += timedelta(hours=1)
    cursor = list(build().pull("PAY", None))[-1].cursor
    sim.edit("PAY-3", by="dana", due=date(2026, 6, 1))
    sim.requests.clear()
    list(build().pull("PAY", cursor))
    (logs,) = asked(sim, "/changelog/bulkfetch")
    assert logs.json()["issueIdsOrKeys"] == [sim.issue("PAY-3").id]


def test_pages_that_are_too_large_are_asked_for_in_smaller_ones(sim, build):
    keys = [sim.add_issue("PAY", f"Step {n}", by="dana", description="x" * 100_000)
            for n in range(9)]  # fmt: skip
    connector = build(limits=Limits(total=5, body=350_000), page_size=8)
    assert [each.ref for each in issues(connector.pull("PAY", None))] == keys
    sizes = [
        each.json()["maxResults"] for each in asked(sim, "/search") if "count" not in each.path
    ]
    # The size that passed is kept to.
    assert sizes[:6] == [8, 2, 2, 2, 2, 2]


def test_one_issue_that_is_larger_than_any_answer_is_told(sim, build):
    sim.add_issue("PAY", "Step", by="dana", description="x" * 400_000)
    connector = build(limits=Limits(total=5, body=350_000))
    with pytest.raises(UnexpectedAnswer, match="more than"):
        list(connector.pull("PAY", None))


def test_ten_thousand_labels_and_links_are_cut_and_told(sim, build, caplog):
    key = sim.add_issue("PAY", "Step", by="dana", labels=tuple(f"l{n}" for n in range(10_000)))
    sim.add_issue("PAY", "Other", by="dana")
    kind = {"id": "1", "name": "Blocks", "inward": "is blocked by", "outward": "blocks"}
    links = [{"id": str(n), "type": kind, "outwardIssue": {"id": str(n), "key": f"LED-{n}"}}
             for n in range(1, 2001)]  # fmt: skip

    def overgrown(answer):
        for row in answer.body["issues"]:
            row["fields"] |= {"issuelinks": links} if row["key"] == key else {}
        return replace(answer)

    sim.fail(lambda request: "/search" in request.path and "count" not in request.path,
             change=overgrown)  # fmt: skip
    pages = list(build().pull("PAY", None))
    (one, _) = issues(pages)
    assert len(one.labels) == 1000
    assert len([link for page in pages for link in page.links if link.near == one.key]) == 1000
    assert "issue.cut ref=PAY-1 kept=1000 labels=10000 links=2000" in caplog.text
    assert not problems(pages)
    assert pages[-1].last


def test_ten_megabytes_of_description_stop_nothing(sim, build):
    sim.add_issue("PAY", "Step", by="dana", description="needs LED-2 " + "x" * 10_000_000)
    pages = list(build(limits=Limits(total=10)).pull("PAY", None))
    assert [link.far_ref for page in pages for link in page.links] == ["LED-2"]


def test_a_date_that_is_left_out_of_the_answer_is_not_taken_for_removed(sim, build):
    key = sim.add_issue("PAY", "Step", by="dana", due=date(2026, 6, 1))
    cursor = list(build().pull("PAY", None))[-1].cursor
    sim.left_out = {"duedate"}
    sim.now += timedelta(hours=1)
    sim.edit(key, by="dana", summary="Another step")
    (item,) = issues(build().pull("PAY", cursor))
    assert (item.claims, item.unanswered) == ((), ("due",))
    sim.left_out = set()
    sim.edit(key, by="dana", due=None)
    (item,) = issues(build().pull("PAY", cursor))
    assert (item.claims, item.unanswered) == ((), ()), "null is an answer: it was removed"


@pytest.mark.parametrize("key", ["../../x-2", "pay-2", "PAY?x-2", "P AY-2", "PAY-2\n"])
def test_a_key_that_is_none_is_set_aside(sim, build, key):
    sim.add_issue("PAY", "Step", by="dana")
    sim.add_issue("PAY", "Odd", by="dana")
    next(each for each in sim.issues.values() if each.summary == "Odd").key = key
    found = build().pull("PAY", None)
    pages = list(found)
    assert [each.ref for each in issues(pages)] == ["PAY-1"]
    assert "key is not that of an issue" in problems(pages)[0].reason


@CLOUD
def test_an_issue_whose_history_is_refused_is_read_and_asked_for_until_it_is_told(sim, build):
    key = sim.add_issue("PAY", "Step", by="dana")
    sim.edit(key, by="dana", due=date(2026, 6, 1))
    sim.fail("/changelog", status=403)
    pages = list(build().pull("PAY", None))
    assert [each.ref for each in issues(pages)] == [key]
    assert "its change log was not answered" in problems(pages)[0].reason
    sim.mend()
    healed = list(build().pull("PAY", pages[-1].cursor))
    assert not problems(healed)
    changes = [change for page in healed for change in page.changes]
    assert [change.new for change in changes if change.field == "due"] == ["2026-06-01"]
    assert '"aside":[]' in healed[-1].cursor


@pytest.mark.parametrize("jql_times", ["epoch", "relative"])
def test_issues_created_in_one_minute_are_not_read_again_and_again(sim, build, jql_times):
    for number in range(60):
        sim.add_issue("PAY", f"Step {number}", by="dana")
        sim.now += timedelta(milliseconds=500)
    found = issues(build(page_size=5, jql_times=jql_times).pull("PAY", None))
    assert len({each.key for each in found}) == 60
    assert len(found) <= 2 * 60
