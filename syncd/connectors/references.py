"""Finds the items that a text names, and those that it says it waits for (`reconciler.md` §C1)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

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

_QUOTED = re.compile(
    r"\{(code|noformat|quote)(?::[^}\n]{0,200})?\}[\s\S]*?(?:\{\1\}|\Z)"
    r"|```[\s\S]*?(?:```|\Z)"
    r"|`[^`\n]{1,500}`"
    r"|\{\{[^}\n]{1,500}\}\}"
    r"|^[ \t]{0,20}(?:>|bq\. )[^\n]*",
    re.MULTILINE,
)
_PHRASE = re.compile(
    r"\b((?:is |are |was )?blocked (?:by|on)|depends (?:on|upon)|depending on|dependent on"
    r"|requires|needs|waiting (?:for|on)|waits (?:for|on)|(?:can't|cannot) start (?:until|before)"
    r"|has to be done after)\b"
    r"[ \t]{0,5}:?[ \t]{0,5}(?:(?:the|issue|ticket|PR|on)[ \t]{1,5}){0,2}\[?",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"(?:\bnot|\bno longer|\bnever|n't|\bwithout being)\s{1,5}(?:be )?$", re.IGNORECASE
)
_NEXT = re.compile(r"[\])]{0,2}(?:[ \t]{0,5}(?:,|&|\band\b|\bor\b)){1,2}[ \t]{0,5}\[?")

_JIRA_PATH = re.compile(r"/browse/([A-Z][A-Z0-9_]{1,49}-[1-9]\d{0,8})/?$")
_GITHUB_PATH = re.compile(r"/([\w.-]+/[\w.-]+)/(?:issues|pull)/([1-9]\d{0,8})(?:/.*)?$")


def references(text: str, *, hosts: Collection[str] = (), repository: str = "") -> tuple[str, ...]:
    """Items named in a text, each once, in order; quoted text and code do not count.

    `PAY-142`, `acme/ledger#311`, and addresses of items. `#311` counts where `repository`
    (`owner/name`) says whose number it is. An address on one of `hosts` becomes the ref that it
    leads to, one on another host stays an address. Whether a ref exists is for the caller to tell.
    """
    found = (_ref(match[0], hosts, repository) for match in _REF.finditer(_plain(text)))
    return tuple(dict.fromkeys(ref for ref in found if ref))


def waiting_for(
    text: str, *, hosts: Collection[str] = (), repository: str = ""
) -> tuple[Waiting, ...]:
    """Items that the text says its own item waits for: "blocked by A-1 and A-2", not "not …"."""
    plain = _plain(text)
    found: dict[str, Waiting] = {}
    for phrase in _PHRASE.finditer(plain):
        if _DENIED.search(plain, max(0, phrase.start() - 30), phrase.start()):
            continue
        for token in _following(plain, phrase.end()):
            ref = _ref(token, hosts, repository)
            if ref:
                found.setdefault(ref, Waiting(phrase[1].lower(), ref))
    return tuple(found.values())


def _following(text: str, at: int) -> Iterator[str]:
    while match := _REF.match(text, at):
        yield match[0]
        then = _NEXT.match(text, match.end())
        if then is None:
            return
        at = then.end()


def _plain(text: str) -> str:
    return _QUOTED.sub(" ", text[:LONGEST])


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
