"""Who types the command."""

from __future__ import annotations

import getpass

from syncd.cli.options import Usage, require
from syncd.settings import Settings


def speaker(settings: Settings, named: str) -> str:
    """The person named by `--by`, else the user of the operating system. Raises Usage."""
    if named:
        require("person", [named], settings.people)
        return named
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        raise Usage("this machine does not say who you are", "add --by PERSON") from None
