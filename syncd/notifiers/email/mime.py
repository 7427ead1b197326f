"""The bytes of a mail: headers that thread and filter, fixed boundaries, and the final check."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import SMTP
from email.utils import format_datetime

from syncd.model.alerts import Alert, NoticeKind, Notification
from syncd.model.people import Person
from syncd.model.weeklies import Attachment
from syncd.notifiers.email.actions import Ways
from syncd.notifiers.email.settings import EmailSettings
from syncd.text import clean_text

MOST_BYTES = 300_000
KNOWN_HEADERS = frozenset(
    name.lower()
    for name in (
        "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
        "Thread-Topic", "Thread-Index", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post",
        "Reply-To", "Auto-Submitted", "X-Syncd-Alert",
        "X-Syncd-Rule", "X-Syncd-Severity", "X-Syncd-Reason", "X-Syncd-Fingerprint",
        "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
    )
)  # fmt: skip
_FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_SPECIAL = re.compile(r"[^A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]")
_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n|\0")


class UnsafeMail(ValueError):
    """Finished bytes that must not be sent; says what is wrong, never shows the content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Everything about one mail but its text."""

    settings: EmailSettings
    notification: Notification
    person: Person
    subject: str
    ways: Ways | None = None
    """How it can be answered; None where nobody would hear."""
    instance: str = ""
    """Of the store that it comes from."""

    @property
    def alert(self) -> Alert | None:
        """The only alert it is about; None for several or none."""
        transitions = self.notification.transitions
        return transitions[0].alert if len(transitions) == 1 else None

    @property
    def message_id(self) -> str:
        """Keyed hash of (fingerprints, updates, person), and the store: the same after a restore.

        Another store counts the updates of its own, and what it says under an id that a mail
        program has had from this one would be dropped as a repeat.
        """
        store = f".{self.instance}" if self.instance else ""
        key = self._digest("mail", *self.notification.identity, self.person.id)
        return f"<{key}{store}@{self.settings.host}>"

    @property
    def root(self) -> str:
        """Id of the thread's first mail, which was never sent; "" for several alerts."""
        if self.alert is None:
            return ""
        key = self._digest("root", self.alert.fingerprint, str(self.alert.episode))
        return f"<{key}@{self.settings.host}>"

    def _digest(self, *parts: str) -> str:
        key = hashlib.sha256(self.settings.sender_address.lower().encode()).digest()
        text = "\x1f".join(parts).encode(errors="replace")
        return hashlib.blake2b(text, key=key, digest_size=16).hexdigest()


class Letter:
    """The headers of one mail, made once, to stand above its full text or its plain form."""

    def __init__(self, envelope: Envelope) -> None:
        lines = [f"{name}: {value}\r\n" for name, value in _headers(envelope).items()]
        self._head = "".join(lines).encode("ascii")
        self._recipient = envelope.person.email
        self.ways = envelope.ways
        self._boundary = f"=_{envelope.message_id[1:33]}"
        self._picture_id = f"chart.{envelope.message_id[1:-1]}"

    @property
    def picture_id(self) -> str:
        """What the HTML calls the picture, after `cid:`."""
        return self._picture_id

    def with_text(
        self,
        text: str,
        html: str = "",
        picture: bytes = b"",
        attachment: Attachment | None = None,
    ) -> bytes:
        """The finished mail: `text`, and `html` beside it unless that is "". Raises UnsafeMail.

        `picture` is a PNG that the HTML shows as `cid:` and `picture_id`; `attachment` is a page.
        """
        content = EmailMessage(policy=SMTP)
        content.set_content(text, cte="quoted-printable")
        if html:
            content.add_alternative(html, subtype="html", cte="quoted-printable")
            content.set_boundary(self._boundary)
        if html and picture:
            self._relate(content, picture)
        if attachment:
            content.add_attachment(
                attachment.content, "text", "html", filename=attachment.name, cte="base64",
                params={"charset": "utf-8"},
            )  # fmt: skip
            content.set_boundary(f"{self._boundary}_m")
        body = self._head + content.as_bytes()
        check(body, self._recipient)
        return body

    def _relate(self, content: EmailMessage, picture: bytes) -> None:
        shown = content.get_body(("html",))
        if not isinstance(shown, EmailMessage):
            raise UnsafeMail("no HTML to show the picture")
        shown.add_related(
            picture, "image", "png", cid=f"<{self._picture_id}>", filename="chart.png",
            disposition="inline",
        )  # fmt: skip
        shown.set_boundary(f"{self._boundary}_r")


