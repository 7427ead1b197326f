"""The clock of this machine and that of a source differ. Told to operators, never to teams.

Why: days end too early or too late, and sign-ins that carry the time are refused.
When: an answer of the source was dated more than `most` before or after it came.
Silent: sources that tell no time, and those that are configured no more.
Do: set the clock of this machine, or that of the server.
Clears: they agree again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from syncd.model.findings import Fact, Finding, Severity
from syncd.reconciler.facts import reckoning, subjects, wording
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.clock-skew]`."""

    most: timedelta = timedelta(minutes=5)
    """Difference that does no harm."""


def check(view: View, params: Params) -> Results:
    """A finding for each source whose clock is too far from ours."""
    sources = {one.scope.source for one in view.snapshot.freshness}
    for source, seconds in sorted(view.snapshot.skews.items()):
        if source in sources and abs(seconds) > params.most.total_seconds():
            yield _finding(source, seconds)
        else:
            view.silent(f"source:{source}", "its clock is {} s ahead of ours", seconds)


def _finding(source: str, seconds: int) -> Finding:
    minutes = wording.plural(round(abs(seconds) / 60), "minute")
    way = "ahead of" if seconds > 0 else "behind"
    draft = subjects.draft_of_source(source, f"Clock of {source}", RULE.id, RULE.severity)
    return replace(
        draft,
        summary=f"The clock of {source} is {minutes} {way} that of this machine.",
        plain=f"The clocks of {source} and of syncd are {minutes} apart.",
        act=f"Set the clock of this machine (timedatectl), or that of {source}'s server.",
        clears="Both clocks agree again.",
        facts=(Fact(text=f"Its newest answer was {minutes} {way} ours", source=source),),
        reckoning=reckoning.of(f"{seconds} s ahead of ours", most=f"{abs(seconds)} s"),
    )


RULE = Rule(id="clock-skew", severity=Severity.MEDIUM, params=Params, check=check)
