"""Which items of different sources are one thing (`reconciler.md` §A2, *Binding*)."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain, combinations

from syncd.model.items import Issue, Item, ItemKey, Kind, Milestone
from syncd.reconciler.config import ReconcilerConfig
from syncd.reconciler.resolve.index import Index
from syncd.reconciler.resolve.teams import Teams

NAMED = 0.95
"""The URL or key of one stands in the other."""
SAME_NAME = 0.85
"""The same normalised name in a project and a repository that belong together. The same name alone
is worth 0.5: less than the 0.8 from which on items are bound."""
FORMER_NAME = 0.82
"""It was the same until one of the two was renamed: people rename in one tool after the other."""

Binding = tuple[float, ItemKey, ItemKey]

_FILLERS = frozenset({"release", "version", "milestone", "launch"})
_TOKEN = re.compile(r"[^\W_]+(?:\.[^\W_]+)*")
_REF = re.compile(r"\b[A-Z][A-Z0-9_]*-\d+\b")


def normalised(name: str) -> tuple[str, ...]:
    """The words of a name that tell it from others: `Release v1.2-rc` → `("1.2", "rc")`."""
    words = _TOKEN.findall(unicodedata.normalize("NFKC", name).casefold())
    plain = (re.sub(r"^v(?=\d)", "", word) for word in words)
    return tuple(word for word in plain if word not in _FILLERS)


def bindings(
    index: Index, config: ReconcilerConfig, teams: Teams, items: Iterable[Item]
) -> tuple[Binding, ...]:
    """Pairs of `items` that are one thing, surest first; two equal candidates are none."""
    candidates = {item.key: item for item in items}
    sure: dict[tuple[ItemKey, ItemKey], float] = {}
    for confidence, one, other in (
        *_by_name(candidates, config, teams),
        *_by_former_name(index, candidates, config, teams),
        *_by_key(index, candidates),
    ):
        pair = (min(one, other), max(one, other))
        sure[pair] = max(confidence, sure.get(pair, 0.0))
    best = _unique_best(sure, candidates)
    return tuple(
        sorted(
            (
                (confidence, one, other)
                for (one, other), confidence in sure.items()
                if best.get((one, _sort(candidates[other]))) == other
                and best.get((other, _sort(candidates[one]))) == one
            ),
            key=lambda found: (-found[0], found[1:]),
        )
    )


def _unique_best(
    sure: dict[tuple[ItemKey, ItemKey], float], items: dict[ItemKey, Item]
) -> dict[tuple[ItemKey, str], ItemKey]:
    """For each item and sort of counterpart the one best candidate, where there is just one."""
    found: dict[tuple[ItemKey, str], list[tuple[float, ItemKey]]] = defaultdict(list)
    for (one, other), confidence in sure.items():
        found[one, _sort(items[other])].append((confidence, other))
        found[other, _sort(items[one])].append((confidence, one))
    best: dict[tuple[ItemKey, str], ItemKey] = {}
    for place, candidates in found.items():
        top = max(confidence for confidence, _ in candidates)
        leaders = [key for confidence, key in candidates if confidence == top]
        if len(leaders) == 1:
            best[place] = leaders[0]
    return best


def alike(items: Iterable[Item]) -> Iterator[tuple[Item, Item]]:
    """Pairs of two sorts with the same normalised name, by key: by itself that binds nothing."""
    groups: dict[tuple[str, ...], list[Item]] = defaultdict(list)
    for item in sorted(items, key=lambda item: item.key):
        if name := normalised(_name(item)):
            groups[name].append(item)
    for group in groups.values():
        for one, other in combinations(group, 2):
            if _sort(one) != _sort(other):
                yield one, other


def _by_name(
    items: dict[ItemKey, Item], config: ReconcilerConfig, teams: Teams
) -> Iterator[Binding]:
    for one, other in alike(items.values()):
        if _belong_together(one, other, config, teams):
            yield SAME_NAME, one.key, other.key


def _by_former_name(
    index: Index, items: dict[ItemKey, Item], config: ReconcilerConfig, teams: Teams
) -> Iterator[Binding]:
    called: dict[tuple[str, ...], list[Item]] = defaultdict(list)
    for item in items.values():
        called[normalised(_name(item))].append(item)
    for item in items.values():
        changes = index.changes(item.key, ("title",)) if isinstance(item, Milestone) else ()
        for name in filter(None, (normalised(change.old or "") for change in changes)):
            for other in called.get(name, ()):
                differs = _sort(other) != _sort(item)
                if differs and _belong_together(item, other, config, teams):
                    yield FORMER_NAME, item.key, other.key


def _by_key(index: Index, items: dict[ItemKey, Item]) -> Iterator[Binding]:
    for key, ref in chain(_in_titles(items.values()), _in_descriptions(index)):
        item, named = items.get(key), index.find(ref)
        if item and named and named.key in items and _sort(named) != _sort(item):
            yield NAMED, key, named.key


def _in_titles(items: Iterable[Item]) -> Iterator[tuple[ItemKey, str]]:
    for item in items:
        for ref in _REF.findall(_name(item)):
            yield item.key, ref


def _in_descriptions(index: Index) -> Iterator[tuple[ItemKey, str]]:
    """Links of versions and milestones are addresses that stand in what describes them."""
    for link in index.snapshot.links:
        if link.near.kind is Kind.MILESTONE:
            yield link.near, link.far_ref


def _belong_together(one: Item, other: Item, config: ReconcilerConfig, teams: Teams) -> bool:
    """The same project; or a repository and its project, by map or because one team owns both."""
    here, there = index_scope(one), index_scope(other)
    if here == there:
        return True
    mapped = {a.casefold(): b.casefold() for a, b in config.mapped_repos.items()}
    if mapped.get(here) == there or mapped.get(there) == here:
        return True
    if mapped.get(here) or mapped.get(there):
        return False
    team = teams.of_scope(one.key.source, one.scope)
    return team is not None and team == teams.of_scope(other.key.source, other.scope)


def index_scope(item: Item) -> str:
    """`source:scope` as the maps of a configuration name it, folded."""
    return f"{item.key.source}:{item.scope}".casefold()


def _sort(item: Item) -> str:
    return str(item.kind) if isinstance(item, Milestone) else str(Kind.ISSUE)


def _name(item: Item) -> str:
    if isinstance(item, Milestone):
        return item.name
    return item.title if isinstance(item, Issue) else ""
