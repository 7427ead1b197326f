"""Much of the work of a source belongs to no team. Told to operators, never to teams.

Why: what is nobody's is told to nobody, and never counts as another team's.
When: more than `share` of the open items of a source that have a date, of their own or inherited,
have no team: no team field, no `owns` entry, no board, assignee or parent tells one.
Silent: as long as no team is configured at all.
Do: let a team own the project, component or label.
Clears: half of that share, or less.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from syncd.model.findings import Fact, Finding, Severity
from syncd.model.items import Issue
from syncd.reconciler.facts import reckoning, subjects, wording
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.unmapped-team]`."""

    share: float = 0.10
    """Of the open items with a date."""


def check(view: View, params: Params) -> Results:
    """A finding for each source of which too much is nobody's."""
    dated: dict[str, list[Issue]] = defaultdict(list)
    for issue in view.snapshot.issues if view.config.teams else ():
        is_open = not issue.phase.is_closed and issue.key not in view.snapshot.invisible
        if is_open and view.target(issue.key) is not None:
            dated[issue.key.source].append(issue)
    for source, issues in sorted(dated.items()):
        bare = [issue for issue in issues if view.team_of(issue.key).team is None]
        if bare and len(bare) > params.share / 2 * len(issues):
            holds = len(bare) <= params.share * len(issues)
            yield _finding(view, source, bare, len(issues), holds=holds)
        else:
            told = len(bare), len(issues)
            view.silent(f"source:{source}", "{} of {} dated items belong to no team", *told)


def _finding(view: View, source: str, bare: Sequence[Issue], total: int, *, holds: bool) -> Finding:
    counts = Counter(issue.scope for issue in bare)
    places = sorted(counts, key=lambda scope: (-counts[scope], scope))
    example = {scope: next(issue for issue in bare if issue.scope == scope) for scope in places}
    share = wording.percent(len(bare) / total)
    draft = subjects.draft_of_source(source, f"Teams of {source}", RULE.id, RULE.severity)
    return replace(
        draft,
        summary=(
            f"{len(bare)} of {total} open items of {source} that have a date ({share}) belong to "
            f"no team: {wording.listing(places)}."
        ),
        plain=f"{share} of the dated work of {source} belongs to no team.",
        act=f'Let a team own it: owns = ["{source}:{places[0]}"] in its section [teams.NAME].',
        clears="Half of that share or less is left.",
        facts=tuple(
            Fact(
                text=f"{scope}: {wording.plural(counts[scope], 'item')}, such as "
                f"{example[scope].ref}",
                source=source,
                seen_at=example[scope].updated_at,
                url=example[scope].url,
            )
            for scope in places[:5]
        ),
        scopes=subjects.scopes(view, [issue.key for issue in bare]),
        holds=holds,
        reckoning=reckoning.of(f"{len(bare)} of {total} items", share=len(bare) / total),
    )


RULE = Rule(id="unmapped-team", severity=Severity.LOW, params=Params, check=check)
