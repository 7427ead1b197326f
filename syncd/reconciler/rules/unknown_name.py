"""The configuration calls something by a name that nothing has. Told to operators, never to teams.

Why: drift of what it means is never seen: a release is spelt in another way, an epic was deleted.
When: nothing that was read of the source has a name of a release, milestone, sprint or item in the
`match` of a table `[deliverables.NAME]`. Told once for each such name.
Silent: while a part of the source is not read, names of events, which may come later, and
deliverables of which all that is left is done.
Do: correct the name in the configuration, or take it out.
Clears: something has the name, or the configuration has it no more.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from syncd.model.findings import Fact, Severity, Unknown
from syncd.reconciler.facts import reckoning, subjects, wording
from syncd.reconciler.resolve.selectors import near, source_of
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """`[rules.unknown-name]` has no parameters of its own."""


def check(view: View, params: Params) -> Results:  # noqa: ARG001  every rule is asked alike
    """A finding for each name that nothing has."""
    tables: dict[str, list[str]] = defaultdict(list)
    for one in view.deliverables:
        for selector in () if one.done else one.lacking:
            tables[selector].append(one.table)
    for selector, them in sorted(tables.items()):
        source = source_of(selector)
        read = [one.scope for one in view.snapshot.freshness if one.scope.source == source]
        if not read:
            subject, reason = f"source:{source}", "nothing of it was read yet"
            yield Unknown(
                rule=RULE.id, subject=subject, discriminator=selector, reason=reason
            )  # fmt: skip
            continue
        places = wording.listing([f"[deliverables.{one}]" for one in them])
        name, hint = _short(selector), _short(near(view.snapshot.milestones, selector))
        mean = f' Did you mean "{hint}"?' if hint else ""
        yield replace(
            subjects.draft_of_source(source, f'"{name}" of {source}', RULE.id, RULE.severity),
            discriminator=selector,
            summary=f'Nothing read of {source} has the name "{name}" of {places}.{mean}',
            plain=f"A name in {places} is that of nothing.",
            act=f'Correct "{name}" in match of {places}, or take it out: drift of what it '
            "means is not seen.",
            clears="Something has the name, or the configuration has it no more.",
            facts=(Fact(text=f'match of {places}: "{name}"', source=source),),
            scopes=frozenset(read),
            reckoning=reckoning.of(f'nothing read of {source} is called as "{name}" says'),
        )


def _short(selector: str) -> str:
    """Without its source, which is named beside it."""
    return selector.partition(":")[2]


RULE = Rule(id="unknown-name", severity=Severity.LOW, params=Params, check=check)
