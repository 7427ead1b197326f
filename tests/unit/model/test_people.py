"""Accounts as people write them, and as their sources spell them."""

from syncd.model.items import Account
from syncd.model.people import spelt
from syncd.testing.builders import person

READ = [Account(source="github", id=one, name="") for one in ("octocat", "Twin", "twin")]


def told(*accounts):
    (one,) = spelt([person("dana", accounts=accounts)], READ)
    return one.accounts


def test_capitals_are_those_of_the_source():
    assert told(("github", "Octocat")) == (("github", "octocat"),)
    assert told(("jira", "Octocat"), ("github", "nobody")) == (
        ("jira", "Octocat"), ("github", "nobody"),
    )  # fmt: skip


def test_of_two_that_differ_in_capitals_alone_the_written_one_is_meant_or_none():
    assert told(("github", "twin")) == (("github", "twin"),)
    assert told(("github", "TWIN")) == (("github", "TWIN"),)
