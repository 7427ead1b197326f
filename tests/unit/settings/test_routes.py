"""Mistakes in the routing tree and in audiences, with their places (reliability.md C5, X6)."""

from pathlib import Path

import pytest

from syncd import plugins
from syncd.cli.failures import problems_text
from syncd.errors import ConfigError
from syncd.model.findings import Severity
from syncd.model.people import Role
from syncd.model.routes import Pace
from syncd.settings import load

GOOD = """\
[sources.cal]
kind = "google_calendar"
calendars = ["a@example.com"]
[teams.pay]
owns = ["cal:a@example.com"]
[teams.led]
lead = "dana"
[people.dana]
name = "Dana"
email = "dana@example.com"
[mail]
from = "syncd@example.com"
to_outbox = true
[programs.main]
teams = ["pay"]
stakeholders = { tpm = ["dana"] }
"""


def loaded(tmp_path: Path, monkeypatch, text: str, catalog=None):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "syncd.toml").write_text(GOOD + text)
    return load(Path("syncd.toml"), {}, catalog=catalog)


MISTAKES = {
    "a circle": (
        '[routes.a]\nwithin = "b"\n[routes.b]\nwithin = "a"',
        "syncd.toml:18:1  routes.a.within: goes in a circle: a within b within a",
    ),
    "a route that is none": (
        '[routes.a]\nwithin = "c"\n[routes.b]',
        'syncd.toml:18:1  routes.a.within: there is no route "c"; known: a, b',
    ),
    "a person that is none": (
        '[routes.a]\nto = ["usual", "dina"]',
        'syncd.toml:18:16  routes.a.to.1: there is no recipient "dina", did you mean "dana"?',
    ),
    "a team that is none": (
        '[routes.a]\nto = ["lead of lad"]',
        'syncd.toml:18:7  routes.a.to.0: there is no recipient "lad", did you mean "led"?',
    ),
    "words that mean nothing": (
        '[routes.a]\nto = ["boss of team"]',
        'syncd.toml:18:7  routes.a.to.0: "boss of team" names nobody; write the id of a person',
    ),
    "a rule that is none": (
        '[routes.a]\nrule = ["overdu"]',
        'syncd.toml:18:9  routes.a.rule.0: there is no rule "overdu", did you mean "overdue"?',
    ),
    "a program that is none": (
        '[routes.a]\nprogram = ["mian"]',
        'routes.a.program: there is no program "mian", did you mean "main"?',
    ),
    "nobody at all": ("[routes.a]\nto = []", "routes.a.to: must not be empty"),
    "an audience of nobody known": (
        '[sources.cal.audience]\n"a@example.com" = ["payy"]',
        'there is no team, person or role "payy", did you mean "pay"?',
    ),
    "an audience of what is not read": (
        '[sources.cal.audience]\n"b@example.com" = ["pay"]',
        'there is no part of this source "b@example.com", did you mean "a@example.com"?',
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_every_mistake_has_its_place(tmp_path: Path, monkeypatch, name: str) -> None:
    text, words = MISTAKES[name]
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, monkeypatch, text, plugins)
    assert words in problems_text(caught.value.problems)
    assert caught.value.exit_code == 5


@pytest.mark.parametrize(
    ("to", "is_warned"),
    [
        ("lead of pay", True),
        ("lead of led", False),
        ("lead of team", False),
        ("tpm of main", False),
        ("exec of main", True),
        ("operators", True),
        ("owner", False),
    ],
)
def test_a_route_to_nobody_is_a_warning(
    tmp_path: Path, monkeypatch, to: str, is_warned: bool
) -> None:
    found = loaded(tmp_path, monkeypatch, f'[routes.a]\nto = ["{to}"]\n')
    warned = [one.path for one in found.warnings if "by this route" in one.message]
    assert warned == (["routes.a.to"] if is_warned else [])
    dropped = loaded(tmp_path, monkeypatch, f'[routes.a]\nto = ["{to}"]\nwhen = "drop"\n')
    assert not [one for one in dropped.warnings if "by this route" in one.message]


def test_a_person_without_an_address_is_named(tmp_path: Path, monkeypatch) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, monkeypatch, '[people.eva]\nname = "Eva"\n')
    assert "people.eva.email: is required" in problems_text(caught.value.problems)


def test_routes_keep_their_order_and_know_their_line(tmp_path: Path, monkeypatch) -> None:
    found = loaded(
        tmp_path, monkeypatch,
        '[routes.z]\nseverity = "high"\nrole = ["exec"]\nwhen = "drop"\ncontinue = true\n'
        '[routes.a]\nwithin = "z"\nto = ["owner"]\n',
    )  # fmt: skip
    first, second = found.tree()
    assert (first.id, first.severity, first.roles) == ("z", Severity.HIGH, (Role.EXEC,))
    assert (first.when, first.goes_on, first.to) == (Pace.DROP, True, None)
    assert (second.id, second.within, second.to) == ("a", "z", ("owner",))
    assert found.place(("routes", "a")) == "syncd.toml:22"
    assert found.place(("people", "dana", "accounts", "jira")) == "syncd.toml:8"


def test_a_bare_list_is_the_audience_of_the_whole_source(tmp_path: Path) -> None:
    text = GOOD.replace('calendars = ["a@', 'audience = ["pay", "leads"]\ncalendars = ["a@')
    (tmp_path / "syncd.toml").write_text(text)
    found = load(tmp_path / "syncd.toml", {})
    (one,) = found.audiences()
    assert (one.source, one.scope, one.members) == ("cal", "*", ("pay", "leads"))
