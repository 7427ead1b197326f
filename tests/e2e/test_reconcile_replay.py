"""Recorded data of three providers through the installed command, and its findings by hand.

What the findings must be is worked out here from the raw JSON alone: statuses, due dates, fix
versions and parents are taken back along the change logs, without any code of the product.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import warm
from replays import (
    CALENDARS,
    DATA,
    GCAL,
    TRAFFIC,
    CalendarReplay,
    GitHubReplay,
    JiraReplay,
    recorded_rows,
    recorded_traffic,
    rows,
)

pytestmark = [
    pytest.mark.skipif(
        not (DATA / "jira_apache").is_dir() or not TRAFFIC.exists() or not GCAL.is_dir(),
        reason="real data (../shared/data: jira_apache, github_traffic, gcal) is absent",
    ),
]

REPO = "openframeworks/openFrameworks"
CLOSED = {"Resolved", "Closed"}
DAYS = ("2012-08-01", "2013-06-18", "2013-08-02", "2014-03-03", "2014-05-03", "2014-12-19")

CONFIG = """
timezone = "UTC"
[sources.apache]
kind = "jira"
url = "{jira}"
projects = {projects}
[sources.github]
kind = "github"
url = "{github}"
repos = ["{repo}"]
[sources.calendar]
kind = "google_calendar"
url = "{calendar}"
calendars = {calendars}
[teams.frameworks]
owns = ["github:{repo}"]
"""


# The raw data, and what it says of a past day.


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def end_of(day: str) -> datetime:
    """As `--as-of DAY` means it, in UTC."""
    following = date.fromisoformat(day) + timedelta(days=1)
    return datetime.combine(following, time(), UTC) - timedelta(seconds=1)


@dataclass(frozen=True)
class Then:
    """One raw issue as it was at the end of a day."""

    raw: dict[str, Any]
    status: str
    due: str | None
    versions: frozenset[str]
    """Ids of its fix versions."""
    touched: datetime
    """Its newest comment or log entry by then, or its creation."""

    @property
    def key(self) -> str:
        return self.raw["key"]

    @property
    def is_open(self) -> bool:
        return self.status not in CLOSED


def then(raw: dict[str, Any], when: datetime) -> Then | None:
    fields = raw["fields"]
    if at(fields["created"]) > when:
        return None
    status, due = fields["status"]["name"], fields.get("duedate")
    versions = {each["id"] for each in fields.get("fixVersions", [])}
    log = sorted(raw["changelog"]["histories"], key=lambda entry: at(entry["created"]))
    for entry in reversed(log):
        if at(entry["created"]) <= when:
            break
        for item in reversed(entry["items"]):
            if item["field"] == "status":
                status = item["fromString"]
            elif item["field"] == "duedate":
                due = item["from"]
            elif item["field"] == "Fix Version":
                versions -= {item["to"]}
                versions |= {item["from"]} - {None}
    moments = [at(fields["created"]), *(at(entry["created"]) for entry in log)]
    moments += [at(each["created"]) for each in fields["comment"]["comments"]]
    touched = max(moment for moment in moments if moment <= when)
    return Then(raw, status, due, frozenset(versions), touched)


def working_days(first: date, last: date) -> int:
    """In (first, last]."""
    span = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
    return sum(day.weekday() < 5 for day in span)


@pytest.fixture(scope="module")
def issues() -> list[dict[str, Any]]:
    return rows("jira_apache/issues.jsonl.gz")


@pytest.fixture(scope="module")
def versions(issues) -> dict[str, dict[str, Any]]:
    return {
        each["id"]: each | {"project": raw["fields"]["project"]["key"]}
        for raw in issues
        for each in (*raw["fields"].get("fixVersions", []), *raw["fields"].get("versions", []))
    }


def on(issues, day: str) -> dict[str, Then]:
    found = (then(raw, end_of(day)) for raw in issues)
    return {each.key: each for each in found if each is not None}


def is_released(version: dict[str, Any], day: str) -> bool:
    return bool(version["released"] and version.get("releaseDate", "9") <= day)


# The command on all of it.


@dataclass
class Installed:
    """What the command said."""

    folder: Path
    first: str = ""
    second: str = ""
    documents: dict[str, Any] = field(default_factory=dict)

    def syncd(self, *words: str) -> str:
        done = warm.syncd("-c", self.folder / "syncd.toml", *words)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout

    def findings(self, day: str, rule: str) -> list[dict[str, Any]]:
        return [each for each in self.documents[day]["findings"] if each["rule"] == rule]

    def rows(self, query: str) -> list[Any]:
        with sqlite3.connect(f"file:{self.folder}/var/syncd.db?mode=ro", uri=True) as store:
            return store.execute(query).fetchall()


@pytest.fixture(scope="module")
def installed(issues, tmp_path_factory) -> Iterator[Installed]:
    place = Installed(tmp_path_factory.mktemp("replay"))
    projects = sorted({raw["fields"]["project"]["key"] for raw in issues})
    with (
        JiraReplay(issues) as jira,
        GitHubReplay(recorded_traffic()) as github,
        CalendarReplay() as calendar,
    ):
        text = CONFIG.format(
            jira=jira.url, github=github.url, calendar=calendar.url, repo=REPO,
            projects=json.dumps(projects), calendars=json.dumps(list(CALENDARS)),
        )  # fmt: skip
        text += "".join(f'[teams.{key.lower()}]\nowns = ["apache:{key}"]\n' for key in projects)
        (place.folder / "syncd.toml").write_text(text)
        (place.folder / "secrets").mkdir(mode=0o700)
        for name, value in (
            ("apache__token", "replayed"),
            ("github__token", "replayed"),
            ("calendar__credentials", calendar.sign_in.service_account(f"{calendar.origin}/token")),
        ):
            path = place.folder / "secrets" / f"sources__{name}"
            path.write_text(value)
            path.chmod(0o600)
        place.first, place.second = place.syncd("sync"), place.syncd("sync")
    for day in DAYS:
        place.documents[day] = json.loads(place.syncd("reconcile", "--as-of", day, "-f", "json"))
    return place


# What was read.


def test_everything_is_read_once_and_a_second_time_changes_nothing(installed, issues, versions):
    assert (len(issues), len(versions)) == (501, 117)
    for lines, changed in ((installed.first, (618, 176, 29)), (installed.second, (0, 0, 0))):
        for source, count in zip(("apache", "github", "calendar"), changed, strict=True):
            (line,) = (each for each in lines.splitlines() if each.startswith(source))
            assert f" {count} changed" in line
            assert "kept aside" not in line
            assert "failed" not in line
    held = Counter(
        {
            (source, kind): count
            for source, kind, count in installed.rows(
                "select source, kind, count(*) from items where held group by source, kind"
            )
        }
    )
    assert held == {
        ("apache", "issue"): 501,
        ("apache", "milestone"): 117,
        ("calendar", "event"): 29,
        ("github", "issue"): 149,
        ("github", "milestone"): 6,
        ("github", "pull_request"): 21,
    }


HISTORY = """
select items.native_id, old, new, at from changes join items on items.id = changes.item_id
where items.source = 'apache' and field = '{}'
"""


def logged(issues, name: str) -> Iterator[tuple[str, dict[str, Any], int]]:
    """(issue id, item, microseconds) of each entry about a field."""
    for raw in issues:
        for entry in raw["changelog"]["histories"]:
            for item in entry["items"]:
                if item["field"] == name:
                    yield raw["id"], item, round(at(entry["created"]).timestamp() * 1_000_000)


def test_every_due_date_change_is_held_with_both_days_and_its_moment(installed, issues):
    expected = Counter(
        (id_, i["from"], i["to"], when) for id_, i, when in logged(issues, "duedate")
    )
    assert Counter(installed.rows(HISTORY.format("due"))) == expected
    assert expected.total() == 56
    assert sum(1 for _, old, _, _ in expected.elements() if old) == 2


def test_every_fix_version_change_is_held_with_both_versions_and_its_moment(installed, issues):
    expected = Counter(
        (id_, i["from"], i["to"], when) for id_, i, when in logged(issues, "Fix Version")
    )
    found = Counter(
        (id_, *(value and value.rpartition("-")[2] for value in (old, new)), when)
        for id_, old, new, when in installed.rows(HISTORY.format("milestones"))
    )
    assert found == expected
    assert found.total() == 515


# What was found: each kind against what the raw data says.


@pytest.mark.parametrize(
    ("day", "alone", "forgotten"),
    [
        ("2012-08-01", 3, 0),
        ("2013-06-18", 7, 1),
        ("2013-08-02", 6, 1),
        ("2014-03-03", 0, 4),
        ("2014-05-03", 2, 4),
        ("2014-12-19", 5, 0),
    ],
)
def test_overdue_is_every_open_issue_past_its_due_date_and_nothing_else(
    installed, issues, day, alone, forgotten
):
    late = {k: t for k, t in on(issues, day).items() if t.is_open and t.due and t.due < day}
    untouched = set()
    for key, each in late.items():
        past = working_days(date.fromisoformat(each.due), date.fromisoformat(day))
        idle = working_days(each.touched.astimezone(UTC).date(), date.fromisoformat(day))
        if past > 60 and idle >= 40:
            untouched.add(key)
    assert (len(late) - len(untouched), len(untouched)) == (alone, forgotten)
    found = {each["ref"]: each for each in installed.findings(day, "overdue")}
    told = {key for key in found if key in {raw["key"] for raw in issues}}
    assert told == late.keys() - untouched
    for key in told:
        past = working_days(date.fromisoformat(late[key].due), date.fromisoformat(day))
        assert found[key]["planned"] == late[key].due
        assert found[key]["slip"] == past
        assert f"({key})" in found[key]["summary"]
        assert f"it is still {late[key].status}" in found[key]["summary"]
    lines = " ".join(each["summary"] for each in found.values() if "untouched" in each["summary"])
    for key in untouched:
        assert f"{key} (due " in lines


def test_overdue_milestones_of_github(installed):
    """Five plans with a date of 2012, one of which is long over and has open issues only."""
    day = "2012-08-01"
    plans = {}
    for row in recorded_rows(recorded_traffic()):
        plan = row.get("milestone")
        is_pull = any((row.get("pull_request") or {}).values())
        if plan and plan["due_on"] and not is_pull and row["created_at"] <= day:
            held = plans.setdefault(plan["title"], [plan["due_on"][:10], 0, 0])
            held[1] += 1
            held[2] += not row["closed_at"] or row["closed_at"][:10] > day
    expected = {
        name: f"{is_open} of {total}" for name, (due, total, is_open) in plans.items() if due < day
    }
    found = {
        each["ref"]: each["summary"]
        for each in installed.findings(day, "overdue")
        if "Release" in each["ref"]
    }
    assert expected == {"0072 Release": "43 of 43", "0073 Release": "1 of 1"}
    assert found.keys() == expected.keys()
    for name, share in expected.items():
        assert share in found[name]


def test_a_version_that_was_released_with_open_issues(installed, issues, versions):
    """On no day before its release day, though today's data calls it released."""
    for day in DAYS:
        now = on(issues, day)
        found = {
            each["ref"]: each
            for each in installed.findings(day, "status-mismatch")
            if "was released" in each["summary"]
        }
        left = {
            f"{version['project']} {version['name']}": {
                key for key, each in now.items() if each.is_open and id_ in each.versions
            }
            for id_, version in versions.items()
            if is_released(version, day)
        }
        for ref, finding in found.items():
            assert left[ref], f"{ref} had no open issue, or was not released on {day}"
            for key in left[ref]:
                assert key in finding["summary"]
        silent = {ref for ref, keys in left.items() if keys} - found.keys()
        assert not silent, f"{silent} on {day}"
    assert [
        each["summary"]
        for each in installed.findings("2014-03-03", "status-mismatch")
    ] == [
        "CB 3.4.0 was released on Thu 20 Feb and has 3 open items: CB-3928, CB-5738 and CB-5751."
    ]  # fmt: skip


