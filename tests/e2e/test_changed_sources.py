"""Projects that leave the configuration and come back bring no mail for each old problem (C7)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sections import DANA, OUTBOX
from stage import Installation, Seen, keep_secret, run

from syncd import plugins
from syncd.demo.simulators.jira import JiraSimulator
from syncd.demo.simulators.jira_shapes import TARGET_END
from syncd.model.alerts import Reason
from syncd.settings import load

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
BOTH, ONE = '[sources.jira]\nprojects = ["PAY", "LED"]', '[sources.jira]\nprojects = ["PAY"]'

OWNS = '"jira:PAY", "jira:LED",'
JIRA = """
{source}
kind = "jira"
url = "{url}"
user = "{user}"
"""
CONFIG = """
timezone = "UTC"
{jira}
[sources.more]
kind = "file"
paths = ["more.csv"]
[teams.payments]
owns = [{owns} "more:OPS"]
[programs.checkout]
teams = ["payments"]
[alerts]
digest = false
quiet_hours = false
"""
CONFIG += DANA + OUTBOX
MORE = (
    "Issue key,Issue id,Summary,Issue Type,Status,Status Category,Created,Updated\n"
    "OPS-1,1,A thing,Story,Doing,In Progress,01/Oct/26 9:00 AM,20/Nov/26 9:00 AM\n"
)


@dataclass
class Place:
    """A Jira with three overdue issues in each of two projects, and an installation."""

    jira: JiraSimulator
    folder: Path

    def run(self, hours: int, source: str = BOTH) -> Seen:
        self.jira.now = START + timedelta(hours=hours)
        site = JIRA.format(source=source, url=self.jira.url, user=self.jira.user)
        text = CONFIG.format(jira=site if source else "", owns=OWNS if source else "")
        secret = self.folder / "secrets" / "sources__jira__token"
        secret.unlink(missing_ok=True)
        if source:
            keep_secret(self.folder, "jira", self.jira.token)
        (self.folder / "syncd.toml").write_text(text)
        settings = load(self.folder / "syncd.toml", {}, catalog=plugins)
        return run(Installation(self.folder, settings), self.jira.now, as_built=True)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "secrets").mkdir(mode=0o700)
    (tmp_path / "more.csv").write_text(MORE)
    with JiraSimulator("cloud", now=START - timedelta(days=60)) as jira:
        jira.add_user("rosei", "R. Osei")
        for key in ("PAY", "LED"):
            jira.add_project(key, key)
            for n in range(3):
                jira.add_issue(key, f"Part {n}", by="rosei", assignee="rosei",
                               due=date(2026, 11, 3 + n))  # fmt: skip
        yield Place(jira, tmp_path)


def moves(seen: Seen, project: str) -> list[tuple[Reason, bool]]:
    """What happened to the overdue alerts of a project, and whether people were told of each."""
    return [
        (one.reason, one.told)
        for one in seen.report.transitions
        if one.alert.finding.rule == "overdue" and one.alert.finding.ref.startswith(project)
    ]


def subjects(seen: Seen) -> list[str]:
    return [one.subject for one in seen.report.queued]


def late(place: Place, key: str, day: int) -> None:
    place.jira.edit(key, by="rosei", due=date(2026, 11, day), at=place.jira.now)


@pytest.mark.parametrize("without", [ONE, ""], ids=["its project list", "the whole source"])
def test_a_project_that_left_is_frozen_and_comes_back_without_a_flood(
    place: Place, without: str
) -> None:
    first = place.run(0)
    assert moves(first, "LED") == [(Reason.ADOPTED, False)] * 3
    assert len(subjects(first)) == 1
    left = place.run(1, without)
    assert moves(left, "LED") == [(Reason.FROZEN, False)] * 3
    assert subjects(left) == []
    assert moves(place.run(2, without), "LED") == []
    late(place, "LED-1", 2)
    for n in range(3, 7):
        place.jira.add_issue("LED", f"Part {n}", by="rosei", assignee="rosei",
                             due=date(2026, 11, 10 + n))  # fmt: skip
    back = place.run(3)
    told = moves(back, "LED")
    assert not any(each for _, each in told)
    assert [reason for reason, _ in told].count(Reason.ADOPTED) == 5
    assert len({one.finding.ref for one in back.alerts.values() if one.state == "firing"}) >= 10
    assert [one.subject for one in back.report.queued] == [
        "[checkout] Newly added: 5 known problems"
    ]
    body = back.report.queued[0].body.decode()
    assert "5 problems came with a" in body
    again = place.run(4)
    assert (again.report.transitions, subjects(again)) == ((), [])


def test_a_project_that_fails_on_the_first_pass_is_adopted_by_the_first_that_reads_it(
    place: Place,
) -> None:
    hit = place.jira.fail(
        lambda request: request.path.endswith("/search/jql") and "LED" in str(request.json()),
        status=403,
    )
    first = place.run(0)
    assert (len(moves(first, "PAY")), moves(first, "LED")) == (3, [])
    place.jira.mend(hit)
    read = place.run(1)
    assert moves(read, "LED") == [(Reason.ADOPTED, False)] * 3
    new = place.run(2)
    assert new.report.transitions == ()
    place.jira.add_issue("LED", "Late again", by="rosei", assignee="rosei", due=date(2026, 11, 9))
    assert moves(place.run(3), "LED") == [(Reason.OPENED, True)]


MANY = 25
"""More than an avalanche has."""


def blocked(seen: Seen) -> list[tuple[Reason, bool]]:
    rule = "blocked-unattended"
    moved = (one for one in seen.report.transitions if one.alert.finding.rule == rule)
    return [(one.reason, one.told) for one in moved]


def hold_up(place: Place) -> None:
    for n in range(MANY):
        key = place.jira.add_issue("PAY", f"Held {n}", by="rosei", assignee="rosei")
        place.jira.edit(key, by="rosei", flagged=True, at=START - timedelta(days=9, minutes=20 * n))


def test_what_the_first_comment_of_a_source_lets_a_rule_judge_was_so_before(place: Place) -> None:
    hold_up(place)
    assert blocked(place.run(0)) == []
    place.jira.comment("LED-1", "On it.", by="rosei")
    place.jira.add_issue("LED", "News", by="rosei", assignee="rosei", due=date(2026, 11, 9))
    seen = place.run(1)
    assert (blocked(seen), seen.report.held) == ([(Reason.ADOPTED, False)] * MANY, 0)
    (summary,) = (one for one in seen.report.queued if "Seen late" in one.subject)
    assert summary.subject == f"[checkout] Seen late: {MANY} known problems"
    assert f"{MANY} problems could not be judged before" in summary.body.decode()
    assert (Reason.OPENED, True) in moves(seen, "LED"), "real news went under"
    place.jira.edit("LED-3", by="rosei", flagged=True)
    assert [one for one in blocked(place.run(24 * 3)) if one[1]] == [(Reason.OPENED, True)]


def test_what_can_be_judged_during_an_outage_was_so_before_all_the_same(place: Place) -> None:
    hold_up(place)
    place.run(0)
    place.jira.comment("LED-1", "On it.", by="rosei")
    hit = place.jira.fail(
        lambda request: request.path.endswith("/search/jql") and "PAY" in str(request.json()),
        status=403,
    )
    assert blocked(place.run(1)) == []
    place.jira.mend(hit)
    assert blocked(place.run(2)) == [(Reason.ADOPTED, False)] * MANY


def test_what_a_rule_finds_that_is_switched_on_was_so_before(place: Place) -> None:
    place.run(0, f"[rules.overdue]\nenabled = false\n{ONE}")
    seen = place.run(1, ONE)
    assert moves(seen, "PAY") == [(Reason.ADOPTED, False)] * 3
    assert subjects(seen) == ["[checkout] Seen late: 3 known problems"]
    place.jira.add_issue("PAY", "Late again", by="rosei", assignee="rosei", due=date(2026, 11, 9))
    assert moves(place.run(2, ONE), "PAY") == [(Reason.OPENED, True)]


def test_a_date_whose_field_was_deleted_ends_its_alert_and_opens_none(place: Place) -> None:
    for key, day in (("PAY-1", 20), ("PAY-2", 27)):
        place.jira.edit(key, by="rosei", due=None, target_end=date(2026, 11, day))
    place.run(0)
    place.jira.delete_field(TARGET_END)
    assert moves(place.run(1), "PAY-1") == []
    assert moves(place.run(25), "PAY-1") == [(Reason.CLEARED, True)]
    for hours in (26, 100, 124):
        seen = place.run(hours)
        assert moves(seen, "PAY-1") + moves(seen, "PAY-2") == []


@pytest.mark.parametrize("lost", ["deleted, and its reading cut off", "of one project no more"])
def test_nobody_is_told_that_dates_of_a_field_that_is_gone_were_taken_away(
    place: Place, lost: str
) -> None:
    small = f"{ONE}\npage_size = 1"
    for day in (10, 11, 12):
        at = START - timedelta(days=day)
        place.jira.add_issue("PAY", "Epic", by="rosei", type="Epic", at=at,
                             target_end=date(2026, 12, 20))  # fmt: skip
    place.run(0, small)
    if lost.startswith("deleted"):
        place.jira.delete_field(TARGET_END)
        asked = (each for each in range(99))
        fault = place.jira.fail(
            lambda one: "/search" in one.path and b"summary" in one.body and next(asked) > 1,
            status=200, body={},
        )  # fmt: skip
        place.run(25, small)
        place.jira.mend(fault)
    else:
        place.jira.left_out = (f"PAY/{TARGET_END}",)
        place.run(25, small)
    place.run(50, small)
    for hours in (100, 124, 148):
        seen = place.run(hours, small)
        told = [one.alert.finding.rule for one in seen.report.transitions if one.told]
        assert "date-moved" not in told
    lost_by = {one.is_bot for one in seen.history if (one.field, one.new) == ("target_end", None)}
    assert lost_by == {True}


def test_a_project_with_a_new_key_is_no_news_and_shows_it_within_a_day(place: Place) -> None:
    before = place.run(0)
    place.jira.rename_project("PAY", "BUY")
    for hours in (1, 25, 26):
        seen = place.run(hours)
        assert not [one for one in seen.report.transitions if one.told]
    refs = {item.ref: item.aliases for item in seen.items.values() if item.scope == "PAY"}
    assert refs == {f"BUY-{n}": (f"PAY-{n}",) for n in (1, 2, 3)}
    assert (seen.items.keys(), seen.invisible) == (before.items.keys(), frozenset())
    late(place, "BUY-1", 2)
    assert moves(place.run(27), "BUY-1") == [(Reason.CHANGED, True)]
