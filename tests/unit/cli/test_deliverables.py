"""`syncd deliverables` on a small store: what is promised, and what may be one thing."""

import json
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from filled import install

from syncd.cli.deliverables import deliverables
from syncd.cli.options import Options, Usage
from syncd.interfaces import Page
from syncd.model.snapshot import Scope
from syncd.store import open_store
from syncd.testing.builders import AS_OF, LONG_AGO, github_milestone, issue, version

NOW = AS_OF
SOON, LATER = ((NOW + timedelta(days=days)).date() for days in (30, 40))
CONFIG = """
[sources.github]
kind = "file"
paths = ["jira.json"]
[teams.payments]
name = "Payments"
owns = ["jira:PAY"]
[teams.ledger]
name = "Ledger"
owns = ["github:acme/ledger"]
"""
RELEASE = version("Checkout 2.0", release=SOON)
RELEASE = replace(RELEASE, claims=(replace(RELEASE.claims[0], set_at=LONG_AGO),))
MILESTONE = github_milestone("checkout v2.0", due=LATER)
WORK = [issue(f"PAY-{n}", milestones=(RELEASE.key,)) for n in (1, 2)]


@pytest.fixture
def told(tmp_path, monkeypatch, capsys):
    """A function: flags in, what is printed out."""
    monkeypatch.chdir(tmp_path)
    url = install(tmp_path, CONFIG)

    def tell(*items, format="jsonl", teams=(), suggest=False, width=120):  # noqa: A002
        with closing(open_store(url, now=NOW)) as store:
            for one in items:
                page = Page(items=(one,), last=True)
                store.commit(Scope(one.key.source, f"{one.scope} {one.ref}"), page, NOW)
        options = Options(config=tmp_path / "syncd.toml", format=format, width=width)
        assert deliverables(options, teams, suggest=suggest) == 0
        return capsys.readouterr()

    return tell


def test_each_with_its_date_its_word_and_its_parts(told):
    release, milestone = map(json.loads, reversed(told(RELEASE, MILESTONE, *WORK).out.splitlines()))
    assert release == {
        "type": "deliverable", "id": str(RELEASE.key), "table": None, "name": "Checkout 2.0",
        "tier": "B",
        "target": SOON.isoformat(), "authority": "version", "baseline": SOON.isoformat(),
        "provisional": False, "teams": ["payments"], "open": 2, "items": 2,
        "made_of": ["jira:fixVersion=Checkout 2.0"], "not_found": [],
    }  # fmt: skip
    assert (milestone["provisional"], milestone["open"]) == (True, 0)


def test_for_people(told):
    text = told(RELEASE, MILESTONE, *WORK, format="table").out
    assert "jira:fixVersion=Checkout 2.0" in text
    assert "? is the first date seen" in text
    table, said = told(format="md", teams=["ledger"]).out.split("\n\n")
    assert [line[0] for line in table.splitlines()] == ["|"] * 3
    assert said.startswith("? is the first date seen")


def test_what_only_its_name_says_is_one_is_proposed_as_the_configuration_takes_it(told):
    said = told(RELEASE, MILESTONE, format="table", suggest=True)
    assert "jira:fixVersion=Checkout 2.0" in said.out
    note = 'match = ["github:milestone=checkout v2.0", "jira:fixVersion=Checkout 2.0"]'
    assert note in " ".join(said.err.split())


def test_nothing_to_tell(told):
    assert "Nothing is promised" in told(format="table").out
    assert told(RELEASE, format="table", suggest=True).out == "No two of them have the same name.\n"
    with pytest.raises(Usage, match="there is no team"):
        told(teams=["x"])


def test_the_table_names_each_part_once_and_leaves_its_name_whole(told, tmp_path):
    with (tmp_path / "syncd.toml").open("a") as settings:
        settings.write('[deliverables.wallet]\nmatch = ["github:milestone=checkout v2.0"]\n')
    parts = [github_milestone("checkout v2.0", due=SOON, scope=f"acme/{one}") for one in "abc"]
    lines = told(*parts, format="table", width=80).out.splitlines()
    assert [line for line in lines if "wallet" in line.lower()] == [lines[1]]
    assert lines[1].endswith("  github:milestone=checkout v2.0 (3)")


def test_a_name_of_the_configuration_that_nothing_has_is_told(told, tmp_path):
    with (tmp_path / "syncd.toml").open("a") as settings:
        settings.write('[deliverables.wallet]\nmatch = ["jira:fixVersion=Checkout 1.0"]\n')
    said = told(RELEASE, format="table").err
    assert '"jira:fixVersion=Checkout 1.0" of [deliverables.wallet] names nothing' in said
    found = {one["id"]: one["not_found"] for one in map(json.loads, told(RELEASE).out.splitlines())}
    assert found == {"wallet": ["jira:fixVersion=Checkout 1.0"], str(RELEASE.key): []}
