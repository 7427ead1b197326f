"""Commands on stores of bad input: a clear answer or message, no traceback, no wrong green."""

import json
import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from filled import install

from syncd.cli.entry import run_command
from syncd.interfaces import Page
from syncd.model.history import Change
from syncd.model.items import Phase
from syncd.model.snapshot import Scope
from syncd.store import open_store
from syncd.testing.builders import AS_OF, change, event, issue, link, parent_of, sprint, version

NOW = AS_OF
SOON = (NOW + timedelta(days=30)).date()
FIRST, LAST = "0001-01-01", "9999-12-31"
TEAM = """
[teams.payments]
name = "Payments"
owns = ["jira:PAY"]
"""
NEVER = """calendar = "never"
[calendars.never]
weekend = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
"""
COMMANDS = (
    ("reconcile", "--offline"), ("deps", "list", "--within"), ("deps", "suggest"),
    ("deps", "graph", "PAY-1"), ("forecast",), ("forecast", "--calibration"),
    ("alerts", "explain", "--as-of", "2026-11-20", "PAY-1"), ("report",), ("deliverables",),
    ("whatif", "--slip", "PAY-1=10d"), ("export",),
)  # fmt: skip


@pytest.fixture
def told(tmp_path, monkeypatch, capsys):
    """A function: items and links in, what each command says out."""
    monkeypatch.chdir(tmp_path)

    def tell(*things, links=(), zone="UTC", more=TEAM, commands=COMMANDS):
        items = [one for one in things if not isinstance(one, Change)]
        changes = tuple(one for one in things if isinstance(one, Change))
        url = install(tmp_path, f'timezone = "{zone}"\n{more}')
        with closing(open_store(url, now=NOW)) as store:
            if items:
                page = Page(items=tuple(items), changes=changes, links=tuple(links), last=True)
                store.commit(Scope("jira", "PAY"), page, NOW)
        found = {}
        for command in commands:
            code = run_command(["--config", str(tmp_path / "syncd.toml"), *command])
            out = capsys.readouterr()
            assert "this is a bug in syncd" not in out.err, out.err
            assert "Traceback" not in out.out + out.err, out.err
            found[command] = code, out.out, out.err
        return found

    return tell


def test_an_empty_store_says_that_nothing_was_read(told):
    found = told()
    assert "no source told of an item" in found["reconcile", "--offline"][1]
    assert "No source was read yet; syncd -c" in found["forecast",][1]
    assert "No source told of an item yet" in found["deps", "list", "--within"][1]
    code, _, trouble = found["deps", "graph", "PAY-1"]
    assert (code, trouble.splitlines()[-2][:24]) == (2, 'there is no item "PAY-1"')


def test_a_day_before_anything_was_known_is_not_called_free_of_drift(told):
    asked = ("reconcile", "--as-of", "2020-01-01")
    text = told(version("2.0", release=SOON), issue("PAY-1"), commands=(asked,))[asked][1]
    assert "Nothing is known of Wed 1 Jan 2020: no source told of an item." in text


def test_without_teams_there_is_no_good_word(told):
    release = version("2.0", release=SOON)
    work = [issue(f"PAY-{n}", milestones=(release.key,)) for n in range(1, 7)]
    found = told(release, *work, more="")
    assert "no data" in found["forecast",][1]
    assert "could not be made for lack of data" in found["reconcile", "--offline"][1]


