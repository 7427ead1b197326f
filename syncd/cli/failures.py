"""Telling an error: a sentence, the way on, the exit code; JSON where a script listens."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from syncd.cli.options import Options
from syncd.cli.typed import as_typed
from syncd.errors import ConfigError, ConfigProblem, SyncdError
from syncd.redaction import SECRETS

ORDER = (5, 4, 1, 7, 3, 10)
"""Where several exit codes apply, the first of these is given."""

SHOWN = 20
"""Problems of a configuration that are shown at once."""


def worst(codes: Iterable[int]) -> int:
    """The exit code of which the reader must know."""
    present = set(codes)
    return next((code for code in ORDER if code in present), max(present, default=0))


def tell(error: Exception, options: Options) -> int:
    """Say on stderr what went wrong; gives the exit code."""
    if isinstance(error, SyncdError):
        code, message, hint = error.exit_code, str(error), error.hint
    elif _no_room(error):
        code, message, hint = 1, _about_file(error), "make room or mend the rights, then run again"
    elif isinstance(error, MemoryError):
        code, message = 1, "There was not enough memory to go on; what was stored before is kept."
        hint = "give it more (ulimit -v, or the limit of its container), then run it again"
    else:
        code, message, hint = 1, *_unexpected(error)
    message, hint = as_typed(message, options), as_typed(hint, options)
    if options.verbose and code == 1:
        sys.stderr.write(SECRETS.mask("".join(traceback.format_exception(error))))
    if options.format in ("json", "jsonl"):
        sys.stderr.write(SECRETS.mask(json.dumps(_document(error, code, message, hint))) + "\n")
    elif options.quiet < 2:
        if isinstance(error, ConfigError) and error.problems:
            _write(problems_text(error.problems) + "\n" + totals(error.problems))
            _write(" Nothing was started.\n")
        else:
            _write(message + "\n" + (f"  {hint}\n" if hint else ""))
    return code


def problems_text(problems: Iterable[ConfigProblem]) -> str:
    """Each problem as `file:line:column  key: words`, its line below; at most `SHOWN`."""
    lines = []
    listed = list(problems)
    for problem in listed[:SHOWN]:
        about = f"{problem.path}: " if problem.path else ""
        if problem.warning:
            lines.append(f"warning: {problem.where}: {about}{problem.message}")
        else:
            gap = "  " if problem.where[-1:].isdigit() else ": "
            lines.append(f"{problem.where}{gap}{about}{problem.message}")
        if problem.source_line:
            number = problem.where.split(":")[-2:-1] or [""]
            lines.append(f"{number[0]:>6} | {problem.source_line.strip()[:100]}")
    if len(listed) > SHOWN:
        lines.append(f"… and {len(listed) - SHOWN} more")
    return "\n".join(lines)


def totals(problems: Iterable[ConfigProblem]) -> str:
    """How many of each: `3 errors, 1 warning.` or "" for none."""
    listed = list(problems)
    warnings = sum(problem.warning for problem in listed)
    errors = len(listed) - warnings
    words = [f"{errors} error{'' if errors == 1 else 's'}"] if errors else []
    words += [f"{warnings} warning{'' if warnings == 1 else 's'}"] if warnings else []
    return ", ".join(words) + "." if words else ""


def _document(error: Exception, code: int, message: str, hint: str) -> dict[str, Any]:
    document: dict[str, Any] = {"type": "error", "code": code}
    if source := getattr(error, "source", ""):
        document["source"] = source
    document |= {"message": message, "hint": hint}
    problems = getattr(error, "problems", ())
    if problems:
        document["problems"] = [
            {
                "where": problem.where, "path": problem.path, "message": problem.message,
                "warning": problem.warning,
            }
            for problem in problems
        ]  # fmt: skip
    return document


def _no_room(error: Exception) -> bool:
    return isinstance(error, OSError) and error.filename is not None


def _about_file(error: Exception) -> str:
    name, reason = getattr(error, "filename", ""), getattr(error, "strerror", "")
    return f"{name}: {reason}"


def _unexpected(error: Exception) -> tuple[str, str]:
    text = SECRETS.mask("".join(traceback.format_exception(error)))
    message = f"Something unexpected happened ({type(error).__name__}); this is a bug in syncd."
    try:
        handle, name = tempfile.mkstemp(
            prefix=f"syncd-{datetime.now().astimezone():%Y%m%dT%H%M%S}-", suffix=".log"
        )
        with os.fdopen(handle, "w") as stream:
            stream.write(text)
    except OSError:
        return message, "run it again with -v to see where"
    return message, f"what happened is in {Path(name)}; -v shows it here"


def _write(text: str) -> None:
    sys.stderr.write(SECRETS.mask(text))
