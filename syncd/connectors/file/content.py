"""What one file holds, and the mistake that makes a file unreadable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from syncd.connectors.accounts import best_named
from syncd.interfaces import Problem
from syncd.model.history import Change
from syncd.model.items import Account, Item, ItemKey
from syncd.model.links import Link


class UnreadableFile(ValueError):
    """The file is not what it seems to be; `line` counts from 1, 0 = no particular one."""

    def __init__(self, message: str, *, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass(slots=True, kw_only=True)
class Content:
    """Everything that was read from one file."""

    what: str
    """For people: "Jira CSV export"."""
    items: list[Item] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    by_rule: set[ItemKey] = field(default_factory=set)
    """Instances of a series that have no event of their own; they may have had one."""

    def scopes(self) -> frozenset[str]:
        """Projects, repositories and calendars that the items belong to."""
        return frozenset(item.scope for item in self.items)

    def by_scope(self) -> dict[str, Content]:
        """The same, taken apart; accounts and problems, which belong to no scope, go to the first.

        Links and changes of items that are not here are left out.
        """
        parts = {
            scope: Content(what=self.what, by_rule=self.by_rule) for scope in sorted(self.scopes())
        }
        home = {item.key: parts[item.scope] for item in self.items}
        for item in self.items:
            parts[item.scope].items.append(item)
        for change in self.changes:
            if change.item in home:
                home[change.item].changes.append(change)
        for link in self.links:
            if link.near in home:
                home[link.near].links.append(link)
        for first in list(parts.values())[:1]:
            first.accounts, first.problems = self.accounts, self.problems
        return parts

    def take_accounts(self, accounts: Iterable[Account]) -> None:
        """Add accounts that are not known by a better name yet."""
        self.accounts = list(best_named((*self.accounts, *accounts)))


def problem(place: str, native_id: str, reason: object) -> Problem:
    """A row that could not be read; `place` is `file:line` or the like."""
    return Problem(native_id=native_id[:200], reason=f"{place}: {reason}"[:200])
