"""Files in a folder, as people drop them there."""

import json
import os
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from exports import gh_issue, jira_issue

from syncd.connectors.file.connector import FileConnector
from syncd.errors import NotVisible, SourceError, UnexpectedAnswer
from syncd.interfaces import Connector, Mark, Page
from syncd.model.items import Issue, Milestone, Phase
from syncd.model.links import Evidence
from syncd.model.snapshot import Scope
from syncd.store import open_store

MADE = datetime(2026, 11, 23, 8, tzinfo=UTC).timestamp()


ICS = (
    "BEGIN:VCALENDAR\r\nX-WR-CALNAME:Plan\r\nBEGIN:VEVENT\r\nUID:go\r\nSUMMARY:Go / no-go\r\n"
    "DTSTART;VALUE=DATE:20261201\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
CSV = (
    "Issue key,Issue id,Summary,Issue Type,Status,Created,Updated\n"
    "MOB-1,31,x,Story,To Do,01/Oct/26 9:00 AM,20/Nov/26 4:05 PM\n"
)


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def put(name: str, content: Any) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str | bytes) else json.dumps(content)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        os.utime(path, (MADE, MADE))
        return path

    return put


@pytest.fixture
def build(tmp_path: Path) -> Any:
    def make(*paths: str, **settings: Any) -> FileConnector:
        section = {"paths": paths or ("**/*.*",), "base": tmp_path, **settings}
        return FileConnector("file", FileConnector.Settings.model_validate(section))

    return make


def pull(connector: FileConnector, scope: str, cursor: str | None = None) -> Page:
    (page,) = connector.pull(scope, cursor)
    return page


def titles(page: Page) -> list[str]:
    return [item.title for item in page.items if hasattr(item, "title")]


def test_it_is_a_connector(build):
    assert isinstance(build(), Connector)
    assert build().interface == 1


def test_every_kind_is_told_by_its_look_and_gives_its_scopes(write, build):
    write("search.json", {"issues": [jira_issue("PAY-1")], "total": 1})
    write("one.json", jira_issue("LED-1"))
    write("lines.jsonl", json.dumps(jira_issue("OPS-1")) + "\n" + json.dumps(jira_issue("OPS-2")))
    write("export.csv", CSV)
    write("gh.json", [gh_issue()])
    write("deep/plan.ics", ICS)
    connector = build()
    assert connector.scopes() == ("LED", "MOB", "OPS", "PAY", "Plan", "acme/ledger")
    for scope in connector.scopes():
        page = pull(connector, scope)
        assert page.last
        assert page.listing
        assert {item.scope for item in page.items} == {scope}
        assert {item.key.source for item in page.items} == {"file"}
        assert not page.problems
    assert len(pull(connector, "OPS").items) == 2


@pytest.mark.parametrize(
    "text",
    [
        "[{0}, {1}]",
        "[{0}]\n[{1}]",
        "[{0}][{1}]",
        "[[{0}], [{1}]]",
        "{0}\n{1}\n",
        "\n\n {0} {1}",
        "\ufeff[{0},\n{1}]",
    ],
)
def test_json_as_commands_leave_it(write, build, text):
    one, two = json.dumps(gh_issue(1)), json.dumps(gh_issue(2))
    write("gh.json", text.replace("{0}", one).replace("{1}", two))
    assert titles(pull(build(), "acme/ledger")) == ["Issue 1", "Issue 2"]


def test_an_unchanged_file_brings_nothing_and_a_touched_or_renamed_one_neither(write, build):
    path = write("a.json", [gh_issue(1)])
    first = pull(build(), "acme/ledger")
    os.utime(path, (MADE + 9999, MADE + 9999))
    second = pull(build(), "acme/ledger", first.cursor)
    assert (second.items, second.last, second.listing) == ((), True, False)
    path.rename(path.with_name("b.json"))
    third = pull(build(), "acme/ledger", second.cursor)
    assert third.items == ()


