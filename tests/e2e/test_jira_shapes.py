"""The simulated Jira answers in the shapes of recorded answers of the real one."""

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import requests

from syncd.demo.simulators.jira import JiraSimulator

DATA = Path(__file__).parents[2].parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="real data (../shared/data) is absent")

RECORDED = {
    "cloud": ("devlake_traffic/jira_api_issues", "devlake_traffic/jira_external_epics"),
    "server": ("jira_apache/issues", "jira_titanium_small/ALOY.issues"),
}
DESCRIBED = {
    # Described by Atlassian, but empty or hidden (addresses) in what was recorded.
    "cloud": (
        ".fields.issuelinks[]", ".fields.components[]", ".fields.description",
        ".fields.assignee.emailAddress", ".fields.comment.comments[].author.emailAddress",
        ".fields.comment.comments[].updateAuthor.emailAddress",
    ),
    # Newer than the recorded servers, whose comments also tell less of who edited than of who wrote.
    "server": (
        ".changelog.histories[].author.", ".fields.comment.comments[].author.key",
        ".fields.comment.comments[].updateAuthor.key", ".fields.comment.comments[].updateAuthor.timeZone",
        ".fields.project.projectTypeKey",
    ),
}  # fmt: skip
OWN = {"cloud": {"customfield_10015": "Start date", "customfield_10020": "Sprint"}, "server": {}}
"""Custom fields whose ids happen to be those of the recorded site."""


def recorded(deployment):
    for name in RECORDED[deployment]:
        with gzip.open(DATA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as stream:
            rows = [json.loads(line) for line in stream]
        yield from (row.get("data", row) for row in rows)


def shapes(value, path=""):
    """(path, type) of everything in a value; what lies in lists has the path of the list."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from shapes(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from shapes(inner, f"{path}[]")
    elif value is not None:
        yield (
            path,
            "number"
            if isinstance(value, int | float) and not isinstance(value, bool)
            else type(value).__name__,
        )


def played(deployment):
    sim = JiraSimulator(deployment, now=datetime(2026, 5, 4, 9, tzinfo=UTC))
    sim.add_user("dana", "Dana Lee")
    sim.add_project("PAY", "Payments")
    version = sim.add_version("PAY", "2.1", release=date(2026, 6, 1))
    sprint = sim.add_sprint("S 1", state="active", start=sim.now, end=sim.now + timedelta(14))
    epic = sim.add_issue("PAY", "Checkout", by="dana", type="Epic")
    key = sim.add_issue("PAY", "Export", by="dana", description="text", components=("API",))
    sub = sim.add_issue("PAY", "Part", by="dana", type="Sub-task", parent=key)
    sim.edit(
        key, by="dana", due=date(2026, 5, 12), versions=(version,), sprints=(sprint,), labels=("x",)
    )
    sim.edit(key, by="dana", status="Done", assignee="dana", start=date(2026, 5, 5))
    sim.link(sub, "is blocked by", key, by="dana")
    sim.comment(key, "hello", by="dana")
    if deployment == "cloud":
        sim.edit(key, by="dana", parent=epic)
    return sim, (key, sub)


@pytest.mark.parametrize("deployment", ["cloud", "server"])
def test_every_value_of_a_simulated_issue_has_a_recorded_place_and_type(deployment):
    real = {}
    for raw in recorded(deployment):
        for path, kind in shapes(raw):
            real.setdefault(path, set()).add(kind)
    sim, keys = played(deployment)
    with sim:
        session = requests.Session()
        session.auth = (sim.user, sim.token) if sim.user else None
        headers = {} if sim.user else {"Authorization": f"Bearer {sim.token}"}
        issues = [
            session.get(
                f"{sim.url}/rest/api/2/issue/{key}?expand=changelog", headers=headers
            ).json()
            for key in keys
        ]
        session.close()
    told = {
        pair
        for issue in issues
        for pair in shapes(issue)
        if ".customfield_" not in pair[0] or pair[0].split(".")[2].rstrip("[]") in OWN[deployment]
    }
    assert len(told) > 80
    odd = {path for path, kind in told if kind not in real.get(path, ())}
    assert not sorted(path for path in odd if not path.startswith(DESCRIBED[deployment]))
