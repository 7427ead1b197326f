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
