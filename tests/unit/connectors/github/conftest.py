"""A simulated GitHub with one repository, and connectors to it that do not sleep."""

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

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


@pytest.fixture(scope="session")
def pem():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
