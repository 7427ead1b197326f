"""CODEOWNERS: who owns which path of a repository, by GitHub's rules. Pure.

The last line that matches a path wins, also one that names nobody. Patterns are like those of
gitignore, but know no `!`, no `[…]`, and `dir/*` means files directly in `dir`. Lines that GitHub
does not take, such as another product's `[section]` headings, are passed over.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where it is looked for; the first that exists counts."""

_WORDS = re.compile(r"(?:\\.|[^\s\\])+")
_SECTION = re.compile(r"\^?\[")
_TEAM = re.compile(r"@[A-Za-z0-9-]+/([A-Za-z0-9._-]+)")
_LOGIN = re.compile(r"@([A-Za-z0-9][A-Za-z0-9_-]*)")


@dataclass(frozen=True, slots=True)
class CodeOwners:
    """The rules of one file, the last one first."""

    rules: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.rules)

    def owners(self, path: str) -> tuple[str, ...]:
        """Logins and `team:slug` that own a path of the repository."""
        return next((owners for rule, owners in self.rules if rule.fullmatch(path)), ())

    def of(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Owners of the paths, those of most files first.

        Owners of equally many files stand in one entry, separated by a space.
        """
        files: dict[str, int] = defaultdict(int)
        for path in paths:
            for owner in self.owners(path):
                files[owner] += 1
        ranks: dict[int, list[str]] = defaultdict(list)
        for owner, count in sorted(files.items()):
            ranks[count].append(owner)
        return tuple(" ".join(ranks[count]) for count in sorted(ranks, reverse=True))


NOBODY = CodeOwners()
"""Of a repository without a CODEOWNERS file."""


def parse(text: str) -> CodeOwners:
    """The rules of a CODEOWNERS file."""
    found = []
    for line in text.splitlines():
        words = _WORDS.findall(line)
        if not words or words[0].startswith(("#", "!")) or _SECTION.match(words[0]):
            continue
        owners = []
        for word in words[1:]:
            if word.startswith("#"):
                break
            owners += _owner(word)
        found.append((_pattern(re.sub(r"\\(.)", r"\1", words[0])), tuple(dict.fromkeys(owners))))
    return CodeOwners(tuple(reversed(found)))


def _owner(word: str) -> list[str]:
    """An e-mail address names nobody: it would have to be stored."""
    if team := _TEAM.fullmatch(word):
        return [f"team:{team[1]}"]
    login = _LOGIN.fullmatch(word)
    return [login[1]] if login else []


def _pattern(text: str) -> re.Pattern[str]:
    parts = text.strip("/").split("/")
    anchored = text.startswith("/") or len(parts) > 1
    # A name may be a folder: then all inside is meant. `dir/*` is its own files only.
    end = "" if anchored and parts[-1] == "*" else "(?:/.*)?"
    if text.endswith("/"):
        end = "/.*"
    first, *others = _between_deep(parts if anchored else ["**", *parts])
    if not others:
        return re.compile("/".join(first) + end)
    # As with single stars, every `**` but the last takes the first fit and keeps it.
    middle = "".join(f"(?>(?:[^/]+/)*?{'/'.join(each)}/)" for each in others[:-1] if each)
    last = f"(?:[^/]+/)*{'/'.join(others[-1])}{end}" if others[-1] else ".+"
    return re.compile("".join(f"{part}/" for part in first) + middle + last)


def _between_deep(parts: list[str]) -> list[list[str]]:
    """The path parts of a pattern, cut at each `**`."""
    found: list[list[str]] = [[]]
    for part in parts:
        if part == "**":
            found.append([])
        else:
            found[-1].append(_part(part))
    return found


def _part(text: str) -> str:
    """One path part. All stars but the last take the first fit and keep it: no backtracking."""
    first, *others = (_literal(piece) for piece in re.sub(r"\*+", "*", text).split("*"))
    if not others:
        return first
    middle = "".join(f"(?>[^/]*?{piece})" for piece in others[:-1])
    return f"{first}{middle}[^/]*{others[-1]}"


def _literal(text: str) -> str:
    return "[^/]".join(re.escape(piece) for piece in text.split("?"))
