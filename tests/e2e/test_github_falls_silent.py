"""What GitHub leaves out of its answers, or says under an old name, against the whole application.

A date, a dependency or an alert goes only when GitHub says so.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sections import DANA, OUTBOX
from stage import GITHUB_TOKEN, REPO, Installation, Seen, keep_secret, run

from syncd import plugins
from syncd.demo.simulators.github import GitHubSimulator
from syncd.demo.simulators.server import Answer
from syncd.model.alerts import Reason
from syncd.settings import load

START = datetime(2026, 11, 23, 9, tzinfo=UTC)

CONFIG = """
timezone = "UTC"
[sources.github]
kind = "github"
url = "{url}"
repos = {repos}
project_fields = {{ "Target date" = "due" }}
[teams.ledger]
owns = ["github:{repo}"]
[programs.checkout]
teams = ["ledger"]
[alerts]
adoption = false
digest = false
quiet_hours = false
"""
CONFIG += DANA + OUTBOX


@dataclass
class Place:
    """A GitHub with three issues that are overdue by a project, and an installation that read it."""

    github: GitHubSimulator
    folder: Path
    repos: tuple[str, ...] = (REPO,)

    def run(self, hours: int) -> Seen:
        self.github.now = START + timedelta(hours=hours)
        text = CONFIG.format(url=self.github.url, repo=REPO, repos=list(self.repos))
        (self.folder / "syncd.toml").write_text(text)
        settings = load(self.folder / "syncd.toml", {}, catalog=plugins)
        return run(Installation(self.folder, settings), self.github.now)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "secrets").mkdir(mode=0o700)
    keep_secret(tmp_path, "github", GITHUB_TOKEN)
    with GitHubSimulator(now=START - timedelta(days=60)) as github:
        github.add_token(GITHUB_TOKEN, "syncd-bot")
        github.add_repo(REPO)
        for n in range(3):
            ref = github.open_issue(REPO, f"Work {n}", assignees=("kim",))
            github.set_field(ref, "Target date", date(2026, 11, 3 + n))
        yield Place(github, tmp_path)


def overdue(seen: Seen) -> set[str]:
    return {a.fingerprint for a in seen.alerts.values() if a.finding.rule == "overdue"}


def cleared(seen: Seen) -> list[str]:
    return [str(each.reason) for each in seen.report.transitions if each.reason is Reason.CLEARED]


def lose_the_right(github: GitHubSimulator) -> None:
    github.tokens[GITHUB_TOKEN].forbidden = ("organization_projects",)


def lose_the_scope(github: GitHubSimulator) -> None:
    github.tokens[GITHUB_TOKEN].scopes = "repo"


def lose_graphql(github: GitHubSimulator) -> None:
    github.has_graphql = False


def lose_a_node(github: GitHubSimulator) -> None:
    def spoil(answer: Answer) -> Answer:
        data = answer.body["data"]
        data["nodes"][0] = None
        return Answer(body={"data": data, "errors": [{"message": "Something went wrong"}]})

    github.fail(lambda request: b"nodes(ids" in request.body, change=spoil)


@pytest.mark.parametrize("fall", [lose_the_right, lose_the_scope, lose_graphql, lose_a_node])
def test_dates_of_projects_that_are_not_told_any_more_stay(
    place: Place, fall: Callable[[GitHubSimulator], None]
) -> None:
    before = overdue(place.run(0))
    assert len(before) == 3
    fall(place.github)
    for hours in (1, 26):
        place.github.now = START + timedelta(hours=hours)
        place.github.comment(f"{REPO}#1", by="kim")
        seen = place.run(hours)
        assert cleared(seen) == []
        assert overdue(seen) == before


def test_a_date_that_was_taken_out_of_a_project_is_gone(place: Place) -> None:
    place.run(0)
    place.github.set_field(f"{REPO}#1", "Target date", None)
    assert cleared(place.run(26)) == ["cleared"]


def test_a_repository_made_anew_is_read_and_the_former_is_not_shown(place: Place) -> None:
    place.run(0)
    place.github.rename_repo(REPO, "acme/legacy")
    place.github.add_repo(REPO)
    place.github.open_issue(REPO, "New plan")
    seen = place.run(1)
    titles = {i.title: i.key in seen.invisible for i in seen.items.values()}
    assert titles == {"Work 0": True, "Work 1": True, "Work 2": True, "New plan": False}
    place.repos = (REPO, "acme/legacy")
    for hours in (2, 3, 27):
        seen = place.run(hours)
    assert {i.title: i.scope for i in seen.items.values()} == {
        **{f"Work {n}": "acme/legacy" for n in range(3)},
        "New plan": REPO,
    }
    assert seen.invisible == frozenset()


def test_an_issue_that_was_set_aside_and_transferred_leaves_no_phantom(place: Place) -> None:
    place.github.add_repo("acme/secret")
    place.github.item(f"{REPO}#2").title = None  # type: ignore[assignment]
    assert len(place.run(0).items) == 2
    place.github.item(f"{REPO}#2").title = "Mended"
    place.github.transfer(f"{REPO}#2", "acme/secret")
    for hours in (1, 9):
        seen = place.run(hours)
        assert {item.title for item in seen.items.values()} == {"Work 0", "Work 2"}
