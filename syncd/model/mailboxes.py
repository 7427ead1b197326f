"""What was read of an inbox, and what was odd in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from syncd.model.acts import Act
from syncd.model.alerts import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """How far a mailbox was read: numbers of IMAP, which hold while `validity` stays."""

    mailbox: str
    """`user@host/folder`."""
    validity: int
    uid: int
    """Of the last message that was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A mailbox as it was last met."""

    name: str
    position: Position | None = None
    read_at: datetime | None = None
    """When it was last read to its end."""
    failing_since: datetime | None = None
    error: str = ""


class OddKind(StrEnum):
    """What can be wrong with a mail that came in."""

    BOUNCED = "bounced"
    """A mail to a person came back."""
    FOREIGN = "foreign"
    """A person's reply address was used from an address that is not theirs."""
    FORGED = "forged"
    """A reply address that syncd never made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """Something odd, counted by the day."""

    kind: OddKind
    about: str = ""
    """Person id; "" where nobody is known."""
    day: date
    count: int = 1
    text: str = ""
    """Of BOUNCED: the address, and what its server said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What follows from one mail or one use of a link; kept whole or not at all."""

    key: str
    """Identity of the mail or the token: what is taken already does nothing."""
    at: datetime
    acts: tuple[Act, ...] = ()
    messages: tuple[Message, ...] = ()
    """New ones, and those that wait and are withdrawn."""
    oddity: Oddity | None = None
