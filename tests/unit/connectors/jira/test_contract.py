"""Both Jiras keep the promises of every connector."""

from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from syncd.connectors.http import Limits
from syncd.connectors.jira.connector import JiraConnector
from syncd.demo.simulators.jira import JiraSimulator
from syncd.errors import UnexpectedAnswer
from syncd.model.items import ItemKey, Kind
from syncd.retrying import retrying
from syncd.testing.connector_contract import ConnectorContract, World

TOKEN = "canary-5ecret-token"


def play(deployment):
    sim = JiraSimulator(deployment, now=datetime(2026, 5, 4, 9, tzinfo=UTC), token=TOKEN)
    sim.add_user("dana", "Dana Lee")
    sim.add_project("PAY", "Payments")
    version = sim.add_version("PAY", "2.1", release=date(2026, 6, 1))
    sprint = sim.add_sprint("S, 1", state="active", start=sim.now, end=sim.now + timedelta(14))
    epic = sim.add_issue("PAY", "Checkout", by="dana", type="Epic", due=date(2026, 6, 5))
    keys = [sim.add_issue("PAY", f"Step {n}", by="dana") for n in range(3)]
    sim.now += timedelta(days=1)
    sim.edit(keys[0], by="dana", due=date(2026, 5, 19), versions=(version,), sprints=(sprint,))
    sim.edit(keys[1], by="dana", parent=epic, status="Done")
    sim.link(keys[0], "is blocked by", keys[1], by="dana")
    sim.comment(keys[0], "depends on PAY-3", by="dana")
    return sim


def connector(sim, **settings):
    section = {"url": sim.url, "user": sim.user, "token": sim.token, "projects": ("PAY",)}
    built = JiraConnector(
        "jira", JiraConnector.Settings(**section | settings), limits=Limits(total=1)
    )
    built.client.retry = retrying(60, sleep=lambda _: None)
    return built


class JiraContract(ConnectorContract):
    deployment = "cloud"
    secrets = (TOKEN,)
    gone = UnexpectedAnswer

    @contextmanager
    def world(self):
        with play(self.deployment) as sim:

            def fail(when="/search", **fault):
                return sim.fail(when, **fault)

            def edit():
                sim.now += timedelta(hours=1)
                sim.edit("PAY-2", by="dana", due=date(2026, 5, 26))

            def spoil():
                sim.issue("PAY-4").created = None
                return sim.issue("PAY-4").id

            def delete():
                key = ItemKey("jira", Kind.ISSUE, sim.issue("PAY-3").id)
                sim.delete("PAY-3")
                return key

            yield World(
                name="jira", scope="PAY", build=lambda: connector(sim), fail=fail, mend=sim.mend,
                edit=edit, spoil=spoil, delete=delete,
            )  # fmt: skip


class TestCloud(JiraContract):
    deployment = "cloud"


class TestServer(JiraContract):
    deployment = "server"


del JiraContract
