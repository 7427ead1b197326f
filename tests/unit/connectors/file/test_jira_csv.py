"""Jira's CSV export: repeated columns, dates as people's Jira writes them, links by type name."""

import csv
import io
from datetime import UTC, date, datetime
from typing import Any

import pytest

from syncd.connectors.file.content import Content, UnreadableFile
from syncd.connectors.file.jira_csv import is_jira_csv, read_jira_csv
from syncd.connectors.file.options import Options
from syncd.model.items import Issue, ItemKey, Kind, Level, Milestone, MilestoneKind, Phase
from syncd.model.links import Evidence

BASE = {
    "Issue key": "PAY-142",
    "Issue id": "10142",
    "Summary": "Settle refunds",
    "Issue Type": "Story",
    "Status": "In Progress",
    "Created": "01/Oct/26 9:00 AM",
    "Updated": "20/Nov/26 4:05 PM",
}


def export(*rows: dict[str, Any], extra: tuple[tuple[str, str], ...] = (), sep: str = ",") -> str:
    """A CSV of `BASE` with each row's changes; `extra` are columns, the same name may repeat."""
    names = list(dict.fromkeys(name for row in (BASE, *rows) for name in row))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=sep)
    writer.writerow([*names, *(name for name, _ in extra)])
    for row in rows or ({},):
        cells = BASE | row
        writer.writerow([*(cells.get(name, "") for name in names), *(value for _, value in extra)])
    return out.getvalue()


def read(text: str, **options: Any) -> Content:
    return read_jira_csv(text, "export.csv", Options(**({"source": "file"} | options)))


def issue(content: Content) -> Issue:
    (found,) = [item for item in content.items if isinstance(item, Issue)]
    return found


def test_a_plain_row():
    content = read(export())
    found = issue(content)
    assert found.key == ItemKey("file", Kind.ISSUE, "10142")
    assert (found.ref, found.scope, found.title) == ("PAY-142", "PAY", "Settle refunds")
    assert (found.type, found.state, found.phase) == ("Story", "In Progress", Phase.ACTIVE)
    assert found.created_at == datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
    assert found.updated_at == datetime(2026, 11, 20, 16, 5, tzinfo=UTC)
    assert found.claims == ()
    assert found.url == ""
    assert content.problems == []


def test_every_column_that_plans_need():
    text = export(
        {
            "Due date": "26/Nov/26 12:00 AM",
            "Custom field (Start date)": "16/Nov/26 12:00 AM",
            "Custom field (Story Points)": "5.0",
            "Priority": "High",
            "Assignee": "Dana Li",
            "Assignee Id": "712020:abc",
            "Reporter": "bo",
            "Status Category": "In Progress",
            "Custom field (Flagged)": "Impediment",
            "Parent": "10100",
            "Parent key": "PAY-100",
            "Custom field (Team)": "Payments",
            "Description": "Waits for nothing",
        },
        extra=(
            ("Fix Version/s", "2.0"),
            ("Fix Version/s", "2.1"),
            ("Fix Version/s", ""),
            ("Component/s", "api"),
            ("Component/s", "db"),
            ("Labels", "alpha"),
            ("Labels", "beta gamma"),
            ("Sprint", "Sprint 40"),
            ("Sprint", "Sprint 41"),
        ),
    )
    content = read(text, url="https://jira.example.com")
    found = issue(content)
    assert {claim.field: claim.lo for claim in found.claims} == {
        "due": date(2026, 11, 26),
        "start": date(2026, 11, 16),
    }
    assert (found.size, found.priority, found.flagged) == (5.0, "High", True)
    assert (found.assignee, found.team, found.parent) == ("712020:abc", "Payments", "PAY-100")
    assert found.components == ("api", "db")
    assert found.labels == ("alpha", "beta", "gamma")
    assert found.url == "https://jira.example.com/browse/PAY-142"
    milestones = {item.key: item for item in content.items if isinstance(item, Milestone)}
    assert [milestones[key].name for key in found.milestones] == ["2.0", "2.1"]
    assert [milestones[key].ref for key in found.milestones] == ["PAY 2.0", "PAY 2.1"]
    assert found.sprint is not None
    assert milestones[found.sprint].name == "Sprint 41"
    assert milestones[found.sprint].kind is MilestoneKind.SPRINT
    assert {account.id: account.name for account in content.accounts} == {
        "712020:abc": "Dana Li",
        "bo": "bo",
    }


