"""Commands that an answer names, as they work where it is read."""

from __future__ import annotations

import re
import shlex

from syncd.cli.options import Options
from syncd.cli.pages import GROUPS

_ANYWHERE = ("demo", "version", "completion", "help")
"""Commands that read no configuration."""
_NAMES = {text.partition(" ")[0] for _, group in GROUPS for text, _ in group} - {*_ANYWHERE}
_COMMAND = re.compile(rf"(?<![\w./-])syncd (?=(?:{'|'.join(sorted(_NAMES))})\b(?!.*--help$))")


def as_typed(text: str, options: Options) -> str:
    """`text` with its commands for the configuration that the reader named with `-c`."""
    if options.config is None:
        return text
    return _COMMAND.sub(lambda _: f"syncd -c {shlex.quote(str(options.config))} ", text)