def test_a_changed_file_brings_its_items_with_the_same_identity(write, build):
    write("a.json", [gh_issue(1)])
    connector = build()
    first = pull(connector, "acme/ledger")
    write("a.json", [gh_issue(1, title="New", updatedAt="2026-11-21T16:05:00Z")])
    second = pull(connector, "acme/ledger", first.cursor)
    assert titles(second) == ["New"]
    assert second.items[0].key == first.items[0].key
    assert second.listing


def test_other_settings_mean_another_reading(write, build):
    write("a.json", [gh_issue(1, labels=[{"name": "Parked"}])])
    first = pull(build(), "acme/ledger")
    second = pull(build(phases={"parked": "waiting"}), "acme/ledger", first.cursor)
    assert second.items[0].phase is Phase.WAITING
    assert (first.reread, second.reread) == (False, True)
    write("a.json", [gh_issue(1, title="New", updatedAt="2026-11-21T16:05:00Z")])
    for cursor in (first.cursor, "as an earlier version wrote it", None):
        edited = pull(build(), "acme/ledger", cursor)
        assert (titles(edited), edited.reread) == (["New"], False)


def test_the_newest_version_of_an_item_in_several_files_counts(write, build):
    write("b-old.json", [gh_issue(1, title="Old", body="blocked by #7")])
    write("a-new.json", [gh_issue(1, title="New", updatedAt="2026-11-22T16:05:00Z"), gh_issue(2)])
    page = pull(build(), "acme/ledger")
    assert titles(page) == ["New", "Issue 2"]
    assert page.links == ()


def test_a_broken_file_is_told_with_its_line_and_stops_nothing_else(write, build):
    write("bad.json", '[\n{"number": 1,\n')
    write("good.json", [gh_issue(1)])
    connector = build()
    assert connector.scopes() == ("acme/ledger", "bad.json")
    page = pull(connector, "acme/ledger")
    assert titles(page) == ["Issue 1"]
    assert not page.listing, "what the broken file held is not gone"
    with pytest.raises(UnexpectedAnswer) as caught:
        pull(connector, "bad.json")
    assert str(caught.value).startswith("bad.json:3: not JSON")
    assert (caught.value.source, caught.value.scope) == ("file", "bad.json")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.json", "<html>sign in</html>", "a.json:1: a web page; expected"),
        ("a.json", "[1, 2]", "a.json:1: JSON, but neither issues"),
        ("a.json", [gh_issue(1), {"x": 1}], "1 of 2 values are not such rows"),
        ("a.json", [{"number": 1, "title": "x"}], "rows without url; expected: gh issue list"),
        ("a.json", b"[\n\xff\xfe]", "a.json:2: not UTF-8"),
        ("a.json", "[" * 100_000, "a.json:1: JSON nested"),
        ("a.txt", "hello", "a.txt:1: not a known export"),
        ("a.txt", "", "a.txt:1: not a known export"),
        ("a.csv", "name,age\nbo,7\n", "a.csv:1: not a known export"),
        ("a.ics", "hello", "a.ics: not an iCalendar file"),
        ("a.csv", CSV.replace("01/Oct/26 9:00 AM", "soon"), "a.csv:2: created: 'soon'"),
        ("a.json", [jira_issue(summary=None)], "a.json:1: row 1: PAY-1: summary is null"),
    ],
)
def test_what_no_reader_understands_says_what_was_expected(write, build, name, content, says):
    write(name, content)
    with pytest.raises(SourceError) as caught:
        pull(build(), name)
    assert says in str(caught.value)
    assert "expected" in f"{caught.value} {caught.value.hint}"


def test_a_bad_row_is_a_problem_and_the_rest_arrives(write, build):
    write("a.json", {"issues": [jira_issue("PAY-1"), jira_issue("PAY-2", created="x"), None]})
    page = pull(build(), "PAY")
    assert [item.ref for item in page.items] == ["PAY-1"]
    assert [problem.native_id for problem in page.problems] == ["PAY-2", ""]
    assert page.problems[0].reason == ("a.json:1, issue 2: PAY-2: created is not a date and time")


def test_a_path_without_a_file_is_told(build, write):
    write("good.json", [gh_issue(1)])
    connector = build("good.json", "missing/*.csv")
    assert connector.scopes() == ("acme/ledger", "missing/*.csv")
    with pytest.raises(NotVisible, match=r"no file at missing/\*\.csv"):
        pull(connector, "missing/*.csv")
    assert not pull(connector, "acme/ledger").listing


