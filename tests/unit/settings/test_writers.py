"""What writes on items: its source is there, and its secret is not that of the reader."""

import pytest

from syncd import plugins
from syncd.errors import ConfigError
from syncd.settings import load

CONFIG = """
[sources.jira]
kind = "jira"
url = "https://jira.example.com"
projects = ["PAY"]
{read}
[notifiers.notes]
kind = "jira_comment"
source = "{source}"
url = "https://jira.example.com"
projects = ["PAY"]
{more}
"""
ENV = {"SYNCD_SOURCES__JIRA__TOKEN": "made-up-1", "SYNCD_NOTIFIERS__NOTES__TOKEN": "made-up-2"}


def problems(tmp_path, env=ENV, *, source="jira", more="", read=""):
    path = tmp_path / "syncd.toml"
    path.write_text(CONFIG.format(source=source, more=more, read=read))
    try:
        load(path, env, catalog=plugins)
    except ConfigError as error:
        return {one.path: one.message for one in error.problems}
    return {}


def test_a_credential_of_its_own_is_accepted(tmp_path):
    assert problems(tmp_path) == {}


@pytest.mark.parametrize("how", ["secret", "command"])
def test_the_reading_credential_is_refused(tmp_path, how):
    command = 'token_command = ["pass", "show", "jira"]' if how == "command" else ""
    env = dict.fromkeys(ENV, "made-up-1") if how == "secret" else {}
    found = problems(tmp_path, env, more=command, read=command)
    (path,) = found
    assert path == f"notifiers.notes.token{'_command' if command else ''}"
    assert "second credential for writing" in found[path]
    assert "made-up-1" not in found[path]


def test_names_that_are_not_there_are_told(tmp_path):
    found = problems(tmp_path, source="jiro", more='programs = ["checkout"]')
    assert 'there is no source "jiro"' in found["notifiers.notes.source"]
    assert 'there is no program "checkout"' in found["notifiers.notes.programs"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('severity_from = "hihg"', "high"),
        ('takes_over = ["all"]', "takes_over"),
        ("dry_rnu = false", "dry_run"),
    ],
)
def test_a_mistake_is_told_with_its_key(tmp_path, more, said):
    found = problems(tmp_path, more=more)
    assert said in f"{found}"


def test_an_address_that_is_not_safe_is_refused(tmp_path):
    text = CONFIG.replace("https://jira.example.com", "http://jira.example.com", 2)
    path = tmp_path / "syncd.toml"
    path.write_text(text.format(source="jira", more="", read=""))
    with pytest.raises(ConfigError) as refusal:
        load(path, ENV, catalog=plugins)
    assert {one.path for one in refusal.value.problems} >= {"notifiers.notes"}
