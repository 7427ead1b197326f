"""Finds the items that a text names, and those that it says it waits for (`reconciler.md` §C1)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from syncd.model.items import ItemKey
from syncd.model.links import Evidence, Link

LONGEST = 64 * 1024
"""Characters of a text that are looked at."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The text says, by `phrase`, that its item waits for `ref`."""

    phrase: str
    ref: str


_URL = r"https?://[^\s<>\"'|\])]+"
_KEY = r"(?<![\w/.#-])[A-Z][A-Z0-9_]{1,49}-[1-9]\d{0,8}(?![\w-])"
_NUMBER = r"(?<![\w/.#-])(?:[\w.-]{1,100}/[\w.-]{1,100})?#[1-9]\d{0,8}(?!\w)"
_REF = re.compile(f"{_URL}|{_NUMBER}|{_KEY}")
_SIGNS = tuple(map(re.compile, ("-[1-9]", "#[1-9]", "://")))
"""Each ref holds one of them; a search for a literal is many times quicker than one for a ref."""
_BEFORE_SIGN = 201
"""Most characters of a ref before its sign."""

_QUOTES = ("{", "`", ">", "bq. ", "~~", "<")
"""Quoted text, code and what nobody is shown hold one of them."""
_QUOTED = re.compile(
    r"\{(code|noformat|quote)(?::[^}\n]{0,200})?\}[\s\S]*?(?:\{\1\}|\Z)"
    r"|```[\s\S]*?(?:```|\Z)"
    r"|~~~[\s\S]*?(?:~~~|\Z)"
    r"|~~[^~\n]{1,500}~~"
    r"|<!--[\s\S]*?(?:-->|\Z)"
    r"|<(?P<tag>(?i:pre|code|blockquote|del))\b[^>\n]{0,200}>[\s\S]*?(?:</(?P=tag)>|\Z)"
    r"|`[^`\n]{1,500}`"
    r"|\{\{[^}\n]{1,500}\}\}"
    r"|^[ \t]{0,20}(?:>|bq\. )[^\n]*",
    re.MULTILINE,
)
_ITEM = r"(?:[-*+#]|\d{1,3}[.)])[ \t]{1,5}(?:\[[ xX]\][ \t]{1,5})?"
"""What begins a line of a list, or of one to tick off."""
_PHRASE = re.compile(
    r"(?<![^\W_])((?:is |are |was )?blocked (?:by|on)|depends[ -](?:on|upon)|depending on"
    r"|dependent on|requires|needs|waiting (?:for|on)|waits (?:for|on)"
    r"|(?:can't|cannot) start (?:until|before)|has to be done after)(?![^\W_])"
    rf"[*_]{{0,3}}[ \t]{{0,5}}:?[*_]{{0,3}}(?:(?P<list>\s{{1,6}}{_ITEM})|[ \t]{{0,5}})"
    r"(?:(?:the|issue|ticket|PR|on)[ \t]{1,5}){0,2}[*_]{0,3}\[?\Z",
    re.IGNORECASE,
)
_BEFORE_REF = 64
"""Most characters from the start of a phrase to its ref."""
_DENIED = re.compile(
    r"(?:\bnot|\bno longer|\bnever|n't|\bwithout being)\s{1,5}(?:be )?$", re.IGNORECASE
)
_NEXT = re.compile(r"[\])*_]{0,4}(?:[ \t]{0,5}(?:,|&|\band\b|\bor\b)){1,2}[ \t]{0,5}[*_]{0,3}\[?")
_NEXT_LINE = re.compile(r"[\])*_.,;]{0,5}[ \t\r]{0,5}\n[ \t]{0,8}" + _ITEM + r"[*_]{0,3}\[?")
_SUBJECT = re.compile(r"[\])*_]{0,4}[ \t]{1,5}")
"""What lies between a ref and the phrase that speaks of it: "PAY-9 is blocked by PAY-1"."""

_JIRA_PATH = re.compile(r"/browse/([A-Z][A-Z0-9_]{1,49}-[1-9]\d{0,8})/?$")
_GITHUB_PATH = re.compile(r"/([\w.-]+/[\w.-]+)/(?:issues|pull)/([1-9]\d{0,8})(?:/.*)?$")
_PLAN = re.compile(
    r"https?://[^/@\s]+(?:/[\w.-]+)*?/(?:projects/[A-Z][A-Z0-9_]{1,49}/versions"
    r"|[\w.-]+/[\w.-]+/milestone)/[1-9]\d{0,18}(?![\w-])"
)