def test_versions_of_the_same_name_in_two_projects_are_two():
    content = read(
        export(
            {"Fix versions": "2.0"}, {"Issue key": "MOB-1", "Issue id": "2", "Fix versions": "2.0"}
        )
    )
    assert {item.ref for item in content.items if isinstance(item, Milestone)} == {
        "PAY 2.0",
        "MOB 2.0",
    }


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("23/Nov/26 8:25 AM", datetime(2026, 11, 23, 7, 25, tzinfo=UTC)),
        ("23/Nov/26 12:05 AM", datetime(2026, 11, 22, 23, 5, tzinfo=UTC)),
        ("23/Nov/26 12:05 PM", datetime(2026, 11, 23, 11, 5, tzinfo=UTC)),
        ("23/Nov/26 20:25", datetime(2026, 11, 23, 19, 25, tzinfo=UTC)),
        ("2026-11-23 08:25", datetime(2026, 11, 23, 7, 25, tzinfo=UTC)),
        ("2026-11-23T08:25:00.000+0000", datetime(2026, 11, 23, 8, 25, tzinfo=UTC)),
        ("23. Nov 2026 08:25", datetime(2026, 11, 23, 7, 25, tzinfo=UTC)),
        ("Nov 23, 2026, 8:25 AM", datetime(2026, 11, 23, 7, 25, tzinfo=UTC)),
        ("23/Dez/26 08:25", datetime(2026, 12, 23, 7, 25, tzinfo=UTC)),
    ],
)
def test_times_as_jira_writes_them(cell, expected):
    found = issue(read(export({"Updated": cell}), timezone="Europe/Berlin"))
    assert found.updated_at == expected


def test_a_date_with_two_readings_is_never_guessed():
    content = read(export({"Updated": "03/04/2026 8:25"}, {"Issue key": "PAY-1", "Issue id": "1"}))
    assert [item.ref for item in content.items] == ["PAY-1"]
    (problem,) = content.problems
    assert problem.native_id == "PAY-142"
    assert problem.reason == (
        "export.csv:2: updated: '03/04/2026 8:25' is no date that reads in one way only; "
        "set date_format"
    )


def test_a_configured_date_format_decides():
    row = {
        "Updated": "03/04/2026 8:25",
        "Created": "01/04/2026 8:25",
        "Due date": "05/04/2026 0:00",
    }
    found = issue(read(export(row), date_format="%d/%m/%Y %H:%M"))
    assert found.updated_at == datetime(2026, 4, 3, 8, 25, tzinfo=UTC)
    assert found.claims[0].lo == date(2026, 4, 5)


def test_links_have_the_phrases_of_their_type_and_one_id_for_both_ends():
    text = export(
        {},
        extra=(
            ("Inward issue link (Blocks)", "LED-88"),
            ("Inward issue link (Blocks)", "LED-89"),
            ("Outward issue link (Blocks)", "MOB-57"),
            ("Outward issue link (Homegrown)", "OPS-1"),
        ),
    )
    near = {(link.far_ref, link.phrase): link for link in read(text).links}
    assert set(near) == {
        ("LED-88", "is blocked by"),
        ("LED-89", "is blocked by"),
        ("MOB-57", "blocks"),
        ("OPS-1", "homegrown"),
    }
    assert {link.evidence for link in near.values()} == {Evidence.ISSUE_LINK}
    assert near["OPS-1", "homegrown"].inverse_phrase == "homegrown"
    other = read(
        export(
            {"Issue key": "LED-88", "Issue id": "88"},
            extra=(("Outward issue link (Blocks)", "PAY-142"),),
        )
    )
    assert other.links[0].id == near["LED-88", "is blocked by"].id


