"""A mail that came in, taken apart: whatever its bytes are, this raises nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import getaddresses

from syncd.inbox.own_words import own_words, text_of_html
from syncd.text import clean_text

MOST_BYTES = 262_144
"""Of one mail that are read; what people write themselves stands well before that."""
MOST_PARTS = 200
_TO = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To")
_LAZY = ("bulk", "junk", "list", "auto_reply")
"""Values of `Precedence` that no person's mail has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """A mail of ours that came back."""

    original: str
    """Its Message-ID; "" where the report does not tell."""
    recipients: tuple[str, ...]
    """Whom it did not reach: as addressed, where that is told, and as forwarded."""
    words: str
    """What the server said, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What matters of one mail."""

    key: str
    """The same for the same mail, wherever it lies."""
    sender: str
    """Its one address in small letters; "" where there is none, or several."""
    tags: tuple[str, ...]
    """What stands between `+` and `@` where it was sent to our address."""
    text: str
    """What the sender wrote, without what they quote."""
    is_automatic: bool
    """From no person: an absence notice, a list, a report."""
    bounce: Bounce | None = None


def letter_of(raw: bytes, address: str) -> Letter:
    """`raw` as it came, cut off anywhere; `address` is the one that replies go to."""
    mail = BytesParser(policy=compat32).parsebytes(raw[:MOST_BYTES])
    sender, tags = _sender(mail), tuple(_tags(mail, address))
    bounce = _bounce(mail)
    is_automatic = bounce is not None or _is_automatic(mail)
    return Letter(
        key=_key(mail, raw, sender, tags),
        sender=sender,
        tags=tags,
        text="" if is_automatic else _text(mail),
        is_automatic=is_automatic,
        bounce=bounce,
    )


def _header(mail: Message, name: str) -> str:
    return str(mail.get(name, "")).replace("\r", " ").replace("\n", " ").strip()


def _addresses(mail: Message, name: str) -> list[str]:
    values = [str(value) for value in mail.get_all(name, [])]
    return [address.lower() for _, address in getaddresses(values) if "@" in address]


def _sender(mail: Message) -> str:
    found = dict.fromkeys(_addresses(mail, "From"))
    return next(iter(found)) if len(found) == 1 and len(mail.get_all("From", [])) == 1 else ""


def _tags(mail: Message, address: str) -> Iterator[str]:
    local, _, host = address.lower().rpartition("@")
    found = dict.fromkeys(to for name in _TO for to in _addresses(mail, name))
    for to in found:
        mine, _, domain = to.rpartition("@")
        if domain == host and mine.startswith(f"{local}+"):
            yield mine[len(local) + 1 :]


def _key(mail: Message, raw: bytes, sender: str, tags: tuple[str, ...]) -> str:
    identity = _header(mail, "Message-ID").encode(errors="replace")
    head = raw[:MOST_BYTES].partition(b"\r\n\r\n")[0]
    parts = [identity or head, sender.encode(errors="replace")]
    parts += [tag.encode(errors="replace") for tag in tags]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]


def _is_automatic(mail: Message) -> bool:
    submitted = _header(mail, "Auto-Submitted").partition(";")[0].strip().lower()
    return (
        submitted not in ("", "no")
        or _header(mail, "Precedence").lower() in _LAZY
        or _header(mail, "Return-Path") == "<>"
        or bool(mail.get("X-Autoreply") or mail.get("X-Autorespond"))
        or mail.get_content_type() in ("multipart/report", "message/delivery-status")
    )


def _bounce(mail: Message) -> Bounce | None:
    if mail.get_content_type() != "multipart/report":
        return None
    recipients: tuple[str, ...] = ()
    words = original = ""
    for part in _parts(mail):
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            recipients, words = _failed(part) or (recipients, words)
        elif kind in ("message/rfc822", "text/rfc822-headers"):
            original = original or _original(part)
    if not recipients:
        return None
    return Bounce(original=original, recipients=recipients, words=clean_text(words, 200))


def _failed(part: Message) -> tuple[tuple[str, ...], str] | None:
    """Addresses and words of the first recipient that a report names as failed."""
    blocks = part.get_payload()
    for block in blocks if isinstance(blocks, list) else []:
        if not isinstance(block, Message):
            continue
        told = (_header(block, f"{which}-Recipient") for which in ("Original", "Final"))
        found = (one.rpartition(";")[2].strip().lower() for one in told)
        recipients = tuple(dict.fromkeys(filter(None, found)))
        if recipients and _header(block, "Action").lower() == "failed":
            return recipients, _header(block, "Diagnostic-Code") or _header(block, "Status")
    return None


def _original(part: Message) -> str:
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        return _header(payload[0], "Message-ID")
    text = _decoded(part)
    found = re.search(r"^message-id:\s*(<[^<>\s]{1,300}>)", text, re.IGNORECASE | re.MULTILINE)
    return found[1] if found else ""


def _parts(mail: Message) -> list[Message]:
    found: list[Message] = []
    for part in mail.walk():
        found.append(part)
        if len(found) >= MOST_PARTS:
            break
    return found


def _text(mail: Message) -> str:
    """The sender's own words, from the first plain part, else from the first HTML part."""
    parts = [
        part
        for part in _parts(mail)
        if not part.is_multipart() and part.get_content_disposition() != "attachment"
    ]
    plain = next((part for part in parts if part.get_content_type() == "text/plain"), None)
    if plain is not None and (text := _decoded(plain)).strip():
        return own_words(text)
    marked = next((part for part in parts if part.get_content_type() == "text/html"), None)
    return own_words(text_of_html(_decoded(marked))) if marked is not None else ""


def _decoded(part: Message) -> str:
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, AssertionError):
        return ""
    if not isinstance(payload, bytes):
        return ""
    for charset in (part.get_content_charset() or "utf-8", "utf-8"):
        try:
            return payload.decode(charset, "replace").replace("\r\n", "\n").replace("\r", "\n")
        except (LookupError, ValueError):
            continue
    return payload.decode("latin-1")