def test_a_file_that_is_being_written_takes_no_scope_away(build, write):
    write("a.json", [gh_issue(1)])
    write("pay.json", {"issues": [jira_issue("PAY-1")]})
    connector = build()
    assert (connector.scopes(), connector.names_all_scopes) == (("PAY", "acme/ledger"), True)
    write("pay.json", "")
    assert (connector.scopes(), connector.names_all_scopes) == (("acme/ledger", "pay.json"), False)


def test_a_scope_that_no_file_holds_any_more_is_not_visible(build, write):
    write("good.json", [gh_issue(1)])
    with pytest.raises(NotVisible, match="no file holds PAY any more"):
        pull(build(), "PAY")


def test_an_empty_list_is_a_whole_answer_that_deletes_nothing_elsewhere(write, build):
    write("none.json", "[]")
    connector = build()
    assert connector.scopes() == ("none.json",)
    page = pull(connector, "none.json")
    assert (page.items, page.last) == ((), True)


def test_paths_may_be_absolute_and_name_a_file_once(write, build, tmp_path):
    write("a.json", [gh_issue(1)])
    connector = build("a.json", str(tmp_path / "a.*"), "*.json")
    assert len(list(connector.check())) == 1


def test_a_format_can_be_demanded(write, build):
    write("a.json", [gh_issue(1)])
    with pytest.raises(SourceError, match="not an iCalendar file"):
        pull(build(format="ics"), "a.json")


def test_jira_json_tells_history_versions_sprints_and_fields_by_name(write, build):
    issue = jira_issue(
        "PAY-1",
        duedate="2026-12-04",
        customfield_10020=[{"id": 7, "name": "Sprint 41", "state": "active", "boardId": 3}],
        customfield_10016=5,
        fixVersions=[{"id": "900", "name": "2.0", "releaseDate": "2026-12-10", "released": False}],
        issuelinks=[
            {
                "id": "55",
                "type": {
                    "id": "1",
                    "name": "Blocks",
                    "inward": "is blocked by",
                    "outward": "blocks",
                },
                "inwardIssue": {"id": "88", "key": "LED-88"},
            }
        ],
    )
    issue["changelog"] = {
        "histories": [
            {
                "id": "1",
                "created": "2026-11-02T09:00:00.000+0000",
                "author": {"accountId": "a1", "displayName": "Ada"},
                "items": [
                    {
                        "field": "duedate",
                        "fieldId": "duedate",
                        "from": "2026-11-27",
                        "to": "2026-12-04",
                    }
                ],
            }
        ]
    }
    write(
        "search.json",
        {
            "names": {"customfield_10016": "Story Points"},
            "schema": {"customfield_10016": {"type": "number", "custom": "x:float"}},
            "issues": [issue],
        },
    )
    page = pull(build(), "PAY")
    (found,) = [item for item in page.items if isinstance(item, Issue)]
    assert found.size == 5
    assert found.phase is Phase.ACTIVE
    assert found.url == "https://jira.example.com/browse/PAY-1"
    (moved,) = page.changes
    assert (moved.field, moved.old, moved.new, moved.actor) == (
        "due",
        "2026-11-27",
        "2026-12-04",
        "a1",
    )
    assert [(link.phrase, link.far_ref, link.evidence) for link in page.links] == [
        ("is blocked by", "LED-88", Evidence.ISSUE_LINK)
    ]
    (version,) = [item for item in page.items if isinstance(item, Milestone)]
    assert version.claims[0].lo == date(2026, 12, 10)
    assert found.milestones == (version.key,)


def test_jira_json_without_names_of_fields_finds_sprints_by_their_look(write, build):
    sprint = [{"id": 7, "name": "Sprint 41", "state": "active", "boardId": 3}]
    write("a.json", [jira_issue("PAY-1", customfield_10020=sprint, customfield_1=["x"])])
    page = pull(build(), "PAY")
    issue = next(item for item in page.items if isinstance(item, Issue))
    assert issue.sprint in {item.key for item in page.items}


