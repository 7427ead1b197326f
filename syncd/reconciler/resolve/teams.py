"""Whose an item is (`reconciler.md` §A3): the first hit wins, and says why and how sure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from syncd.model.items import CalendarEvent, Issue, Item, ItemKey, Milestone, PullRequest
from syncd.reconciler.config import ReconcilerConfig
from syncd.reconciler.resolve.index import Index
from syncd.reconciler.resolve.remembered import from_above
from syncd.reconciler.resolve.resolution import TeamOf

UNASSIGNED = TeamOf(team=None, reason="no team owns it", confidence=0.0)
KNOWN = 0.6
"""From this confidence on a team counts as known."""

_OWNS = re.compile(
    r"(?P<source>[^:]+):"
    r"(?:(?:(?P<where>.+)/)?(?P<what>component|label)=(?P<name>.+)|(?P<scope>.+))"
)


@dataclass(frozen=True, slots=True)
class _Owned:
    """One `owns` entry; `what` is component, label or scope, `where` narrows the first two."""

    team: str
    text: str
    source: str
    what: str
    name: str
    where: str

    @property
    def rank(self) -> int:
        """Narrower first: component of a scope, component, label, scope."""
        return {"component": 1, "label": 2, "scope": 3}[self.what] - bool(
            self.what == "component" and self.where
        )

    def covers(self, source: str, scope: str, names: Iterable[str]) -> bool:
        """Whether an item of `scope` with these components or labels is meant."""
        if source.casefold() != self.source:
            return False
        if self.what == "scope":
            return scope.casefold() == self.name
        if self.where and self.where != scope.casefold():
            return False
        return any(name.casefold() == self.name for name in names)


class Teams(dict[ItemKey, TeamOf]):
    """Team of every item of one snapshot, `UNASSIGNED` where none of the ways leads to one.

    A dict, as it is asked for most of all: each is worked out when it is first looked up.
    """

    def __init__(self, index: Index, config: ReconcilerConfig) -> None:
        self._index = index
        self._owned = tuple(_read_owned(config))
        self._by_name = _names(config)
        self._people = _people(config)
        self._scopes: dict[tuple[str, str, float], TeamOf | None] = {}
        self._named_so: dict[tuple[object, ...], TeamOf | None] = {}
        self._inherited: dict[ItemKey, TeamOf | None] = {}

    def __missing__(self, key: ItemKey) -> TeamOf:
        item = self._index.items.get(key)
        found = (item and self._own(item)) or self._lent_to(key) or UNASSIGNED
        self[key] = found
        return found

    def _lent_to(self, key: ItemKey) -> TeamOf | None:
        return from_above(self._inherited, self._index.parent, self._lent, key)

    def of_scope(self, source: str, scope: str) -> str | None:
        """The one team that owns a whole project, repository or calendar."""
        found = self._of_scope(source, scope)
        return found.team if found else None

    def of_account(self, source: str, account: str | None) -> str | None:
        """The one team of the person with that account."""
        teams = self._people.get((source, account or ""), set())
        return next(iter(teams)) if len(teams) == 1 else None

    def _own(self, item: Item) -> TeamOf | None:
        return next((hit for hit in self._ways(item) if hit is not None), None)

    def _ways(self, item: Item) -> Iterator[TeamOf | None]:
        source = item.key.source
        if isinstance(item, Issue):
            yield self._named(item.team, "its team field", 1.0)
            yield self._mapped(item, components=item.components, labels=item.labels)
            sprint = self._index.items.get(item.sprint) if item.sprint else None
            if isinstance(sprint, Milestone):
                yield self._named(sprint.board, f"the board of {sprint.name}", 0.8)
            yield self._person(source, item.assignee, "its assignee")
        elif isinstance(item, PullRequest):
            yield self._mapped(item, labels=item.labels, whole=None)
            yield self._owner(source, item.code_owners)
            yield self._of_scope(source, item.scope, 0.85)
            yield self._person(source, item.author, "its author")
        elif isinstance(item, Milestone):
            yield self._mapped(item)
            yield self._named(item.board, "its board", 0.8)
        elif isinstance(item, CalendarEvent):
            yield self._mapped(item)
            yield self._person(source, item.organiser, "its organiser")

    def _named(self, name: str | None, what: str, confidence: float) -> TeamOf | None:
        teams = self._by_name.get((name or "").casefold(), set())
        if len(teams) != 1:
            return None
        return TeamOf(team=next(iter(teams)), reason=f"{what} says {name}", confidence=confidence)

    def _owner(self, source: str, ranks: Iterable[str]) -> TeamOf | None:
        """The team that owns most of the changed files; None where several own equally many."""
        ranks = tuple(ranks)
        for place, rank in enumerate(ranks):
            found: dict[str, str] = {}
            for owner in rank.split():
                found |= dict.fromkeys(self._of_owner(source, owner), owner)
            if len(found) > 1:
                return None
            for team, owner in found.items():
                reason = f"CODEOWNERS gives most of its files to {owner}"
                if others := " ".join(ranks[place + 1 :]).split():
                    reason += f", others to {', '.join(others)}"
                return TeamOf(team=team, reason=reason, confidence=0.85)
        return None

    def _of_owner(self, source: str, owner: str) -> set[str]:
        name = owner.removeprefix("team:")
        if name == owner:
            team = self.of_account(source, owner)
            return {team} if team else set()
        return self._by_name.get(name.casefold(), set())

    def _mapped(
        self,
        item: Item,
        components: tuple[str, ...] = (),
        labels: tuple[str, ...] = (),
        whole: float | None = 0.95,
    ) -> TeamOf | None:
        """By the configuration; `whole` is how sure an owned scope makes, None leaves it out."""
        if not components and not labels:
            return self._of_scope(item.key.source, item.scope, whole) if whole else None
        place = (item.key.source, item.scope, components, labels, whole)
        if place not in self._named_so:
            self._named_so[place] = self._covering(*place)
        return self._named_so[place]

    def _covering(
        self,
        source: str,
        scope: str,
        components: tuple[str, ...],
        labels: tuple[str, ...],
        whole: float | None,
    ) -> TeamOf | None:
        names = {"component": components, "label": labels, "scope": ()}
        ranks: dict[int, list[_Owned]] = defaultdict(list)
        for owned in self._owned:
            if owned.what == "scope" and whole is None:
                continue
            if owned.covers(source, scope, names[owned.what]):
                ranks[owned.rank].append(owned)
        for _, found in sorted(ranks.items()):
            if len({owned.team for owned in found}) == 1:
                sure = whole if whole and found[0].what == "scope" else 0.95
                return _mapped_by(found[0], sure)
        return None

    def _of_scope(self, source: str, scope: str, confidence: float = 0.95) -> TeamOf | None:
        place = (source, scope, confidence)
        if place not in self._scopes:
            found = [o for o in self._owned if o.what == "scope" and o.covers(source, scope, ())]
            one = len({owned.team for owned in found}) == 1
            self._scopes[place] = _mapped_by(found[0], confidence) if one else None
        return self._scopes[place]

    def _person(self, source: str, account: str | None, what: str) -> TeamOf | None:
        team = self.of_account(source, account)
        if team is None:
            return None
        return TeamOf(team=team, reason=f"the team of {what}", confidence=KNOWN)

    def _lent(self, parent: Issue) -> TeamOf | None:
        """What a parent gives to those below it."""
        found = self._own(parent)
        if found is None:
            return None
        reason = f"the team of its parent {parent.ref}"
        return TeamOf(team=found.team, reason=reason, confidence=KNOWN)


def _mapped_by(owned: _Owned, confidence: float) -> TeamOf:
    return TeamOf(team=owned.team, reason=f"the team owns {owned.text}", confidence=confidence)


def _read_owned(config: ReconcilerConfig) -> Iterator[_Owned]:
    for team in config.teams:
        for text in team.owns:
            found = _OWNS.fullmatch(text.strip())
            if found:
                yield _Owned(
                    team=team.id,
                    text=text,
                    source=found["source"].casefold(),
                    what=found["what"] or "scope",
                    name=(found["name"] or found["scope"]).casefold(),
                    where=(found["where"] or "").casefold(),
                )


def _names(config: ReconcilerConfig) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for team in config.teams:
        found[team.id.casefold()].add(team.id)
        found[team.name.casefold()].add(team.id)
    found.pop("", None)
    return dict(found)


def _people(config: ReconcilerConfig) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for person in config.people:
        for account in person.accounts:
            if person.team:
                found[account].add(person.team)
    return dict(found)
