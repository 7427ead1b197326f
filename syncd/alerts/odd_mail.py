"""What operators hear of mail that comes in: bounces, refused replies, an inbox that fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from syncd.alerts.routing import operator_notices
from syncd.model.alerts import Notification
from syncd.model.mailboxes import Mailbox, Oddity, OddKind
from syncd.model.people import Person

PATIENCE = timedelta(hours=1)
"""For which an inbox may fail before operators hear of it (O5)."""
DAYS = timedelta(days=2)
"""For which something odd is looked for; what was told once is not told again."""


def odd_mail_notices(
    people: Sequence[Person], oddities: Iterable[Oddity], mailbox: Mailbox | None, as_of: datetime
) -> tuple[Notification, ...]:
    """A bounce once for each address, refused replies and a failing inbox once a day."""
    found = [*map(_told, oddities), *_failing(mailbox, as_of)]
    return tuple(
        notice
        for headline, lines, key in found
        for notice in operator_notices(people, headline, lines, key=key, as_of=as_of)
    )


def _told(odd: Oddity) -> tuple[str, tuple[str, ...], str]:
    if odd.kind is OddKind.BOUNCED:
        address = odd.text.partition(":")[0]
        return (
            f"mail to {odd.about} came back",
            (odd.text, f"Correct people.{odd.about}.email, or take the person out."),
            f"bounced {address}",
        )
    if odd.kind is OddKind.FOREIGN:
        return (
            f"replies in the name of {odd.about} came from another address",
            (
                "Nothing was done, and nobody was answered.",
                f"If {odd.about} writes from another address, set people.{odd.about}.email to it.",
                "Else somebody has a mail of theirs.",
            ),
            f"foreign {odd.about} {odd.day}",
        )
    return (
        "replies came with a signature that syncd did not make",
        (
            "Nothing was done, and nobody was answered.",
            "After a change of the signing key that is so for replies to older mails.",
        ),
        f"forged {odd.day}",
    )


def _failing(
    mailbox: Mailbox | None, as_of: datetime
) -> Iterator[tuple[str, tuple[str, ...], str]]:
    since = mailbox.failing_since if mailbox else None
    if mailbox is not None and since is not None and as_of - since > PATIENCE:
        yield (
            "replies cannot be read",
            (mailbox.error, "What people write waits there, and counts once it is read."),
            f"inbox down {as_of:%Y-%m-%d}",
        )
