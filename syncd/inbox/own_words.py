"""What somebody wrote themselves in a reply: without quotes, forwarded mails and signatures.

Where it is not sure whose a line is it counts as quoted: nothing may be done by quoted words.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

MOST_LINES = 200
"""Lines of a mail that are looked at."""
LONGEST_LINE = 4000
SHORTEST_WRAPPED = 20
"""Characters that a line has at least where a mail program wrapped it."""

_FORWARDED = re.compile(
    r"\s*(?:-{2,}|_{5,}|={5,})\s*(?:.{0,60}?(?:-{2,}|_{5,}|={5,}))?\s*$"
    r"|\s*Begin forwarded message:?\s*$",
    re.IGNORECASE,
)
"""`-----Original Message-----`, `---------- Forwarded message ---------`, a rule, `--`."""
_SENT_FROM = re.compile(
    r"\s*(?:sent from|get outlook|gesendet von|von meinem|envoyé de|enviado desde|inviato da)\b",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"[ *]*(?!(?:note)\b)[^\W\d_][\w-]{1,14}(?: \w{1,10})?[ *]*:[ *]*\S", re.UNICODE
)
_LEADS_IN = re.compile(r".*[\w>\"'] ?:\s*$", re.UNICODE)
"""`On Mon, 23 Nov 2026 at 08:30, syncd <…> wrote:`, in any language."""
_TELLS_WHO = re.compile(r"<[^<>\s]*@[^<>\s]*>|[\w.+-]+@[\w-]|\d{1,2}[:.]\d\d|\b\d{4}\b")
_OURS = re.compile(r"\s*D-\d+  \S")
"""How our own mails begin."""


def own_words(text: str) -> str:
    """The sender's own lines of `text`, without white space around them; "" if there are none."""
    lines = [line[:LONGEST_LINE].rstrip() for line in text.split("\n")[:MOST_LINES]]
    kept: list[str] = []
    index = 0
    while index < len(lines):
        line = lines[index].replace("\ufeff", "").replace("\u200b", "")
        if _ends_here(lines, index):
            break
        quoted = _quoted_from(lines, index)
        if quoted:
            index += quoted
            continue
        kept.append(line)
        index += 1
    return "\n".join(kept).strip()


def _ends_here(lines: list[str], index: int) -> bool:
    line = lines[index]
    if line in ("--", "-- ") or _SENT_FROM.match(line) or _OURS.match(line):
        return True
    if line.strip() and _FORWARDED.fullmatch(line):
        return True
    return _is_head_of_mail(lines, index) or _is_lead_in(lines, index)


def _is_head_of_mail(lines: list[str], index: int) -> bool:
    """Two headers one below the other: `From: …`, `Sent: …`, in any language."""
    found = [line for line in lines[index : index + 4] if line.strip()][:2]
    return (
        len(found) == 2
        and all(_HEADER.match(line) for line in found)
        and any("@" in line or re.search(r"\d", line) for line in lines[index : index + 4])
    )


def _is_lead_in(lines: list[str], index: int) -> bool:
    """The line, maybe wrapped, that stands before a quote without `>`, and tells whose it is."""
    if not lines[index].strip() or _is_quote(lines[index]):
        return False
    for length in (1, 2, 3):
        block = lines[index : index + length]
        if len(block) < length or not block[-1].strip() or not _may_wrap(block):
            return False
        joined = " ".join(block)
        if _LEADS_IN.fullmatch(joined) and _TELLS_WHO.search(joined):
            return not _is_before_quote(lines, index + length)
    return False


def _may_wrap(block: list[str]) -> bool:
    """A lead-in is wrapped only where it is long, and it begins with the day: `ack` is its own."""
    first = block[0]
    return len(block) == 1 or (len(first) >= SHORTEST_WRAPPED and bool(re.search(r"\d", first)))


def _is_before_quote(lines: list[str], index: int) -> bool:
    after = [line for line in lines[index : index + 2] if line.strip()]
    return bool(after) and _is_quote(after[0])


def _quoted_from(lines: list[str], index: int) -> int:
    """How many lines from here are quoted by `>`, with the line that leads in; 0 = none."""
    if _is_quote(lines[index]):
        return 1
    if not lines[index].strip():
        return 0
    for length in (1, 2, 3):
        block = lines[index : index + length]
        if len(block) < length or any(not line.strip() or _is_quote(line) for line in block):
            return 0
        if not _may_wrap(block):
            return 0
        if _LEADS_IN.fullmatch(" ".join(block)) and _is_before_quote(lines, index + length):
            return length
    return 0


def _is_quote(line: str) -> bool:
    return line.lstrip().startswith((">", "|", "\u203a"))


class _Text(HTMLParser):
    """Text of a page, without what mail programs mark as quoted."""

    _SILENT = frozenset({"style", "script", "head", "title", "blockquote", "template"})
    _BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "table", "hr", "pre"})
    _EMPTY = frozenset({"br", "hr", "img", "input", "meta", "link", "wbr", "col", "area", "base"})
    _QUOTES = re.compile(
        r"gmail_quote|moz-cite-prefix|yahoo_quoted|divRplyFwdMsg|appendonsend|OLK_SRC|protonmail_quote",
        re.IGNORECASE,
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._hidden: list[str] = []
        self.is_over = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._BREAKS:
            self.found.append("\n")
        names = " ".join(value or "" for name, value in attrs if name in ("class", "id"))
        if self._QUOTES.search(names) or tag == "hr":
            # What follows such a mark belongs to the old mail, inside the element or after it.
            self.is_over = True
        if tag not in self._EMPTY and (self._hidden or tag in self._SILENT):
            self._hidden.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            while self._hidden and self._hidden.pop() != tag:
                pass
        if tag in self._BREAKS:
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden and not self.is_over:
            self.found.append(" ".join(data.split()) if data.strip() else " ")


def text_of_html(html: str) -> str:
    """The readable text of an HTML mail, without its quotes; "" where it cannot be read."""
    reader = _Text()
    try:
        reader.feed(html)
        reader.close()
    except (AssertionError, ValueError, NotImplementedError):
        return ""
    lines = ("".join(reader.found)).split("\n")
    return "\n".join(line.strip() for line in lines)