def test_work_that_began_before_what_it_requires(installed, issues):
    (found,) = installed.findings("2014-05-03", "status-mismatch")
    assert found["ref"] == "CB-6437"
    now = on(issues, "2014-05-03")
    assert (now["CB-6437"].status, now["CB-6415"].status) == ("In Progress", "In Progress")
    assert "CB-6415" in found["summary"]
    links = now["CB-6437"].raw["fields"]["issuelinks"]
    said = [(x["type"]["outward"], x["outwardIssue"]["key"]) for x in links if "outwardIssue" in x]
    assert ("requires", "CB-6415") in said


def target(each: Then, versions, day: str) -> str | None:
    """Its own due date, else the earliest of its versions that are still to come out."""
    ahead = [
        versions[id_]["releaseDate"]
        for id_ in each.versions
        if id_ in versions
        and versions[id_].get("releaseDate")
        and not is_released(versions[id_], day)
        and not versions[id_].get("archived")
    ]
    return each.due or min(ahead, default=None)


BEFORE = {"is blocked by", "depends upon", "requires"}
AFTER = {"blocks", "is depended upon by", "is required by"}


def stated(issues) -> set[tuple[str, str]]:
    """(what comes first, what waits for it), from both ends of every link."""
    pairs = set()
    for raw in issues:
        for link in raw["fields"]["issuelinks"]:
            side = "inward" if "inwardIssue" in link else "outward"
            far, phrase = link[f"{side}Issue"]["key"], link["type"][side]
            if phrase in BEFORE:
                pairs.add((far, raw["key"]))
            elif phrase in AFTER:
                pairs.add((raw["key"], far))
    return pairs


