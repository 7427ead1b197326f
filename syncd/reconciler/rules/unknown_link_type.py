"""Links of a type are there whose direction nobody can tell. Told to operators, never to teams.

Why: what may hold up what is not known then, so no date is pushed along them.
When: neither phrase of a link's type is one that syncd knows, or its two phrases say opposite
things. Told once for each type of a source.
Silent: types that are known to hold nothing up ("relates to"), and those that the configuration
maps.
Do: say in the configuration what the type means, `none` included.
Clears: it is mapped, or no link of it is left.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from syncd.model.findings import Fact, Finding, Severity
from syncd.model.items import ItemKey
from syncd.reconciler.facts import reckoning, subjects, wording
from syncd.reconciler.resolve.evidence import UnknownLinkType
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """`[rules.unknown-link-type]` has no parameters of its own."""


def check(view: View, params: Params) -> Results:  # noqa: ARG001  every rule is asked alike
    """A finding for each type of link that cannot be read."""
    links = _links(view) if view.unknown_link_types else {}
    for one in view.unknown_link_types:
        phrases = frozenset((one.phrase, one.inverse_phrase))
        alike = links.get((one.source, one.type_id, phrases), {})
        found = _finding(one, len(alike))
        yield replace(found, scopes=subjects.scopes(view, alike.values()))


def _links(view: View) -> Mapping[tuple[str, str, frozenset[str]], Mapping[str, ItemKey]]:
    """Links by source and type, each once: both ends report it. Id → where it was read."""
    found: dict[tuple[str, str, frozenset[str]], dict[str, ItemKey]] = defaultdict(dict)
    for one in view.snapshot.links:
        phrases = frozenset((one.phrase, one.inverse_phrase))
        found[one.near.source, one.type_id, phrases].setdefault(one.id, one.near)
    return found


def _finding(one: UnknownLinkType, count: int) -> Finding:
    phrases = " / ".join(f'"{phrase}"' for phrase in (one.phrase, one.inverse_phrase) if phrase)
    links = wording.plural(count, "link")
    entry = f'"{one.type_id or one.phrase}" = "blocks"'
    title = f"Link type {phrases} of {one.source}"
    return replace(
        subjects.draft_of_source(one.source, title, RULE.id, RULE.severity),
        discriminator=one.type_id or one.phrase,
        summary=(
            f"What {phrases} of {one.source} means is not known, so {links} of that type "
            f"{'holds' if count == 1 else 'hold'} nothing up."
        ),
        plain=f"Some links of {one.source} cannot be read, so what they hold up is not told.",
        act=(
            f"Say in the configuration, section [links], what it means: types = {{ {entry} }}, or "
            f"depends_on, child_of, parent_of, none."
        ),
        clears="Its type is mapped, or no such link is left.",
        reckoning=reckoning.of(f"{links} of a type that is in no list of phrases"),
        facts=(Fact(text=f"{links} read {phrases}", source=one.source),),
    )


RULE = Rule(id="unknown-link-type", severity=Severity.LOW, params=Params, check=check)