def references(text: str, *, hosts: Collection[str] = (), repository: str = "") -> tuple[str, ...]:
    """Items named in a text, each once, in order; quoted text and code do not count.

    `PAY-142`, `acme/ledger#311`, and addresses of items. `#311` counts where `repository`
    (`owner/name`) says whose number it is. An address on one of `hosts` becomes the ref that it
    leads to, one on another host stays an address. Whether a ref exists is for the caller to tell.
    """
    found = (_ref(token[0], hosts, repository) for token in _tokens(unquoted(text)))
    return tuple(dict.fromkeys(ref for ref in found if ref))


def plans(text: str) -> tuple[str, ...]:
    """Addresses of versions and milestones in a text, each once, in order, as they name themselves.

    Quoted text and code do not count; a tab or a query behind an address is left out.
    """
    found = (_PLAN.match(token[0]) for token in _tokens(unquoted(text)))
    return tuple(dict.fromkeys(address[0] for address in found if address))


def plan_links(near: ItemKey, description: object) -> Iterator[Link]:
    """Links to the versions and milestones whose addresses stand in the description of another."""
    for address in plans(description) if isinstance(description, str) else ():
        yield Link(
            id=f"plan-{near.native_id}-{address}",
            near=near,
            far_ref=address,
            evidence=Evidence.CROSS_REFERENCE,
            explicit=False,
        )


def waiting_for(
    text: str, *, hosts: Collection[str] = (), repository: str = ""
) -> tuple[Waiting, ...]:
    """Items that the text says its own item waits for.

    "blocked by A-1 and A-2", or a list of them, but neither "not …" nor "A-9 is blocked by A-1".
    """
    plain = unquoted(text)
    found: dict[str, Waiting] = {}
    said, end = None, 0
    for token in _tokens(plain):
        more = said and (_NEXT_LINE if said["list"] else _NEXT)
        if not (more and more.fullmatch(plain, end, token.start())):
            said = _said_before(plain, end, token.start())
        ref = _ref(token[0], hosts, repository) if said else ""
        if said and ref:
            found.setdefault(ref, Waiting(said[1].lower(), ref))
        end = token.end()
    return tuple(found.values())


def _said_before(text: str, after: int, at: int) -> re.Match[str] | None:
    """The phrase that leads to the ref at `at`; `after` is where the ref before it ended."""
    said = _PHRASE.search(text, max(after, at - _BEFORE_REF), at)
    if said is None or _DENIED.search(text, max(0, said.start() - 30), said.start()):
        return None
    return None if after and _SUBJECT.fullmatch(text, after, said.start()) else said


def _tokens(text: str) -> Iterator[re.Match[str]]:
    """Refs in order: words that hold a sign are looked at, no others."""
    end = 0
    for at in sorted(sign.start() for signs in _SIGNS for sign in signs.finditer(text)):
        if at < end:
            continue
        start = max(end, at - _BEFORE_SIGN)
        start = max(start, text.rfind(" ", start, at) + 1, text.rfind("\n", start, at) + 1)
        end = min(
            place for place in (text.find(" ", at), text.find("\n", at), len(text)) if place > 0
        )
        yield from _REF.finditer(text, start, end)


def unquoted(text: str) -> str:
    """Its beginning, without quotations, code, what was struck out and what nobody is shown."""
    text = text[:LONGEST]
    return _QUOTED.sub(" ", text) if any(quote in text for quote in _QUOTES) else text


def _ref(token: str, hosts: Collection[str], repository: str) -> str:
    if token.startswith(("http://", "https://")):
        return _of_url(token.rstrip(".,;:!?"), hosts)
    if token.startswith("#"):
        return f"{repository}{token}" if repository else ""
    return token


def _of_url(url: str, hosts: Collection[str]) -> str:
    try:
        where = urlsplit(url)
        host = (where.hostname or "").lower()
    except ValueError:
        return ""
    issue = _JIRA_PATH.search(where.path)
    number = _GITHUB_PATH.search(where.path)
    if not issue and not number:
        return ""
    if host not in hosts:
        return f"{where.scheme}://{where.netloc}{where.path}" if "@" not in where.netloc else ""
    return issue[1] if issue else f"{number[1]}#{number[2]}" if number else ""
