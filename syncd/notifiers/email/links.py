"""Links in a mail: which ones may leave, and the words that carry them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from syncd.notifiers.email.dates import DAYS, MONTHS

Links = Iterable[tuple[str, str]]
"""(words, address) pairs: the first mention of the words in a text becomes the link."""

_NAMES = re.compile(
    r"\b[A-Z][A-Z0-9_]*-\d+\b"
    r"|(?P<repo>[\w.-]+/[\w.-]+)(?:#| milestone )(?P<number>\d+)\b"
    r'|"(?P<quoted>[^"]+)"'
)
UNBROKEN = re.compile(
    rf"(?<={'|'.join(DAYS)}) (?=\d)|(?<=\d) (?=(?:{'|'.join(MONTHS)})\b)"
    r"|(?<=\b\d) (?=(?:working|h|min|days?|late|at risk|on plan|no data|cleared)\b)"
    rf"|(?<=\d) (?=\d{{3}}\b)|(?<={'|'.join(MONTHS)}) (?=\d{{4}}\b)"
)
"""Spaces at which no line may end: in dates and numbers, and between one and what it counts."""
_KEY = re.compile(r"(?<![\w/-])([A-Z][A-Z0-9_]*)-(\d+)\b")
_CODE = re.compile(r"`([^`]+)`")


def words_for(url: str, text: str) -> str:
    """The words of `text` that name what is at `url`: a key, `owner/name#7`, a title in quotes."""
    path = urlsplit(url).path.strip("/") if url else ""
    for found in _NAMES.finditer(text):
        repo, number = found["repo"], found["number"]
        if repo and path.endswith(f"/{number}") and f"{repo}/" in path:
            return found[0]
        if found[0] in path.split("/"):
            return found[0]
    quoted = [found["quoted"] for found in _NAMES.finditer(text) if found["quoted"]]
    return quoted[0] if path and len(quoted) == 1 else ""


def prose(text: str, links: Links = ()) -> Markup:
    """`text` as HTML: known names are links, `commands` are code, keys and dates never break."""
    known = {words: url for words, url in links if words and url}
    if not known:
        return _marked(text)
    names = "|".join(re.escape(words) for words in sorted(known, key=len, reverse=True))
    html = Markup()
    for index, piece in enumerate(re.split(rf"(?<![\w#/-])({names})(?![\w-])", text)):
        url = known.pop(piece, "") if index % 2 else ""
        html += anchor(fixed(piece) if " " not in piece else _marked(piece), url)
    return html


def anchor(words: Markup, url: str) -> Markup:
    """The words as a link, or as they are where there is no address."""
    style = "color:#0058a3"
    return Markup('<a href="{}" style="{}">{}</a>').format(url, style, words) if url else words


def fixed(text: str) -> Markup:
    """A key or a date that no client may break over two lines."""
    return Markup(str(escape(text)).replace("-", "&#8209;").replace(" ", "&nbsp;"))  # noqa: S704


def _marked(text: str) -> Markup:
    html = Markup()
    for index, piece in enumerate(_CODE.split(text)):
        html += Markup("<code>{}</code>").format(piece) if index % 2 else _unbroken(piece)
    return html


def _unbroken(text: str) -> Markup:
    return escape(_KEY.sub("\\1\u2011\\2", UNBROKEN.sub("\xa0", text)))
