"""Makes text that other people wrote safe to show: mail, terminal, logs and files all use it."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote, urlsplit

LIMIT = 300
"""Graphemes kept of one text where the caller names no other number."""

MARKS = 4
"""Combining marks kept on one base character."""

LONGEST = 16
"""Characters that count as one grapheme at most: joiners could chain a whole text into one."""

_SOURCES = {"jira": "Jira", "github": "GitHub", "calendar": "Calendar"}

_ESCAPES = re.compile(
    r"(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # OSC: titles, links
    r"|(?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x1b\x9c]*(?:\x1b\\|\x9c)?"  # DCS, SOS, PM, APC
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[ -/]*[0-~]"
)
_JOINERS = frozenset("\u200c\u200d")
_SHOWN_FORMATS = frozenset(range(0x600, 0x606)) | {0x6DD, 0x70F, 0x8E2, 0x110BD, 0x110CD}
_UNSHOWN = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ENCODED_WORD = re.compile(r"=(?=\?)")
_JAMO = range(0x1100, 0x1200)


def clean_text(text: str, limit: int = LIMIT) -> str:
    """`text` as one harmless line of at most `limit` graphemes, "…" at the end where it was cut.

    Terminal sequences, bidirectional controls and other invisible formats are removed; controls,
    separators, surrogates and unassigned characters become a space; white space is squeezed; at
    most `MARKS` combining marks stay on a base; `=?` is broken up, so that no mail program takes
    it for an encoded word. Idempotent: cleaning twice changes nothing.
    """
    text = text[: limit * 40 + 4000]
    if not (text.isascii() and text.isprintable()):
        text = _ESCAPES.sub("", text)
        text = _with_few_marks("".join(map(_shown, text)))
    text = _ENCODED_WORD.sub("= ", text)
    return _cut(" ".join(text.split()), limit)


def grouped(number: int, *, signed: bool = False) -> str:
    """`4 870`, signed `+1 826`: thousands apart."""
    return f"{number:{'+' if signed else ''},}".replace(",", " ")


def listing(names: Sequence[str]) -> str:
    """`A`, `A and B`, `A, B and C`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def as_json(document: Any, *, indent: int | None = None) -> str:
    """`document` as JSON that loses nothing and that no terminal obeys.

    What JSON leaves as it is and a terminal acts on (C1 controls, bidirectional overrides, line
    separators) is escaped; half a surrogate pair, which is no text, becomes U+FFFD.
    """
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    text = _UNSHOWN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return _SURROGATE.sub("\ufffd", text)


def safe_url(url: str) -> str:
    """`url`, percent-encoded, if it is a web address without credentials; else ""."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or len(url) > 2000:
        return ""
    if not all(char.isascii() and (char.isalnum() or char in ".-:") for char in host):
        return ""
    brackets = f"[{host}]" if ":" in host else host
    where = f"{brackets}:{port}" if port else brackets
    text = f"{parts.scheme}://{where}{_encoded(parts.path)}"
    text += f"?{_encoded(parts.query)}" if parts.query else ""
    return text + (f"#{_encoded(parts.fragment)}" if parts.fragment else "")


def parted(text: str, words: str) -> tuple[str, str, str]:
    """`text` before, at and after the first mention of `words`; (text, "", "") without one.

    A part of a longer key is no mention.
    """
    found = re.search(rf"(?<![\w#/-]){re.escape(words)}(?![\w-])", text) if words else None
    return (text[: found.start()], words, text[found.end() :]) if found else (text, "", "")


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine itself."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _encoded(part: str) -> str:
    return quote(part, safe="/:@!$&*+,;=%~?-._", errors="replace")


def source_name(name: str) -> str:
    """A configured source as people write it."""
    return _SOURCES.get(name, clean_text(name, 40))


def unread(names: str, since: str, *, several: bool = False) -> str:
    """A sentence on sources that were not read completely since then; `since` "" = never were."""
    were, them = ("were", "them") if several else ("was", "it")
    if not since:
        return f"{names} {were} never read completely, so nothing here rests on {them}."
    return f"{names} {were} last read completely on {since} and may say something else by now."


@lru_cache(maxsize=4096)
def _shown(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cf":
        return char if char in _JOINERS or ord(char) in _SHOWN_FORMATS else ""
    if category in ("Cc", "Cs", "Cn", "Zl", "Zp", "Zs"):
        return " "
    return char


def _with_few_marks(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for char in text:
        if unicodedata.category(char)[0] == "M" or char in _JOINERS:
            marks += 1
            if marks > MARKS:
                continue
        else:
            marks = 0
        kept.append(char)
    return "".join(kept)


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    count = last = start = 0
    for index in range(len(text)):
        if index == 0 or index - start >= LONGEST or _breaks_before(text, index):
            start = index
            if count == limit:
                return text[:last].rstrip(" \u200c\u200d") + "…"
            if count == limit - 1:
                last = index
            count += 1
    return text


def _breaks_before(text: str, index: int) -> bool:
    """Whether a grapheme starts at `index`, as people see it (Unicode annex 29, shortened)."""
    char, before = text[index], text[index - 1]
    if unicodedata.category(char)[0] == "M" or char in _JOINERS or before == "\u200d":
        return False
    if "\U0001f3fb" <= char <= "\U0001f3ff":
        return False
    if ord(char) in _JAMO and ord(before) in _JAMO:
        return False
    return not (_is_flag_half(char) and _flag_halves_before(text, index) % 2)


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _flag_halves_before(text: str, index: int) -> int:
    start = index
    while start and _is_flag_half(text[start - 1]):
        start -= 1
    return index - start
