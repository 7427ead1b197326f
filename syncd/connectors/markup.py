"""Text that comes as HTML (calendars) or as a document of nodes (Jira's editor)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

from syncd.connectors.references import LONGEST, plans, references

_QUOTED = frozenset({"blockquote", "codeBlock"})
_INLINE = frozenset({"text", "mention", "emoji", "inlineCard", "status", "date"})


def plain_text(html: str) -> str:
    """Text and link targets of a description, which may or may not be HTML."""
    if "<" not in html and "&" not in html:
        return html
    parser = _Stripper()
    parser.feed(html)
    parser.close()
    return "".join(parser.parts)


# The instances of one series say the same.
@lru_cache(maxsize=64)
def event_refs(title: str, description: str) -> tuple[str, ...]:
    """Items that an event names in its title and its description, each once.

    Versions and milestones come last, by their addresses.
    """
    text = plain_text(description)
    return tuple(dict.fromkeys((*references(title), *references(text), *plans(text))))


class _Stripper(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append(" ")
        self.parts.extend(f"{value} " for name, value in attrs if name == "href" and value)

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def document_text(document: Mapping[str, Any]) -> str:
    """Text and addresses of a document in Atlassian's format, without quotations and code.

    Ends after as many characters as are looked at for references; what is no node is left out.
    """
    parts: list[str] = []
    size = 0
    left: list[Any] = [document]
    while left and size < LONGEST:
        node = left.pop()
        if not isinstance(node, dict) or str(node.get("type")) in _QUOTED:
            continue
        for words in _own_words(node):
            parts.append(words)
            size += len(words)
        inside = node.get("content")
        left += reversed(inside) if isinstance(inside, list) else ()
    return "".join(parts)


def _own_words(node: Mapping[str, Any]) -> Iterator[str]:
    if str(node.get("type")) not in _INLINE:
        yield "\n"
    attributes, marks = node.get("attrs"), node.get("marks")
    marks = [each for each in marks if isinstance(each, dict)] if isinstance(marks, list) else []
    if any(each.get("type") in ("code", "strike") for each in marks):
        return
    told = [node.get("text")]
    for each in (attributes, *(mark.get("attrs") for mark in marks)):
        if isinstance(each, dict):
            told += [each.get("text"), each.get("url"), each.get("href")]
    found = [each for each in told if isinstance(each, str)]
    # An address ends where the next words begin.
    yield " ".join(found) + (" " if len(found) > 1 or node.get("type") == "inlineCard" else "")
