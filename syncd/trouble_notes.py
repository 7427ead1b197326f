"""What goes wrong in a service until somebody mends it: kept beside the store for `status`."""

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

CONFIG = "rejected.json"
"""The configuration that was refused, while the service goes on with what it had."""
BACKUP = "backup-failed.json"
"""The backup that is due and cannot be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleNote:
    """What is wrong, and since when."""

    at: datetime
    text: str
    hint: str
    """What to type."""


def keep(file: Path, note: TroubleNote) -> None:
    """Remember it; a disk that is full costs the service nothing more."""
    text = SECRETS.mask(clean_text(note.text, 2000))
    said = {"at": note.at.isoformat(), "text": text, "hint": note.hint}
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomic(file, json.dumps(said).encode())
    except OSError as error:
        log.warning("trouble.unnoted file=%s error=%s", file.name, error.strerror)


def forget(file: Path) -> None:
    """It is mended."""
    with contextlib.suppress(OSError):
        file.unlink()


def held(file: Path) -> TroubleNote | None:
    """The one that is kept; None where all is well."""
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        at = datetime.fromisoformat(said["at"])
        return TroubleNote(at=at, text=str(said["text"]), hint=str(said["hint"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
