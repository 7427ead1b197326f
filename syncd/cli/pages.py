"""What can be printed at once, without anything else being imported: help and version."""

from __future__ import annotations

import sys

from syncd.cli import options as flags
from syncd.cli.options import Options, Usage

PROMISE = (
    "Joins the dates of Jira, GitHub and Google Calendar\nand tells people when they drift apart."
)

GROUPS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Every day",
        (
            ("run", "one full cycle: sync, reconcile, mail"),
            ("sync [SOURCE…]", "pull what changed"),
            ("reconcile", "print drift now; never sends"),
            ("alerts", "list, show, explain or answer alerts"),
            ("brief", "the morning brief, or a meeting's pack"),
            ("notify", "send what is due"),
            ("report", "the whole picture as one file"),
        ),
    ),
    (
        "Plan",
        (
            ("deliverables", "what is promised, and what it is made of"),
            ("forecast", "when deliverables will be done, and odds"),
            ("backtest", "how right alerts and forecasts were"),
            ("baseline", "list, set or diff what was promised"),
            ("align", "edits by which dates would agree"),
            ("log", "what people decided, and why"),
            ("deps", "list, suggest, accept, reject or graph"),
            ("whatif", "what a slip, drop or absence would move"),
        ),
    ),
    (
        "Set up",
        (
            ("init", "write a configuration, step by step"),
            ("doctor [NAME…]", "test sources, mail and store"),
            ("adopt", "take what is new as known: one summary"),
            ("sources", "what is read, and what could be"),
            ("rules", "list, explain or test rules"),
            ("routes", "list them; test who hears of what"),
            ("config", "validate, show, schema, where"),
            ("demo [DIR]", "see it all on made-up data"),
        ),
    ),
    (
        "Run as a service",
        (
            ("serve", "run cycles until told to stop"),
            ("status", "last and next run, lag, mail"),
            ("store", "upgrade, check, back up, restore, prune"),
            ("export", "all that is held: jsonl, csv or ics"),
            ("people", "show or forget what is held of somebody"),
        ),
    ),
    (
        "More",
        (
            ("version", "print the version"),
            ("completion SHELL", "for bash, zsh or fish"),
            ("help TOPIC", "environment, exit-codes, formats, rules"),
        ),
    ),
)

EXIT_CODES = """\
Exit codes

    0  done, drift or not
    1  failed: a bug or an unexpected error
    2  wrong usage
    3  partly done: a source or a mail failed; results are marked
    4  a credential is missing, expired, or lacks a right
    5  the configuration is invalid, or the store is too new
    6  busy: another syncd owns the store
    7  temporary: a rate limit or the network, after all retries
   10  drift at or above --fail-on exists
  130  interrupted (Ctrl-C); the store is consistent
  143  terminated (SIGTERM); the store is consistent

Several at once: the first that applies of 5, 4, 1, 7, 3, 10.
New codes may be added; an unknown code means failure.
"""

ENVIRONMENT = """\
Environment

Every key of the configuration has a variable: SYNCD_ and its
path, with two underscores between levels. A list or table is
written as JSON.

  SYNCD_TIMEZONE=Europe/Berlin
  SYNCD_SCHEDULE__EVERY=30m
  SYNCD_SOURCES__JIRA__PROJECTS='["PAY", "LED"]'

A flag beats the environment, which beats secrets files, which
beat the configuration files, which beat defaults.

  SYNCD_CONFIG        configuration file, as --config
  SYNCD_SECRETS_DIR   folder of secrets files
  SYNCD_FORMAT        as --format
  SYNCD_QUIET         1 or 2, as -q or -qq
  SYNCD_VERBOSE       1 or 2, as -v or -vv
  SYNCD_NO_INPUT      as --no-input
  SYNCD_NO_PAGER      as --no-pager
  SYNCD_PAGER         pager, before PAGER and less
  SYNCD_NO_COLOR      as --no-color
  SYNCD_WIDTH         as --width
  SYNCD_TZ            as --tz
  SYNCD_LOG_FORMAT    as --log-format

Also honoured: NO_COLOR, FORCE_COLOR, TERM=dumb, COLUMNS, and
STATE_DIRECTORY and CREDENTIALS_DIRECTORY as set by systemd.
"""

FORMATS = """\
Formats

  table   for people; the default
  json    one document with a "schema"
  jsonl   one object a line, each with a "type"
  md      Markdown, for wikis and comments (lists, log, brief)

syncd deps graph draws instead: dot (its default), mermaid, svg.
syncd report makes a page too: html, its default with -o.

stdout holds the result and nothing else; progress, warnings
and hints go to stderr. With json and jsonl a fatal error is
one JSON object on stderr:

  {"type": "error", "code": 4, "source": "jira",
   "message": "…", "hint": "…"}

Within a schema number fields are added, never renamed. Times
are ISO 8601 with an offset, days are YYYY-MM-DD, slips are
working days.
"""

RULES = """\
Rules

A rule looks for one kind of drift. Each is a table of the
configuration; what is left out keeps its default:

  [rules.overdue]
  enabled = true
  severity = "high"

  syncd rules list           all, with what they found last
  syncd rules explain RULE   parameters, and why it is so
  syncd rules test RULE      what it would have sent

"""

PAGES = {
    "environment": ENVIRONMENT, "exit-codes": EXIT_CODES, "formats": FORMATS, "rules": RULES,
}  # fmt: skip


def root_help() -> str:
    """What `syncd --help` prints."""
    lines = ["Usage: syncd [FLAGS] COMMAND …", "", *PROMISE.split("\n")]
    for title, commands in GROUPS:
        lines += ["", title, *(f"  {name:<17} {text}" for name, text in commands)]
    lines += ["", "Flags, before or after the command"]
    lines += [f"  {name:<21} {text}" for name, text in flags.HELP]
    return "\n".join([*lines, ""])


def page(topic: str, options: Options) -> int:
    """Print the page of this name; the root help for none."""
    if topic and topic not in PAGES:
        raise Usage(f'there is no page "{topic}"; pages: {", ".join(PAGES)}', "syncd help")
    text = PAGES[topic] if topic else root_help()
    if topic == "rules":
        from syncd.cli.rule_ids import rule_ids

        text += "".join(f"  {name}\n" for name in rule_ids())
    if options.format in ("json", "jsonl"):
        import json

        document = {"schema": "syncd/help/1", "topic": topic, "text": text}
        text = json.dumps(document, ensure_ascii=False) + "\n"
    sys.stdout.write(text)
    return 0


def version(options: Options) -> int:
    """Print the version."""
    from importlib.metadata import version as installed

    number = installed("syncd")
    if options.format in ("json", "jsonl"):
        sys.stdout.write(f'{{"schema": "syncd/version/1", "version": "{number}"}}\n')
    else:
        sys.stdout.write(f"syncd {number}\n")
    return 0


def at_once(arguments: list[str], options: Options) -> int | None:
    """Answer what needs no command tree; None for all else."""
    match arguments:
        case [] | ["-h" | "--help"]:
            return page("", options)
        case ["version" | "--version"]:
            return version(options)
        case ["help", topic] if not topic.startswith("-"):
            return page(topic, options)
    return None
