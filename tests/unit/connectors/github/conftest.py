"""A simulated GitHub with one repository, and connectors to it that do not sleep."""

from datetime import UTC, datetime

import pytest
from app_key import app_key

from syncd.connectors.github.connector import GitHubConnector
from syncd.connectors.http import Limits
from syncd.demo.simulators.github import GitHubSimulator
from syncd.retrying import retrying

TOKEN = "canary-5ecret-token"


@pytest.fixture
def sim():
    with GitHubSimulator(now=datetime(2026, 11, 2, 9, 0, tzinfo=UTC)) as sim:
        sim.add_token(TOKEN, "syncd-bot")
        sim.add_repo("acme/ledger")
        yield sim


@pytest.fixture
def build(sim):
    built = []

    def build(*, seconds=60, **settings):
        section = {"url": sim.url, "token": TOKEN, "repos": ("acme/ledger",)} | settings
        found = GitHubConnector(
            "github", GitHubConnector.Settings(**section), limits=Limits(total=seconds)
        )
        found.client.retry = retrying(60, sleep=lambda _: None)
        built.append(found)
        return found

    yield build
    for each in built:
        each.close()


@pytest.fixture
def pem():
    return app_key()
