"""The flags that every command takes, before or after its name."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

FORMATS = ("table", "json", "jsonl", "md")
PICTURES = ("dot", "mermaid", "svg")
"""Formats of `syncd deps graph`."""
ONLY_FOR = {**dict.fromkeys(PICTURES, ("deps", "graph")), "html": ("report",),
            **dict.fromkeys(("csv", "ics"), ("export",))}  # fmt: skip
"""Formats of one command only."""
VALUED = {
    "-c": "config", "--config": "config",
    "-f": "format", "--format": "format",
    "--width": "width",
    "--tz": "zone",
    "--log-format": "log_format",
}  # fmt: skip
SWITCHES = (
    "-q",
    "-qq",
    "--quiet",
    "-v",
    "-vv",
    "--verbose",
    "--no-color",
    "--no-input",
    "--no-pager",
)
GLOBAL = (*VALUED, *SWITCHES)

HELP = (
    ("-c, --config FILE", "the configuration"),
    ("-f, --format FORMAT", "table, json, jsonl or md"),
    ("-q, -qq", "errors only, nothing"),
    ("-v, -vv", "decisions, requests too"),
    ("--no-color", "plain text"),
    ("--no-input", "never ask"),
    ("--no-pager", "no pager for long answers"),
    ("--width N", "columns to use"),
    ("--tz ZONE", "time zone of what is shown"),
    ("--log-format FORMAT", "text or json"),
    ("-h, --help", "this text, or that of a command"),
)


class Usage(Exception):
    """The command line cannot be understood; exit 2."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Interrupted(BaseException):
    """Ctrl-C in a command: typer would make a silent exit of KeyboardInterrupt."""


def require(what: str, names: Iterable[str], known: Iterable[str]) -> None:
    """Raises Usage for a name that the configuration has not, with the nearest that it has."""
    options = list(known)
    for name in names:
        if name not in options:
            hint = near(name, options) or f"; configured: {', '.join(options) or 'none'}"
            raise Usage(f'there is no {what} "{name}"{hint}', "syncd config show")


def near(name: str, known: Iterable[str]) -> str:
    """`, did you mean "x"?` with the nearest of what there is; "" for none."""
    from difflib import get_close_matches

    from syncd.text import clean_text

    found = get_close_matches(name, list(known), n=1)
    return f', did you mean "{clean_text(found[0])}"?' if found else ""


@dataclass(slots=True)
class Options:
    """What the global flags and their environment variables say."""

    config: Path | None = None
    format: str = "table"
    quiet: int = 0
    verbose: int = 0
    color: bool | None = None
    """None = as the stream allows."""
    width: int | None = None
    zone: str | None = None
    log_format: str = ""
    """`text` or `json`; "" = as it fits: JSON for a service under systemd or in a container."""
    no_input: bool = False
    no_pager: bool = False
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def asks(self) -> bool:
        """Whether a person is there to answer."""
        return not self.no_input and sys.stdin is not None and sys.stdin.isatty()


def split(arguments: Sequence[str], env: Mapping[str, str]) -> tuple[Options, list[str]]:
    """Take the global flags out of the arguments, wherever they stand before `--`."""
    options, rest = _taken_out(arguments, env)
    where = ONLY_FOR.get(options.format, ())
    if tuple(rest[: len(where)]) != where:
        raise Usage(
            f'--format "{options.format}" is for syncd {" ".join(where)} only',
            "syncd help formats",
        )
    return options, rest


def _taken_out(arguments: Sequence[str], env: Mapping[str, str]) -> tuple[Options, list[str]]:
    options = _from_environment(env)
    rest: list[str] = []
    left = list(arguments)
    while left:
        word = left.pop(0)
        if word == "--":
            return options, [*rest, word, *left]
        flag, equals, value = word.partition("=")
        if flag in VALUED and (equals or flag == word):
            if not equals:
                if not left:
                    raise Usage(f"{flag} needs a value")
                value = left.pop(0)
            if VALUED[flag] == "format" and value not in ONLY_FOR:
                _one_of(flag, value, _formats(arguments))
            _set(options, flag, VALUED[flag], value)
        elif word in SWITCHES:
            _switch(options, word)
        else:
            rest.append(word)
    return options, rest


def _switch(options: Options, flag: str) -> None:
    if flag in ("-q", "-qq", "--quiet"):
        options.quiet += flag.count("q") if flag != "--quiet" else 1
    elif flag in ("-v", "-vv", "--verbose"):
        options.verbose += flag.count("v") if flag != "--verbose" else 1
    elif flag == "--no-color":
        options.color = False
    elif flag == "--no-pager":
        options.no_pager = True
    else:
        options.no_input = True


def _set(options: Options, flag: str, name: str, value: str) -> None:
    if name == "config":
        options.config = Path(value)
    elif name == "format":
        options.format = value if value in ONLY_FOR else _one_of(flag, value, FORMATS)
    elif name == "log_format":
        options.log_format = _one_of(flag, value, ("text", "json"))
    elif name == "width":
        if not value.isdecimal() or not 20 <= int(value) <= 1000:
            raise Usage(f'{flag} "{value}" is not a number of columns from 20 to 1000')
        options.width = int(value)
    else:
        options.zone = zone(flag, value)


def _formats(arguments: Sequence[str]) -> tuple[str, ...]:
    """Those of every command, and those of the one that is typed."""
    words = " ".join(arguments)
    return (*FORMATS, *(one for one, where in ONLY_FOR.items() if " ".join(where) in words))


def _one_of(flag: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise Usage(f'{flag} "{value}" is not one of {", ".join(known)}')
    return value


def zone(flag: str, value: str) -> str:
    """The value, if it names a time zone. Raises Usage."""
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError):
        hint = "for example Europe/Berlin"
        raise Usage(f'{flag} "{value}" is not a time zone', hint) from None
    return value


def _from_environment(env: Mapping[str, str]) -> Options:
    options = Options(env=env)
    for flag in ("--format", "--width", "--tz", "--log-format"):
        name = "SYNCD_" + flag[2:].replace("-", "_").upper()
        if value := env.get(name, ""):
            _set(options, name, VALUED[flag], value)
    options.quiet = _count(env, "SYNCD_QUIET")
    options.verbose = _count(env, "SYNCD_VERBOSE")
    options.no_input = _count(env, "SYNCD_NO_INPUT") > 0
    options.no_pager = _count(env, "SYNCD_NO_PAGER") > 0
    if env.get("SYNCD_NO_COLOR") or env.get("NO_COLOR") or env.get("TERM") == "dumb":
        options.color = False
    elif env.get("FORCE_COLOR"):
        options.color = True
    return options


def _count(env: Mapping[str, str], name: str) -> int:
    value = env.get(name, "")
    return int(value) if value.isdecimal() else int(bool(value))


def environment() -> Mapping[str, str]:
    """The environment of this process."""
    return os.environ
