import pytest
from jira_play import NOW

from syncd.connectors.http import Limits
from syncd.connectors.jira.connector import JiraConnector
from syncd.demo.simulators.jira import JiraSimulator
from syncd.retrying import retrying


@pytest.fixture(params=["cloud", "server"])
def sim(request):
    with JiraSimulator(request.param, now=NOW) as running:
        running.add_user("dana", "Dana Lee")
        running.add_project("PAY", "Payments")
        yield running


@pytest.fixture
def build(sim):
    built = []

    def make(*, limits=Limits(), **settings):  # noqa: B008 # it is frozen
        section = {"url": sim.url, "user": sim.user, "token": sim.token, "projects": ("PAY",)}
        connector = JiraConnector(
            "jira", JiraConnector.Settings(**section | settings), limits=limits
        )
        connector.client.retry = retrying(60, sleep=lambda _: None)
        built.append(connector)
        return connector

    yield make
    for connector in built:
        connector.close()
