"""The little language in which a configuration names items: `jira:fixVersion=checkout-v3`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

from syncd.errors import ConfigError
from syncd.model.items import CalendarEvent, Item, Milestone, MilestoneKind

if TYPE_CHECKING:
    from syncd.reconciler.resolve.index import Index

_SELECTOR = re.compile(
    r"(?P<source>[^:\s]+):(?:(?P<field>\w+)\s*(?P<operator>[=~])\s*(?P<value>.+)|(?P<ref>.+))"
)
_KINDS = {
    "fixversion": MilestoneKind.VERSION,
    "version": MilestoneKind.VERSION,
    "milestone": MilestoneKind.GITHUB_MILESTONE,
    "sprint": MilestoneKind.SPRINT,
}
_TITLES = ("summary", "title")
_REFS = ("epic", "issue", "key")
FORMS = (
    "jira:fixVersion=NAME, jira:epic=KEY, jira:KEY-1, github:milestone=NAME, "
    "calendar:summary~'WORDS'"
)


def select(index: Index, selector: str, *, former: bool = True) -> tuple[Item, ...]:
    """The items that a selector names, sorted by key. Raises ConfigError if it is not one.

    A release that was renamed is still meant where no other of its project has the name now, but
    with `former` off.
    """
    found = _parsed(selector)
    source, value = found["source"], _unquoted(found["value"] or "")
    field, exact = (found["field"] or "").casefold(), found["operator"] == "="
    if field not in _KINDS and field not in _TITLES:
        named = index.find(value or _unquoted(found["ref"]), source)
        return (named,) if named and named.key.source == source else ()
    items: Iterator[Item]
    if field in _KINDS:
        milestones = _renamed if former and exact else _milestones
        items = milestones(index, source, _KINDS[field], value, exact=exact)
    else:
        items = _events(index, source, value, exact=exact)
    return tuple(sorted(items, key=lambda item: item.key))


def names_work(selector: str) -> bool:
    """Whether it names what holds items, or an item: all but events."""
    return (_parsed(selector)["field"] or "").casefold() not in _TITLES


def source_of(selector: str) -> str:
    """The source of which it names items."""
    return str(_parsed(selector)["source"])


def near(milestones: Iterable[Milestone], selector: str) -> str:
    """The selector of what is ahead with the nearest name; "" for none.

    Beside a 2.4.0 that was deleted the 2.3.0 that is out is not meant.
    """
    found = _parsed(selector)
    kind, value = _KINDS.get((found["field"] or "").casefold()), _unquoted(found["value"] or "")
    named = {
        one.name.casefold(): one.name
        for one in milestones
        if one.kind is kind
        and one.key.source == found["source"]
        and one.state in ("planned", "active")
    }
    alike = get_close_matches(value.casefold(), sorted(named), n=1)
    head = selector.partition(found["operator"] or "=")[0]
    return f"{head}={named[alike[0]]}" if alike else ""


def require_selector(selector: str) -> None:
    """Raises ConfigError, with the forms there are, if it is not one."""
    _parsed(selector)


def names_event(selector: str, event: CalendarEvent) -> bool:
    """Whether a selector names an event, without looking at anything else."""
    found = _SELECTOR.fullmatch(selector.strip())
    if found is None or event.key.source != found["source"]:
        return False
    if found["ref"]:
        return _unquoted(found["ref"]) in (event.ref, event.url, *event.aliases)
    is_title = found["field"].casefold() in _TITLES
    exact = found["operator"] == "="
    return is_title and _fits(event.title, _unquoted(found["value"]), exact=exact)


def _parsed(selector: str) -> re.Match[str]:
    found = _SELECTOR.fullmatch(selector.strip())
    if found is not None:
        field, exact = (found["field"] or "").casefold(), found["operator"] == "="
        if found["ref"] or field in _KINDS or field in _TITLES or (field in _REFS and exact):
            return found
    raise ConfigError(f'"{selector}" names no items', hint=f"write it as one of {FORMS}")


def _milestones(
    index: Index, source: str, kind: MilestoneKind, value: str, *, exact: bool
) -> Iterator[Milestone]:
    for milestone in index.snapshot.milestones:
        names = (milestone.name, milestone.ref)
        if (
            milestone.key.source == source
            and milestone.kind is kind
            and any(_fits(name, value, exact=exact) for name in names)
        ):
            yield milestone


def _renamed(
    index: Index, source: str, kind: MilestoneKind, value: str, *, exact: bool
) -> Iterator[Milestone]:
    """Those too that had the name; a pattern tells only what names look like now.

    Beside one that has it, only what is still ahead: a "Next" is renamed whenever it is released.
    """
    yield from (named := list(_milestones(index, source, kind, value, exact=exact)))
    taken = {one.scope for one in named}
    for one in index.named_once(value):
        is_meant = not named or one.state in ("planned", "active")
        if one.key.source == source and one.kind is kind and one.scope not in taken:
            taken.add(one.scope)
            yield from (one,) if is_meant else ()


def _events(index: Index, source: str, value: str, *, exact: bool) -> Iterator[CalendarEvent]:
    for event in index.snapshot.events:
        # Time that somebody keeps free to work on a launch is not the launch.
        is_one = event.key.source == source and event.type != "focus"
        if is_one and _fits(event.title, value, exact=exact):
            yield event


def _fits(text: str, value: str, *, exact: bool) -> bool:
    """`=`: the same text; `~`: every word of `value` occurs, whatever stands between them."""
    folded = text.casefold()
    if exact:
        return folded == value.casefold()
    return all(word in folded for word in value.casefold().split())


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
