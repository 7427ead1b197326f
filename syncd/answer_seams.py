"""The seams of answers: what replies and links need of the store and of a notifier."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol, runtime_checkable

from syncd.model.grants import Signer
from syncd.model.mailboxes import Mailbox, Oddity, Position, Taken
from syncd.signing import Signing


@runtime_checkable
class Answerable(Protocol):
    """What a notifier also is when its messages can carry links and addresses to answer by."""

    def answer_by(self, signing: Signing, public_url: str) -> None:
        """Put signed ones into what it renders from now on; `public_url` is "" without one."""
        ...


@runtime_checkable
class Belonging(Protocol):
    """What a notifier also is when its messages tell which store they come from."""

    def belong_to(self, instance: str) -> None:
        """`Store.instance()`, for what it renders from now on: two stores never share an id."""
        ...


class AnswerStore(Protocol):
    """The face of the store that replies and links see."""

    def take(self, taken: Taken | None, position: Position | None = None) -> bool:
        """What follows from one reply or link and how far the mailbox was read, in one transaction.

        False where its key was taken before: then only the position moves.
        """
        ...

    def taken_at(self, key: str) -> datetime | None:
        """When that key was taken; None if it was not."""
        ...

    def mailbox(self, name: str) -> Mailbox:
        """How far a mailbox was read, and whether that works."""
        ...

    def note_mailbox(self, name: str, at: datetime, error: str = "") -> None:
        """It was read to its end at that time; or why it could not be."""
        ...

    def note_signer(self, signer: Signer) -> None:
        """It signs links now; the same again within an hour is nothing new."""
        ...

    def signers(self) -> tuple[Signer, ...]:
        """Whose links may still be used, the newest first."""
        ...

    def oddities(self, since: date) -> tuple[Oddity, ...]:
        """What was odd about mails that came in, counted by day, kind and person."""
        ...
