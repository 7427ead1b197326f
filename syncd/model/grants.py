"""What a link or a reply address lets one person do: nothing but what it was made for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from syncd.model.alerts import Alert

LINK_LIFE = timedelta(days=14)
"""How long a link in a mail can be used."""


PAGE_LIFE = timedelta(days=30)
"""How long a link to a page of a program can be used."""


class Deed(StrEnum):
    """What a link or an address is for."""

    ACK = "ack"
    SNOOZE = "snooze"
    USEFUL = "useful"
    NOT_USEFUL = "not-useful"
    KNOWN = "known"
    STOP = "stop"
    """No more mail of this alert; without an alert, of one kind of mail."""
    ACCEPT = "accept"
    """It is fine for a time, for a reason."""
    NOTE = "note"
    """Words on the alert that change nothing; as often as there is something to say."""
    REOPEN = "reopen"
    """What was answered ends."""
    REPLY = "reply"
    """Whatever the person writes about the alert, or about the one that they name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One person's right to one deed."""

    person: str
    """Person id."""
    deed: Deed
    fingerprint: str = ""
    """Of the alert; "" where the deed is about a kind of mail, or several alerts."""
    number: int = 0
    update: int = 0
    """What the person was told: their answer is about the alert as it was then."""
    kind: str = ""
    """Of STOP without an alert: the kind of mail, as in `syncd.model.alerts.NoticeKind`."""
    expires: datetime | None = None
    """Aware UTC; None = never."""


def reply_about(person: str, alert: Alert | None) -> Grant:
    """To answer an alert as it is told now; None: one of several, which the words name."""
    if alert is None:
        return Grant(person=person, deed=Deed.REPLY)
    return Grant(
        person=person, deed=Deed.REPLY, fingerprint=alert.fingerprint,
        number=alert.number, update=alert.update,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A secret that links are signed by, as one store knows it: apart from others, not itself."""

    check_value: str
    host: str
    """Where it was in use last."""
    noted_at: datetime
    """When that was, aware UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRight:
    """Whoever holds it may look at the page of a program."""

    program: str
    """Program id; "" = every program, and their list."""
    audience: str
    """`lead` opens the page for leaders only, `team` both."""
    expires: datetime
    """Aware UTC."""

    def covers(self, program: str, audience: str) -> bool:
        """Whether it opens this page; the list of programs is "" too."""
        return self.program in ("", program) and self.audience in ("team", audience)