@pytest.mark.parametrize("day", DAYS)
def test_dep_inversion_is_every_pair_of_open_issues_whose_dates_cannot_both_hold(
    installed, issues, versions, day
):
    now, expected = on(issues, day), set()
    for first, waiting in stated(issues):
        if first in now and waiting in now and now[first].is_open and now[waiting].is_open:
            promised, needed = (target(now[key], versions, day) for key in (first, waiting))
            if promised and needed and promised > needed:
                expected.add((first, waiting, promised, needed))
    found = {
        (first, each["ref"], each["planned"]): each["expected"]
        for each in installed.findings(day, "dep-inversion")
        for first in now
        if f"({first}), which is due" in each["summary"]
    }
    assert found.keys() == {(first, waiting, needed) for first, waiting, _, needed in expected}
    for first, waiting, promised, needed in expected:
        assert found[first, waiting, needed] >= promised, "what waits cannot be there before"
    assert len(installed.findings(day, "dep-inversion")) == len(expected)
    if day == "2013-06-18":
        assert expected == {("CB-3928", "CB-3401", "2013-06-26", "2013-05-17")}
        (one,) = installed.findings(day, "dep-inversion")
        assert "28 working days later" in one["summary"]
        assert "17 May" not in one["act"], "nobody can have anything by a day that is over"


