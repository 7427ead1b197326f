"""What doctor asks of connectors, whatever happens on the way."""

from datetime import UTC, datetime, timedelta

import pytest

from syncd.checking import checks_of
from syncd.connectors.jira.connector import JiraConnector
from syncd.demo.simulators.jira import JiraSimulator
from syncd.errors import ConfigError
from syncd.interfaces import Check, Mark

NOW = datetime(2026, 11, 23, 8, 25, tzinfo=UTC)


class Silent:
    """A plug-in's connector, of which only `check` matters here."""

    def close(self) -> None: ...


@pytest.mark.parametrize(
    ("minutes", "mark", "words"),
    [
        (0, Mark.OK, "clocks agree"),
        (4, Mark.OK, "clocks agree"),
        (6, Mark.WARNING, "our clock is 6 min behind the provider's"),
        (-90, Mark.WARNING, "our clock is 90 min ahead of the provider's"),
    ],
)
def test_a_clock_that_is_off_is_told(minutes, mark, words) -> None:
    with JiraSimulator("cloud", now=NOW + timedelta(minutes=minutes)) as sim:
        sim.add_project("PAY", "Payments")
        settings = JiraConnector.Settings(
            url=sim.url, user=sim.user, token=sim.token, projects=("PAY",)
        )
        checks = list(checks_of(lambda: JiraConnector("jira", settings), lambda: NOW))
    assert checks[-1].mark is mark
    assert words in checks[-1].text


def test_a_connector_that_dies_does_not_end_the_checks() -> None:
    class Dying(Silent):
        def check(self):
            yield Check(mark=Mark.OK, text="reads as syncd")
            raise ValueError("a value with a secret")

    def build():
        raise KeyError("a secret")

    for made, before in ((Dying, 1), (build, 0)):
        *told, last = checks_of(made, lambda: NOW)
        assert len(told) == before
        assert (last.mark, last.exit_code) == (Mark.FAILED, 1)
        assert "failed unexpectedly" in last.text
        assert "secret" not in last.text


def test_a_connector_that_cannot_be_made_is_a_failed_check() -> None:
    def build():
        raise ConfigError("no such thing", hint="write it")

    (check,) = checks_of(build, lambda: NOW)
    assert (check.mark, check.text, check.fix, check.exit_code) == (
        Mark.FAILED, "no such thing", "write it", 5,
    )  # fmt: skip