def test_what_nobody_is_asked_while_somebody_is_away_lacks_no_data(told):
    people = """
[people.kim]
name = "Kim"
team = "payments"
email = "kim@example.com"
accounts = { jira = "kim" }
"""
    stuck = issue("PAY-1", state="Review", phase=Phase.REVIEW, assignee="kim",
                  state_entered_at=NOW - timedelta(days=60))  # fmt: skip
    away = event("Away", NOW.date(), type="out_of_office", source="jira", scope="kim@example.com")
    usual, done_at = [], NOW - timedelta(days=9)
    for number in range(900, 940):
        one = issue(f"PAY-{number}", state="Done", phase=Phase.DONE, done_at=done_at,
                    created_at=NOW - timedelta(days=90))  # fmt: skip
        begun, actor = NOW - timedelta(days=10), f"p{number}"
        usual += [one, change(one, "state", "To Do", "Review", begun, actor=actor),
                  change(one, "state", "Review", "Done", done_at, actor=actor)]  # fmt: skip
    asked = ("reconcile", "--offline")
    text = told(stuck, away, *usual, more=TEAM + people, commands=(asked,))[asked][1]
    assert "\n1 check waits for the end of a freeze or an absence" in text


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_dates_at_the_ends_of_time_are_dates(told, zone):
    ends = [version("first", release=FIRST), version("last", release=LAST)]
    run = sprint("S", start=FIRST, end=LAST)
    work = [
        issue(
            f"PAY-{n}", due=(FIRST, LAST, None)[n % 3], milestones=(ends[n % 2].key,),
            sprint=run.key, phase=list(Phase)[n % 6], created_at=datetime(1, 1, 1, tzinfo=UTC),
        )
        for n in range(24)
    ]  # fmt: skip
    links = [link(one, other) for one, other in pairwise(work)]
    found = told(*ends, run, *work, links=links, zone=zone)
    assert {code for code, _, _ in found.values()} == {0}
    assert "Mon 1 Jan 1" in found["reconcile", "--offline"][1]
    assert "on plan" not in found["forecast",][1]


@pytest.mark.parametrize("moment", [NOW + timedelta(days=9), datetime.max.replace(tzinfo=UTC)])
def test_what_was_read_is_there_and_done_whenever_it_says_it_was_made_or_done(told, moment):
    late = issue("PAY-1", due="2026-11-02", created_at=moment)
    done = issue("PAY-2", due="2026-11-02", phase=Phase.DONE, done_at=moment)
    text = told(late, done, issue("PAY-3"))["reconcile", "--offline"][1]
    assert "(PAY-1) was due" in " ".join(text.split())
    assert "PAY-2" not in text


def test_contradictory_links_are_a_circle_and_told(told):
    one, other = issue("PAY-1", due=SOON), issue("PAY-2", due=SOON)
    part, whole = issue("PAY-3", parent="PAY-4"), issue("PAY-4", parent="PAY-3")
    links = [
        link(one, other),
        link(one, other, "blocks", "is blocked by", id="2"),
        link(one, one, id="3"),
        link(one, "GONE-1", id="4"),
        parent_of(part, whole),
        parent_of(whole, part),
        link(part, whole, id="5"),
    ]
    found = told(one, other, part, whole, links=links)
    text = " ".join(found["reconcile", "--offline"][1].split())
    assert "PAY-2 waits for PAY-1 waits for PAY-2, so none" in text
    assert "PAY-3 waits for PAY-4, of which it is" in text
    assert "waits for GONE-1, which" in text
    assert 'label="circle"' in found["deps", "graph", "PAY-1"][1]


def test_a_calendar_without_a_working_day_is_refused_where_it_is_written(told):
    for code, _, trouble in told(issue("PAY-1"), more=TEAM + NEVER).values():
        assert code == 5
        assert "calendars.never.weekend: leaves no day to work" in trouble


def test_of_hundreds_of_findings_a_person_reads_the_first_and_a_script_all(tmp_path, syncd):
    install(tmp_path, f"{TEAM}[alerts]\nadoption = false\navalanche = false\n")
    issues = [
        {"id": str(number), "key": f"PAY-{number}",
         "fields": {"summary": "Books", "issuetype": {"name": "Story"},
                    "status": {"id": "1", "name": "Open", "statusCategory": {"key": "new"}},
                    "created": "2026-10-01T09:00:00.000+0000", "duedate": "2026-11-16",
                    "updated": "2026-11-20T09:00:00.000+0000"}}
        for number in range(1, 301)
    ]  # fmt: skip
    (tmp_path / "jira.json").write_text(json.dumps(issues))
    here = ("--config", str(tmp_path / "syncd.toml"), "--width", "120")
    for command, what in (
        (("run",), "changes"), (("alerts", "list"), "alerts"), (("reconcile", "--offline"), "findings"),
    ):  # fmt: skip
        said = syncd(*here, *command)
        assert said.out.count("Books") == 200, command
        assert f"These are the first 200 of 300 {what}" in said.err
    for command in (("alerts", "list"), ("reconcile", "--offline")):
        for form in ("md", "jsonl"):
            said = syncd(*here, "-f", form, *command)
            assert len({*re.findall(r"\bPAY-\d+", said.out)}) == 300, (command, form)
            assert "These are the first" not in said.err
