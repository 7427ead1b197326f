"""Where everything is kept that a finding names: that decides who may be told of it (§7)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from syncd.model.findings import Alone, Finding, Push
from syncd.model.items import Issue, ItemKey, PullRequest, item_key
from syncd.model.snapshot import Scope
from syncd.reconciler.view import Deliverable, View

NAME = re.compile(r"[\w/#-]+(?:\.[\w/#-]+)*")
"""A word that may be what an issue is called, `LED-88` or `acme/ledger#812`."""

REF = re.compile(r"(?<![\w./-])[\w./-]*[-#]\d+")
"""The same of issues and pull requests alone: `LED-88`, `acme/ledger#812`."""


def texts(found: Finding) -> tuple[str, ...]:
    """Every sentence of a finding that people read."""
    return _sentences(found)


def _sentences(said: Finding | Alone) -> tuple[str, ...]:
    return (said.summary, said.plain, said.act, *(fact.text for fact in said.facts))


def with_places(view: View, found: Finding) -> Finding:
    """The same with `home` and `named`, and the place of each push."""
    home = _home(view, found.subject)
    pushes = tuple(
        push if push.home else replace(push, home=_of_push(view, push)) for push in found.pushes
    )
    events = frozenset(_calendars(view, found))
    named = {*home, *events, *_in_words(view, texts(found))}
    other = item_key(found.discriminator)
    if other is not None and view.item(other):
        named.add(view.scope(other))
    named.update(scope for push in pushes for scope in push.home)
    own = found.alone and {*events, *_in_words(view, _sentences(found.alone))} <= set(home)
    return replace(
        found, home=home, named=tuple(sorted(named)), pushes=pushes,
        alone=found.alone if own else None,
    )  # fmt: skip


def _home(view: View, subject: str) -> tuple[Scope, ...]:
    key = item_key(subject)
    if key is not None:
        return (view.scope(key),) if view.item(key) else ()
    deliverable = view.once(_by_subject).get(subject)
    return _bound(view, deliverable.bound) if deliverable else ()


def _by_subject(view: View) -> dict[str, Deliverable]:
    return {one.subject: one for one in view.deliverables}


def _by_name(view: View) -> dict[str, Deliverable]:
    return {one.name: one for one in view.deliverables}


def _bound(view: View, keys: Iterable[ItemKey]) -> tuple[Scope, ...]:
    return tuple(sorted({view.scope(key) for key in keys if view.item(key)}))


def _of_push(view: View, push: Push) -> tuple[Scope, ...]:
    """Of an item its project; of a deliverable what it is bound to."""
    item = view.find(push.ref)
    if item is not None:
        return (view.scope(item.key),)
    named = view.once(_by_name).get(push.ref)
    return _bound(view, named.bound) if named else ()


def _calendars(view: View, found: Finding) -> Iterable[Scope]:
    """Events have no key to be found by in a text: whatever it rests on may be named."""
    return found.scopes & view.once(_scopes_of_events)


def _scopes_of_events(view: View) -> frozenset[Scope]:
    return frozenset(Scope(one.key.source, one.scope) for one in view.snapshot.events)


def _in_words(view: View, said: Iterable[str]) -> Iterator[Scope]:
    for word in {word for text in said for word in REF.findall(text)}:
        item = view.find(word)
        if isinstance(item, Issue | PullRequest):
            yield view.scope(item.key)
