"""The pages of `syncd help TOPIC`."""

from __future__ import annotations

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
  SYNCD_NO_COLOR      as --no-color
  SYNCD_WIDTH         as --width
  SYNCD_TZ            as --tz
  SYNCD_LOG_FORMAT    as --log-format

Also honoured: NO_COLOR, FORCE_COLOR, TERM=dumb, COLUMNS, and
STATE_DIRECTORY as set by systemd.
"""

FORMATS = """\
Formats

  table   for people; the default
  json    one document with a "schema"
  jsonl   one object a line, each with a "type"
  md      Markdown, for wikis and comments (reconcile)

stdout holds the result and nothing else; progress, warnings
and hints go to stderr. With json and jsonl a fatal error is
one JSON object on stderr:

  {"type": "error", "code": 4, "source": "jira",
   "message": "…", "hint": "…"}

Within a schema number fields are added, never renamed. Times
are ISO 8601 with an offset, days are YYYY-MM-DD, slips are
working days.
"""

PAGES = {"exit-codes": EXIT_CODES, "environment": ENVIRONMENT, "formats": FORMATS}