@pytest.mark.parametrize("day", DAYS)
def test_date_moved_is_every_due_date_that_moved_in_the_last_ten_working_days(
    installed, issues, day
):
    now, expected = on(issues, day), set()
    for id_, item, when in logged(issues, "duedate"):
        moved = datetime.fromtimestamp(when / 1_000_000, UTC)
        key = next(raw["key"] for raw in issues if raw["id"] == id_)
        if not item["from"] or moved > end_of(day) or not now[key].is_open:
            continue
        if working_days(moved.date(), date.fromisoformat(day)) <= 10:
            expected.add((key, item["from"], item["to"]))
    found = installed.findings(day, "date-moved")
    assert {(each["ref"], each["planned"], each["expected"]) for each in found} == expected
    for each in found:
        slip = working_days(
            date.fromisoformat(each["planned"]), date.fromisoformat(each["expected"])
        )
        assert each["slip"] == slip
        assert f"{slip} working days later" in each["summary"]
    if day == "2014-12-19":
        assert expected == {("DRILL-1683", "2014-12-12", "2014-12-18")}


@pytest.mark.parametrize("day", DAYS)
def test_dep_blind_is_every_open_dated_issue_that_waits_for_one_that_was_not_read(
    installed, issues, versions, day
):
    now, known, expected = on(issues, day), {raw["key"] for raw in issues}, {}
    for first, waiting in stated(issues):
        dated = waiting in now and now[waiting].is_open and target(now[waiting], versions, day)
        if dated and first not in known:
            expected.setdefault(waiting, set()).add(first)
    found = installed.findings(day, "dep-blind")
    assert {each["ref"] for each in found} == expected.keys()
    for each in found:
        assert all(first in each["summary"] for first in expected[each["ref"]])
    if day == "2014-05-03":
        assert expected == {"CB-6437": {"CB-6435"}}


