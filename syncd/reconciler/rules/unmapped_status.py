"""Work stands in states of which nobody knows what they mean. Told to operators, never to teams.

Why: such work counts as not begun; it may be done, and its dates say nothing then.
When: open items are in a state whose phase neither the configuration nor the tracker's own category
nor the usual words in its name tell.
Silent: states that no open item is in.
Do: say in the configuration what each means.
Clears: each is mapped, or nothing open is left in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from syncd.model.findings import Fact, Finding, Severity
from syncd.model.items import Issue
from syncd.reconciler.facts import reckoning, subjects, wording
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """`[rules.unmapped-status]` has no parameters of its own."""


def check(view: View, params: Params) -> Results:  # noqa: ARG001  every rule is asked alike
    """A finding for each source with such states."""
    found: dict[str, dict[str, list[Issue]]] = defaultdict(lambda: defaultdict(list))
    for issue in view.snapshot.issues:
        is_open = not issue.phase.is_closed and issue.key not in view.snapshot.invisible
        if issue.unmapped and is_open:
            found[issue.key.source][issue.state].append(issue)
    for source, states in sorted(found.items()):
        yield _finding(view, source, states)


def _finding(view: View, source: str, states: Mapping[str, Sequence[Issue]]) -> Finding:
    names = sorted(states)
    quoted = wording.listing([f'"{name}"' for name in names])
    count = sum(map(len, states.values()))
    items, mean = wording.plural(count, "open item"), "means" if len(names) == 1 else "mean"
    draft = subjects.draft_of_source(source, f"States of {source}", RULE.id, RULE.severity)
    return replace(
        draft,
        summary=(
            f"What {quoted} of {source} {mean} is not known, so {items} "
            f"{'counts' if count == 1 else 'count'} as not begun."
        ),
        plain=f"Where {items} of {source} {'stands' if count == 1 else 'stand'} is not known.",
        act=f'Set sources.{source}.phases = {{ "{names[0]}" = "active" }} with what each means.',
        clears="Each of these states is mapped, or nothing open is left in it.",
        facts=tuple(
            Fact(
                text=f'"{name}": {wording.plural(len(states[name]), "item")}, such as '
                f"{states[name][0].ref}",
                source=source,
                seen_at=states[name][0].updated_at,
                url=states[name][0].url,
            )
            for name in names
        ),
        reckoning=reckoning.of(f"{items} in {wording.plural(len(names), 'unread state')}"),
        scopes=subjects.scopes(view, [one.key for many in states.values() for one in many]),
        material="\n".join(names),
    )


RULE = Rule(id="unmapped-status", severity=Severity.LOW, params=Params, check=check)
