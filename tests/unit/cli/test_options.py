"""The global flags: anywhere on the line, from the environment, and their mistakes."""

from pathlib import Path

import pytest

from syncd.cli.options import Options, Usage, split
from syncd.cli.typed import as_typed


def test_flags_are_taken_from_before_and_after_the_command() -> None:
    options, rest = split(
        ["-c", "a.toml", "-qq", "reconcile", "--team", "pay", "--format=json", "-v", "--tz", "UTC"],
        {},
    )
    assert rest == ["reconcile", "--team", "pay"]
    assert (options.config, options.format, options.quiet) == (Path("a.toml"), "json", 2)
    assert (options.verbose, options.zone, options.width) == (1, "UTC", None)


def test_what_follows_two_dashes_is_left_alone() -> None:
    assert split(["sync", "--", "-q"], {})[1] == ["sync", "--", "-q"]


def test_a_flag_beats_the_environment() -> None:
    env = {
        "SYNCD_FORMAT": "md",
        "SYNCD_WIDTH": "90",
        "SYNCD_VERBOSE": "2",
        "SYNCD_TZ": "Asia/Tokyo",
    }
    options, _ = split(["--width", "100"], env)
    assert (options.format, options.width, options.verbose, options.zone) == (
        "md", 100, 2, "Asia/Tokyo",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("env", "arguments", "color"),
    [
        ({}, [], None),
        ({"NO_COLOR": "1"}, [], False),
        ({"FORCE_COLOR": "1"}, [], True),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, [], False),
        ({"FORCE_COLOR": "1"}, ["--no-color"], False),
        ({"SYNCD_NO_COLOR": "1"}, [], False),
    ],
)
def test_colour(env: dict[str, str], arguments: list[str], color: bool | None) -> None:
    assert split(arguments, env)[0].color is color


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-f", "xml"], '-f "xml" is not one of table, json, jsonl, md'),
        (
            ["deps", "graph", "--format", "pdf"],
            '--format "pdf" is not one of table, json, jsonl, md, dot, mermaid, svg',
        ),
        (["--format"], "--format needs a value"),
        (["--width=wide"], '--width "wide" is not a number of columns from 20 to 1000'),
        (["--tz", "Mars"], '--tz "Mars" is not a time zone'),
        (["--log-format", "xml"], '--log-format "xml" is not one of text, json'),
    ],
)
def test_a_wrong_value_is_wrong_usage(arguments: list[str], words: str) -> None:
    with pytest.raises(Usage) as caught:
        split(arguments, {})
    assert str(caught.value) == words


def test_rule_ids_are_told_without_the_rules() -> None:
    from syncd.cli.rule_ids import rule_ids
    from syncd.reconciler.rules import RULES

    assert rule_ids()[: len(RULES)] == list(RULES)


@pytest.mark.parametrize(("text", "typed"), [
    ("syncd alerts list", "syncd -c 'a b.toml' alerts list"),
    ("see: syncd sync reads it anew", "see: syncd -c 'a b.toml' sync reads it anew"),
    ("syncd serve or syncd run", "syncd -c 'a b.toml' serve or syncd -c 'a b.toml' run"),
    ("syncd alerts ack --help", "syncd alerts ack --help"),
    ("the table that syncd ships", "the table that syncd ships"),
    ("syncd demo", "syncd demo"),
    ("syncd -c x.toml run", "syncd -c x.toml run"),
    ("/opt/syncd run", "/opt/syncd run"),
])  # fmt: skip
def test_a_command_in_an_answer_works_as_it_is_typed(text: str, typed: str) -> None:
    assert as_typed(text, split(["-c", "a b.toml"], {})[0]) == typed
    assert as_typed(text, Options()) == text
