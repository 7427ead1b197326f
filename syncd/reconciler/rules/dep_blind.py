"""Something waits for what syncd cannot read.

Why: a date that rests on something unseen looks safe and may not be.
When: a link of an open item with a target says that it waits for an item that is not held: its
project is not read, or syncd may not see it. One line for each item that waits.
Do: let syncd read the project, or look at the item yourself.
Clears: it can be read, or the link is gone.
Silent: what has no target, so that nothing hangs on it.
Unknown: part of the same source could not be read this time.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from syncd.model.findings import Fact, Finding, Severity, Standing, Unknown
from syncd.model.items import ItemKey
from syncd.reconciler.facts import reckoning, subjects, wording
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """`[rules.dep-blind]` has no parameters of its own."""


def check(view: View, params: Params) -> Results:  # noqa: ARG001  every rule is asked alike
    """A finding for each item that waits for something unseen."""
    unseen: dict[ItemKey, dict[str, Fact]] = defaultdict(dict)
    for end in view.hidden_ends:
        unseen[end.dependant][end.ref] = end.fact
    for key in sorted(view.snapshot.invisible):
        for edge in view.dependants(key):
            item = view.item(key)
            if edge.holds_up and item and is_open(item):
                unseen[edge.dependant][item.ref] = edge.facts[0]
    unread = {scope.source for scope in view.stale}
    for key, facts in sorted(unseen.items()):
        item = view.item(key)
        if item is None or not is_open(item) or view.target(key) is None:
            view.silent(key, "it has no date" if item and is_open(item) else "it is closed")
            continue
        if key.source in unread:
            reason = f"part of {key.source} could not be read"
            yield Unknown(rule=RULE.id, subject=str(key), reason=reason)
        else:
            yield _finding(view, key, facts)


def _finding(view: View, key: ItemKey, facts: dict[str, Fact]) -> Finding:
    draft, item = subjects.draft_of_item(view, key, RULE.id), view.item(key)
    refs, target = wording.listing(sorted(facts)), view.target(key)
    return replace(
        draft,
        standing=Standing.NO_DATA,
        summary=f"{subjects.called(item) if item else key} waits for {refs}, which cannot be read.",
        plain=f"{draft.title} waits for work that cannot be seen from here.",
        act=f"Let syncd read {refs} (syncd doctor names what is missing), or look there yourself.",
        clears=f"{refs} can be read, or the link is gone.",
        planned=target.day if target else None,
        facts=tuple(facts[ref] for ref in sorted(facts)),
        reckoning=reckoning.of(f"{len(facts)} of what it waits for cannot be read: {refs}"),
    )


RULE = Rule(id="dep-blind", severity=Severity.INFO, params=Params, check=check)
