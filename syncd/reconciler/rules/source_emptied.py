"""A source suddenly lacks much of what was open in it. Told to operators, never to teams.

Why: a right that was lost or a filter that was changed looks like work that was finished.
When: a complete listing of a part of it lacked more than 30 % of its open items, or of all of them
and some open ones, at least five. It is not believed: nothing counts as deleted, and no alert ends
for it. One finding for each source.
Silent: parts whose loss a person accepted.
Do: see whether the right or the project is gone; if they really are gone, say so.
Clears: a later listing names them, or the loss is accepted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from syncd.model.findings import Fact, Finding, Severity
from syncd.model.snapshot import Freshness
from syncd.reconciler.facts import reckoning, subjects, wording
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """`[rules.source-emptied]` has no parameters of its own."""


def check(view: View, params: Params) -> Results:  # noqa: ARG001  every rule is asked alike
    """A finding for each source whose newest listing is not believed."""
    parts: dict[str, list[Freshness]] = defaultdict(list)
    for one in view.snapshot.freshness:
        is_later = one.attempted_at is not None and one.attempted_at > view.snapshot.as_of
        if one.lost and not is_later:
            parts[one.scope.source].append(one)
        else:
            view.silent(
                f"source:{one.scope.source}", "the newest listing of {} is whole", one.scope
            )
    for source, lost in sorted(parts.items()):
        yield _finding(source, sorted(lost, key=lambda one: one.scope))


def _finding(source: str, parts: Sequence[Freshness]) -> Finding:
    names = wording.listing([one.scope.name for one in parts])
    items = wording.plural(sum(one.lost for one in parts), "item")
    draft = subjects.draft_of_source(source, f"Source {source}", RULE.id, RULE.severity)
    return replace(
        draft,
        summary=(
            f"{items} of {source} ({names}) are missing from a complete listing: nothing counts as "
            f"deleted, and the data stays as it was."
        ),
        plain=f"{source} suddenly lacks {items}; they are kept until somebody has looked.",
        act=(
            f"Run `syncd doctor {source}`; if they really are gone: "
            f"`syncd sync {source} --full --accept-loss`."
        ),
        clears="A later listing names them, or the loss is accepted.",
        facts=tuple(
            Fact(
                text=f"{one.scope}: {wording.plural(one.lost, 'item')} missing, of "
                f"{one.items} that are held",
                source=source,
                seen_at=one.attempted_at,
            )
            for one in parts
        ),
        reckoning=reckoning.of(f"{items} missing from the newest complete listing"),
        scopes=frozenset(one.scope for one in parts),
        material="\n".join(str(one.scope) for one in parts),
    )


RULE = Rule(id="source-emptied", severity=Severity.HIGH, params=Params, check=check)
