"""What is too old to alert one by one: a line for each team and month."""

from __future__ import annotations

from collections.abc import Sequence

from syncd.model.findings import Fact, Finding, Severity, Standing
from syncd.model.snapshot import Scope
from syncd.reconciler.facts import reckoning, subjects, wording
from syncd.reconciler.view import View

NO_TEAM = "-"


def monthly_line(
    view: View,
    team: str,
    *,
    rule: str,
    kind: str,
    what: str,
    act: str,
    clears: str,
    facts: Sequence[Fact],
    scopes: frozenset[Scope],
    standing: Standing = Standing.AT_RISK,
) -> Finding:
    """One finding of low severity about a team ("" = no team) that is news once a month.

    `what` is said of the team: `has 12 dates …`.
    """
    name = subjects.team_name(view, team) if team else "Work without a team"
    teams = (team,) if team else ()
    return Finding(
        rule=rule,
        subject=f"team:{team or NO_TEAM}",
        discriminator=kind,
        severity=Severity.LOW,
        standing=standing,
        ref=name,
        title=name,
        summary=f"{name} {what}: {wording.listing([fact.text for fact in facts])}.",
        plain=f"{name} {what}.",
        act=f"{name}: {act}" if team else wording.sentence(act),
        clears=clears,
        facts=tuple(facts),
        owner=f"team:{team}" if team else None,
        teams=teams,
        programs=view.programs(teams),
        scopes=scopes,
        reckoning=reckoning.of(f"{len(facts)} of {name} in {view.today:%B}"),
        material=f"{view.today:%Y-%m}",
    )
