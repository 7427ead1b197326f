"""The configuration that a running service refused: kept for `status`."""

from __future__ import annotations

import contextlib
import json
import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from syncd.files import write_atomic
from syncd.redaction import SECRETS
from syncd.text import clean_text

log = logging.getLogger(__name__)

FILE = "rejected.json"
MEND = "correct it, then: syncd config validate; systemctl reload syncd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """What is wrong with the files, and since when the service goes on with what it had."""

    at: datetime
    text: str
    hint: str = MEND
    """What to type."""


def keep(state: Path, rejection: Rejection) -> None:
    """Remember it; a disk that is full costs the service nothing more."""
    text = SECRETS.mask(clean_text(rejection.text, 2000))
    said = {"at": rejection.at.isoformat(), "text": text, "hint": rejection.hint}
    try:
        write_atomic(state / FILE, json.dumps(said).encode())
    except OSError as error:
        log.warning("config.unnoted error=%s", error.strerror)


def forget(state: Path) -> None:
    """The configuration is accepted."""
    with contextlib.suppress(OSError):
        (state / FILE).unlink()


def held(state: Path) -> Rejection | None:
    """The one that is kept; None where the configuration in use is the newest."""
    try:
        said = json.loads((state / FILE).read_text(encoding="utf-8"))
        at, hint = datetime.fromisoformat(said["at"]), str(said.get("hint", MEND))
        return Rejection(at=at, text=str(said["text"]), hint=hint)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