def test_fields_can_be_named_in_the_configuration(write, build):
    write("a.json", [jira_issue("PAY-1", customfield_5="2026-12-01")])
    page = pull(build(fields={"start": "customfield_5"}), "PAY")
    assert page.items[0].claims[0].lo == date(2026, 12, 1)


def test_series_are_followed_from_when_the_file_was_made(write, build):
    event = "UID:go\r\n"
    series = event + "RRULE:FREQ=WEEKLY\r\n"
    write("plan.ics", ICS.replace(event, series))
    page = pull(build(horizon_days=30), "Plan")
    assert [str(item.first_day) for item in page.items] == [
        "2026-12-01",
        "2026-12-08",
        "2026-12-15",
        "2026-12-22",
    ]


def test_many_items_come_in_pages(write, build, monkeypatch):
    monkeypatch.setattr("syncd.connectors.file.connector.PAGE_SIZE", 2)
    write("a.json", [gh_issue(number, body="needs #9") for number in range(1, 6)])
    pages = list(build().pull("acme/ledger", None))
    assert [len(page.items) for page in pages] == [2, 2, 1]
    assert [page.last for page in pages] == [False, False, True]
    assert [page.cursor is not None for page in pages] == [False, False, True]
    for page in pages:
        assert {link.near for link in page.links} == {item.key for item in page.items}


def test_a_move_of_a_series_is_taken_back_without_a_new_time_stamp(write, build, tmp_path):
    weekly = (
        "UID:w\r\nDTSTART:20261201T100000Z\r\nRRULE:FREQ=WEEKLY;COUNT=2\r\n"
        "LAST-MODIFIED:20261101T080000Z"
    )
    moved = (
        "UID:w\r\nDTSTART:20261210T100000Z\r\nRECURRENCE-ID:20261208T100000Z\r\n"
        "LAST-MODIFIED:20261120T080000Z"
    )
    now, found = datetime(2026, 11, 23, 8, tzinfo=UTC), []
    with closing(open_store(f"sqlite:///{tmp_path}/syncd.db", now=now, own=True)) as store:
        for events in ((weekly, moved), (weekly,)):
            body = "".join(f"BEGIN:VEVENT\r\n{one}\r\nEND:VEVENT\r\n" for one in events)
            write("plan.ics", f"BEGIN:VCALENDAR\r\nX-WR-CALNAME:Plan\r\n{body}END:VCALENDAR\r\n")
            store.commit(Scope("file", "Plan"), pull(build("*.ics"), "Plan"), now)
            found.append([one.first_day.day for one in store.snapshot(now).events])
    assert found == [[1, 10], [1, 8]]


def test_check_tells_what_was_recognised_and_what_not(write, build):
    write("a.json", {"issues": [jira_issue("PAY-1"), jira_issue("PAY-2", created="x")]})
    write("b.json", "{")
    write("plan.ics", ICS)
    good, partly, bad, plan = build("*.json", "*.ics").check()
    assert (good.mark, good.text) == (Mark.OK, "a.json: Jira JSON export, 1 item of PAY")
    assert partly.mark is Mark.WARNING
    assert "1 row can't be read; a.json:1, issue 2: PAY-2" in partly.text
    assert (bad.mark, bad.exit_code) == (Mark.FAILED, 3)
    assert bad.fix
    assert plan.text == "plan.ics: iCalendar file, 1 item of Plan"


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ({"paths": []}, "at least 1 item"),
        ({"paths": [" "]}, "a path is empty"),
        ({"paths": ["a"], "timezone": "Mars"}, '"Mars" is not a time zone'),
        ({"paths": ["a"], "date_format": "%H:%M"}, "does not tell day"),
        ({"paths": ["a"], "url": "jira"}, "plain address"),
        ({"paths": ["a"], "format": "xml"}, "Input should be"),
        ({"paths": ["a"], "fields": {"strat": "x"}}, "Input should be"),
    ],
)
def test_a_bad_section_is_refused(section, says):
    with pytest.raises(ValueError, match=says):
        FileConnector.Settings.model_validate(section)
