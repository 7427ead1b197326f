"""Plain sentences as each provider's markup, so that nothing in them is markup, link or mention."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import Any

_GLUE = "\u2060"
"""Word joiner: not to be seen, but it keeps hosts from taking what it parts for a reference."""

_MENTION = re.compile(r"@(?=\w)")
_HASH = re.compile(r"#(?=\d)")
_GH = re.compile(r"(?<=\bgh)-(?=\d)", re.IGNORECASE)
_SCHEME = re.compile(r"(?<=\w):(?=//|\\)")
_WWW = re.compile(r"(?<=\bwww)\.", re.IGNORECASE)
_MAILTO = re.compile(r"(?<=\bmailto):", re.IGNORECASE)
_WIKI = re.compile(r"([\\{}\[\]*_+^~?|!()#]|(?<!\w)-|-(?!\w))")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+.!|<>~&$-])")


def unlinked(text: str) -> str:
    """The same to the eye; names nobody, refers to nothing, is no address."""
    for pattern in (_MENTION, _HASH, _GH):
        text = pattern.sub(lambda found: found[0] + _GLUE, text)
    for pattern in (_SCHEME, _MAILTO):
        text = pattern.sub(lambda found: _GLUE + found[0], text)
    return _WWW.sub(_GLUE + ".", text)


def wiki(lines: Iterable[str], mark: str) -> str:
    """Jira's wiki markup (Data Center): a paragraph for each line, the mark as the last one."""
    return "\n\n".join([*(_WIKI.sub(r"\\\1", unlinked(line)) for line in lines), mark])


def document(lines: Iterable[str], mark: str) -> dict[str, Any]:
    """Atlassian's document format (Cloud): text nodes alone, which hold no markup at all."""
    paragraphs = [
        {"type": "paragraph", "content": [{"type": "text", "text": line}]}
        for line in (*map(unlinked, lines), mark)
        if line
    ]
    return {"type": "doc", "version": 1, "content": paragraphs}


def markdown(lines: Iterable[str], mark: str) -> str:
    """GitHub's Markdown; the mark is in a comment, which readers do not see."""
    kept = [_MARKDOWN.sub(r"\\\1", unlinked(line)) for line in lines]
    return "\n\n".join([*kept, f"<!-- {mark} -->"])


def plain_html(lines: Iterable[str], mark: str) -> str:
    """For an event's description, which may hold HTML."""
    return "\n".join([*(escape(unlinked(line), quote=False) for line in lines), mark])