def test_a_parent_told_by_its_id_only_is_found_in_the_file():
    content = read(
        export({"Parent id": "7"}, {"Issue key": "PAY-7", "Issue id": "7", "Issue Type": "Epic"})
    )
    child, parent = content.items
    assert child.parent == "PAY-7"
    assert parent.level is Level.EPIC


def test_an_epic_link_is_a_parent():
    assert issue(read(export({"Custom field (Epic Link)": "PAY-9"}))).parent == "PAY-9"


def test_a_done_issue_is_done_when_it_was_resolved():
    row = {"Status": "Closed", "Resolution": "Fixed", "Resolved": "19/Nov/26 10:00 AM"}
    found = issue(read(export(row)))
    assert found.phase is Phase.DONE
    assert found.done_at == datetime(2026, 11, 19, 10, tzinfo=UTC)
    assert issue(read(export(row | {"Resolution": "Won't Do"}))).phase is Phase.DROPPED
    assert issue(read(export({"Resolution": "Unresolved"}))).phase is Phase.ACTIVE


def test_the_category_tells_the_phase_of_an_unknown_status():
    row = {"Status": "Abgeholt", "Status Category": "Done"}
    assert issue(read(export(row))).phase is Phase.DONE


def test_comments_are_activity():
    text = export(
        {},
        extra=(
            ("Comment", "21/Nov/26 9:00 AM;bo;Blocked by LED-88; sorry"),
            ("Comment", "no comment"),
        ),
    )
    content = read(text)
    (spoken,) = content.changes
    assert (spoken.field, spoken.actor) == ("comment", "bo")
    assert spoken.at == datetime(2026, 11, 21, 9, tzinfo=UTC)
    assert (content.links[0].evidence, content.links[0].far_ref) == (
        Evidence.WAITS_PHRASE,
        "LED-88",
    )


def test_an_issue_behind_a_security_level_is_restricted():
    assert issue(read(export({"Security Level": "Board"}))).restricted


@pytest.mark.parametrize("sep", [",", ";", "\t", "|"])
def test_separators_and_a_byte_order_mark(sep):
    text = "\ufeff" + export({"Summary": 'a "b", c; d'}, sep=sep)
    assert is_jira_csv(text)
    assert issue(read(text)).title == 'a "b", c; d'


def test_a_cell_of_several_lines_keeps_the_line_numbers_right():
    text = export(
        {"Description": "one\ntwo\nthree"},
        {"Issue key": "PAY-2", "Issue id": "2", "Updated": "soon", "Description": ""},
    )
    (problem,) = read(text).problems
    assert problem.reason.startswith("export.csv:5: updated: 'soon'")


def test_a_row_with_too_many_cells_is_a_problem():
    text = export() + export({"Issue key": "PAY-2"}).splitlines()[1] + ",more,cells\n"
    content = read(text)
    assert [item.ref for item in content.items] == ["PAY-142"]
    assert "9 cells under 7 columns" in content.problems[0].reason


def test_an_export_without_a_needed_column_says_which():
    text = "Issue key,Summary,Status\nPAY-1,x,Open\n"
    with pytest.raises(UnreadableFile, match="column issue type, created, updated") as caught:
        read(text)
    assert caught.value.line == 1


def test_a_file_cut_in_a_cell_is_told():
    with pytest.raises(UnreadableFile, match="not a whole CSV file") as caught:
        read(export() + 'PAY-2,"cut')
    assert caught.value.line == 3


def test_other_tables_are_not_jiras():
    assert not is_jira_csv("name,age\nbo,7\n")
    assert not is_jira_csv("")
