"""What `syncd status` tells of mail that comes in: the inbox, bounces, refused replies."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from syncd.cli.screen import Screen, clean
from syncd.cli.words import count, moment
from syncd.interfaces import Store
from syncd.model.mailboxes import Mailbox, OddKind
from syncd.settings import Settings

SHOWN = timedelta(days=30)
"""For which something odd is shown."""


def incoming(settings: Settings, store: Store, current: datetime) -> dict[str, Any]:
    """For a script: `inbox` (None without one), `bounced` and `refused_replies`."""
    mailbox = _mailbox(settings, store)
    odd = store.oddities((current - SHOWN).date())
    bounced = {
        one.about: {"person": one.about, "day": one.day.isoformat(), "said": clean(one.text)}
        for one in odd
        if one.kind is OddKind.BOUNCED and _is_current(settings, one.about, one.text)
    }
    refused = [one for one in odd if one.kind is not OddKind.BOUNCED]
    since = mailbox.failing_since if mailbox else None
    return {
        "inbox": mailbox and {
            "mailbox": clean(mailbox.name),
            "read_at": mailbox.read_at.isoformat() if mailbox.read_at else None,
            "failing_since": since.isoformat() if since else None,
            "error": clean(mailbox.error),
        },
        "bounced": list(bounced.values()),
        "refused_replies": [
            {
                "kind": str(one.kind), "person": one.about or None, "day": one.day.isoformat(),
                "count": one.count,
            }
            for one in refused
        ],
    }  # fmt: skip


def _mailbox(settings: Settings, store: Store) -> Mailbox | None:
    if not (settings.mail or {}).get("inbox"):
        return None
    from syncd.mailroom import mailbox_of

    return mailbox_of(settings, store)


def _is_current(settings: Settings, person: str, text: str) -> bool:
    """Whether the address that bounced is still the person's."""
    held = settings.people.get(person)
    return held is not None and text.partition(":")[0] == (held.email or "").lower()


def print_incoming(screen: Screen, document: dict[str, Any], zone: ZoneInfo, today: date) -> None:
    """The same for a terminal; nothing where there is nothing to tell."""
    inbox = document["inbox"]
    if inbox and inbox["failing_since"]:
        since = moment(datetime.fromisoformat(inbox["failing_since"]), zone, today)
        screen.text(f"inbox: fails since {since}: {inbox['error']}", style="red")
    elif inbox and inbox["read_at"]:
        screen.text(f"inbox: read {moment(datetime.fromisoformat(inbox['read_at']), zone, today)}")
    elif inbox:
        screen.text("inbox: never read")
    for one in document["bounced"]:
        screen.text(f"mail to {clean(one['person'])} came back: {one['said']}")
    total = sum(one["count"] for one in document["refused_replies"])
    if total:
        replies = count(total, "reply").replace("replys", "replies")
        screen.text(f"{replies} refused in 30 days: from another address, or a wrong signature")