def _headers(envelope: Envelope) -> dict[str, str]:
    notification, settings = envelope.notification, envelope.settings
    program = clean_text(notification.program, 60) or "syncd"
    # A list for each kind, so that a filter may keep alerts and briefs apart.
    kind = "drift" if notification.kind is NoticeKind.ALERT else str(notification.kind)
    found = {
        "From": _address(settings.sender_name, settings.sender_address),
        "To": _address(envelope.person.name, envelope.person.email),
        "Subject": _words("Subject", envelope.subject),
        "Date": format_datetime(notification.as_of),
        "Message-ID": envelope.message_id,
        "List-Id": f"{_phrase(program)} {kind} <{_slug(program)}.{kind}.{settings.host}>",
        "Auto-Submitted": "auto-generated",
        "Thread-Topic": _words("Thread-Topic", envelope.subject),
    }
    if envelope.alert is not None:
        found |= _alert_headers(envelope, envelope.alert)
    else:
        found["X-Syncd-Reason"] = notification.kind.value
    if envelope.ways is not None:
        found |= _ways_back(envelope.ways, notification, envelope.person)
    return found


def _ways_back(ways: Ways, notification: Notification, person: Person) -> dict[str, str]:
    found = {}
    if reply_to := ways.reply_to(notification, person):
        found["Reply-To"] = reply_to
    if addresses := ways.unsubscribe(notification, person):
        found["List-Unsubscribe"] = ",\r\n ".join(f"<{each}>" for each in addresses)
    if any(each.startswith("https:") for each in addresses):
        found["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return found


def _alert_headers(envelope: Envelope, alert: Alert) -> dict[str, str]:
    return {
        "In-Reply-To": envelope.root,
        "References": envelope.root,
        "Thread-Index": _thread_index(envelope.root, alert),
        "X-Syncd-Alert": alert.id,
        "X-Syncd-Rule": clean_text(alert.finding.rule, 60).encode("ascii", "replace").decode(),
        "X-Syncd-Severity": str(alert.finding.severity),
        "X-Syncd-Reason": envelope.notification.transitions[0].reason.value,
        "X-Syncd-Fingerprint": alert.fingerprint,
    }


def _words(header: str, text: str) -> str:
    """`text` folded, and as encoded words where it isn't ASCII."""
    charset = "us-ascii" if text.isascii() else "utf-8"
    return Header(text, charset, maxlinelen=76, header_name=header).encode(linesep="\r\n")


def _one_word(name: str) -> str:
    """A name cut to one encoded word: some mail programs show a gap where a name has two."""
    limit = min(len(name), 46)
    while len(name.encode(errors="replace")) > 45:
        limit -= 1
        name = clean_text(name, limit)
    return Header(name, "utf-8", maxlinelen=200).encode()


def _address(name: str, address: str) -> str:
    name = clean_text(name, 60)
    if not name:
        return address
    if not name.isascii():
        return f"{_one_word(name)} <{address}>"
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}" <{address}>' if _SPECIAL.search(name) else f"{name} <{address}>"


def _phrase(text: str) -> str:
    return " ".join(re.sub(r"[^A-Za-z0-9 _-]", " ", text).split()) or "syncd"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "syncd"


def _thread_index(root: str, alert: Alert) -> str:
    """Outlook's thread id: 22 bytes of the alert, five more for each update."""
    ticks = (alert.opened_at - _FILETIME_EPOCH).days * 864_000_000_000
    head = ticks.to_bytes(8, "big")[:6] + hashlib.sha256(root.encode()).digest()[:16]
    children = b"".join(n.to_bytes(4, "big") + b"\0" for n in range(2, min(alert.update, 20) + 1))
    return base64.b64encode(head + children).decode()


def check(body: bytes, recipient: str) -> None:
    """Refuse bytes that hostile text could have bent: the last look before a mail is queued.

    Raises UnsafeMail unless every header is a known one and there once, the only recipient is
    `recipient`, no line is longer than 998 bytes, none ends by a bare CR or LF, and the whole is
    under 300 kB.
    """
    if len(body) > MOST_BYTES:
        raise UnsafeMail("larger than 300 kB")
    if _BARE.search(body):
        raise UnsafeMail("a bare CR, LF or NUL")
    if any(len(line) > 998 for line in body.split(b"\r\n")):
        raise UnsafeMail("a line of more than 998 bytes")
    head, separator, _ = body.partition(b"\r\n\r\n")
    if not separator:
        raise UnsafeMail("no end of the headers")
    names = [line.partition(b":")[0].lower() for line in re.split(rb"\r\n(?![ \t])", head)]
    if len(names) != len(set(names)):
        raise UnsafeMail("a header twice")
    unknown = [name for name in names if name.decode("latin-1") not in KNOWN_HEADERS]
    if unknown:
        raise UnsafeMail("an unknown header")
    addresses = BytesHeaderParser(policy=SMTP).parsebytes(head + b"\r\n\r\n")["To"].addresses
    if [address.addr_spec for address in addresses] != [recipient]:
        raise UnsafeMail("another recipient")
