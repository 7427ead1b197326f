"""The outbox folder: each mail a file that any mail program opens."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from syncd.errors import DeliveryError
from syncd.files import write_atomic
from syncd.interfaces import Check, Mark
from syncd.model.alerts import Message


class Outbox:
    """Writes mails into `folder`, which is made with mode 0700 if it isn't there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: Message) -> None:
        """Write the mail, whole or not at all; the same mail again is the same file."""
        path = self._folder / file_name(message)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_atomic(path, message.body)
        except OSError as error:
            raise DeliveryError(
                f"cannot write {path}: {error.strerror}",
                operator=True,
                hint=f"make {self._folder} writable, or set mail.outbox to another folder",
            ) from error

    def check(self) -> Iterator[Check]:
        """Whether mails can be written there."""
        there = self._folder if self._folder.is_dir() else self._nearest()
        if os.access(there, os.W_OK | os.X_OK):
            yield Check(mark=Mark.OK, text=f"mail is written to {self._folder}, none is sent")
        else:
            yield Check(
                mark=Mark.FAILED,
                text=f"cannot write into {there}",
                fix=f"make {there} writable, or set mail.outbox to another folder",
                exit_code=3,
            )

    def close(self) -> None:
        """Nothing is held open."""

    def _nearest(self) -> Path:
        return next(
            (parent for parent in self._folder.absolute().parents if parent.exists()), Path("/")
        )


def file_name(message: Message) -> str:
    """When it was queued and a hash of its id: never text that a provider wrote."""
    name = hashlib.sha256(message.message_id.encode()).hexdigest()[:12]
    return f"{message.queued_at:%Y%m%dT%H%M%S}-{name}.eml"