@pytest.mark.parametrize("day", DAYS)
def test_dates_disagree_is_every_open_parent_that_is_due_before_an_open_part(
    installed, issues, day
):
    now = on(issues, day)
    parts: dict[str, set[str]] = {}
    for key, each in now.items():
        parent = (each.raw["fields"].get("parent") or {}).get("key")
        whole = now.get(parent or "")
        if not (whole and whole.is_open and each.is_open and whole.due and each.due):
            continue
        if working_days(date.fromisoformat(whole.due), date.fromisoformat(each.due)) > 0:
            parts.setdefault(parent, set()).add(key)
    found = {
        each["ref"]: each
        for each in installed.findings(day, "dates-disagree")
        if "due later" in each["summary"]
    }
    assert found.keys() == parts.keys()
    for parent, late in parts.items():
        count = "1 open child is" if len(late) == 1 else f"{len(late)} open children are"
        assert count in found[parent]["summary"]
        latest = max(late, key=lambda key: now[key].due)
        assert found[parent]["expected"] == now[latest].due
        if now[parent].due < day:
            assert "or earlier" not in found[parent]["act"]
    if day == "2013-08-02":
        assert parts == {"CLIMATE-213": {"CLIMATE-235", "CLIMATE-236", "CLIMATE-237"}}


@pytest.mark.parametrize("day", DAYS)
def test_releases_planned_for_weekends_are_dead_dates(installed, day):
    """No holidays are configured here, so that only Saturdays and Sundays are dead."""
    dates = [date.fromisoformat(each["planned"]) for each in installed.findings(day, "dead-date")]
    assert all(planned.weekday() >= 5 and planned.isoformat() >= day for planned in dates)


def test_all_findings_of_all_days_are_of_a_kind_that_is_checked_here(installed):
    kinds = Counter(
        (day, each["rule"]) for day in DAYS for each in installed.documents[day]["findings"]
    )
    assert kinds == {
        ("2012-08-01", "overdue"): 5,
        ("2012-08-01", "dead-date"): 10,
        ("2013-06-18", "overdue"): 9,
        ("2013-06-18", "dep-inversion"): 1,
        ("2013-06-18", "dead-date"): 7,
        ("2013-08-02", "overdue"): 8,
        ("2013-08-02", "dates-disagree"): 1,
        ("2013-08-02", "dead-date"): 7,
        ("2014-03-03", "overdue"): 3,
        ("2014-03-03", "dead-date"): 3,
        ("2014-03-03", "status-mismatch"): 1,
        ("2014-05-03", "overdue"): 5,
        ("2014-05-03", "dep-blind"): 1,
        ("2014-05-03", "status-mismatch"): 1,
        ("2014-12-19", "overdue"): 7,
        ("2014-12-19", "date-moved"): 1,
    }
    for day in DAYS:
        assert installed.documents[day]["failed_rules"] == []
        for each in installed.documents[day]["findings"]:
            assert each["act"]
            assert "None" not in each["summary"] + each["act"]


def test_the_same_question_gets_the_same_bytes(installed):
    day = DAYS[-1]
    assert (
        json.loads(installed.syncd("reconcile", "--as-of", day, "-f", "json"))
        == (installed.documents[day])
    )


def test_replayed_promises_end_as_the_raw_data_says(installed, issues):
    """Every due date of an open issue, seen every tenth working day, and its status on that day."""
    printed = installed.syncd(
        "backtest",
        "--since",
        "2012-01-02",
        "--until",
        "2014-12-19",
        "--step",
        "10",
        "-f",
        "json",
        "-q",
    )
    found = json.loads(printed)["issues"]
    first, seen = date(2012, 1, 2), set()
    for number in range(found_days := json.loads(printed)["days"]):
        day = (first + timedelta(days=14 * number)).isoformat()
        seen |= {
            (key, one.due) for key, one in on(issues, day).items()
            if one.is_open and one.due and one.due >= day
        }  # fmt: skip
    assert found_days == 78
    kept = {(key, due) for key, due in seen if not on(issues, due)[key].is_open}
    outcomes = found["outcomes"]
    assert sum(outcomes.values()) == len(seen) > 40
    assert outcomes["kept"] <= len(kept) <= outcomes["kept"] + outcomes["gone"]
