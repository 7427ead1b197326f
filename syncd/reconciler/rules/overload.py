"""More of one person's work is due at once than a head of their team ever finishes.

Why: dates that each look fine cannot all be kept by the same two hands.
When: in ten working days from a Monday on that begin within `ahead_bd`, at least `least` open
items of a person are due, and `factor` times as many as their team finishes a head in such a time
(85 % of the last year's, less where the person is away on some of the days). Due means a date of
the item's own or the end of its sprint, not that of a release.
Silent: teams of fewer than three people. How much a team finishes must be known, else it cannot be
told. Told to the person and the lead of the team only.
Do: agree which of them move.
Clears: half-way back to what is usual in all such times. One alert of a person goes on while one
ends and another begins, and says so.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from syncd.model.findings import Fact, Finding, Reckoning, Severity, Standing, Unknown
from syncd.reconciler.facts import reckoning, subjects, wording
from syncd.reconciler.facts.loads import Limit, Load, apart, loads, usual
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import View

FEW_PEOPLE = 3
GRAVE = 2.0
"""Times of the usual from which on it is graver."""
SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.overload]`."""

    least: int = 4
    """Items due at once; fewer are never too many."""
    factor: float = 1.5
    """Times of what is usual a head in the team."""
    ahead_bd: int = 20
    """Windows that begin later, in working days, are not looked at."""


def check(view: View, params: Params) -> Results:
    """A finding for each person, whichever windows it is about."""
    people = Counter(person.team for person in view.config.people)
    heads: dict[str, float | None] = {}
    for windows in loads(view, params.ahead_bd):
        team = windows[0].person.team if windows else None
        if not team:
            continue
        few = (people[team] < FEW_PEOPLE, f"their team has fewer than {FEW_PEOPLE} people")
        if view.passes_over(f"person:{windows[0].person.id}", few):
            continue
        head = heads[team] if team in heads else heads.setdefault(team, usual(view, team))
        if head is None:
            yield from _unknown(view, windows, team, params)
            continue
        limits = [(load, _limit(head * load.present, params)) for load in windows]
        for load, limit in limits:
            told = load.first, len(load.due), limit.most
            reason = "from {} on {} items are due; {:.1f} are too many"
            view.silent(f"person:{load.person.id}", reason, *told)
        if found := apart(limits):
            yield _finding(view, found, head)


def _limit(usual: float, params: Params) -> Limit:
    return Limit(usual=usual, most=max(params.least, params.factor * usual))


def _unknown(view: View, windows: list[Load], team: str, params: Params) -> Iterator[Unknown]:
    if any(len(load.due) >= params.least for load in windows):
        name = subjects.team_name(view, team)
        yield Unknown(
            rule=RULE.id,
            subject=f"person:{windows[0].person.id}",
            reason=f"how much {name} finishes in ten working days is not known",
        )


def _finding(view: View, windows: list[tuple[Load, Limit]], head: float) -> Finding:
    (load, limit), today = windows[0], view.today
    person, keys = load.person, [issue.key for one, _ in windows for _, issue in one.due]
    team = subjects.team_name(view, person.team or "")
    first = subjects.draft_of_item(view, keys[0], RULE.id)
    due = wording.listing([_due(one, today) for one, _ in windows])
    lead = next((one.lead for one in view.config.teams if one.id == person.team), None)
    both = [person.name, subjects.who(view, f"person:{lead}") if lead else None]
    is_grave = any(len(one.due) >= GRAVE * usual.usual for one, usual in windows)
    return replace(
        first,
        subject=f"person:{person.id}",
        severity=Severity.MEDIUM if is_grave else Severity.LOW,
        standing=Standing.AT_RISK,
        ref=person.name,
        title=f"Work of {person.name}",
        summary=(
            f"{person.name} has {due}; {team} finishes at most {head:.1f} a head in "
            f"ten working days."
        ),
        plain=f"Somebody of {team} has {due}, more than can be expected.",
        act=f"{wording.listing(wording.unique(both))}: agree which of them move.",
        by=view.team_calendar(person.team).shift(today, 1),
        clears=f"Fewer than {wording.plural(math.ceil(limit.end), 'item')} are due in that time.",
        url="",
        owner=f"person:{person.id}",
        planned=load.due[0][0],
        facts=tuple(_facts(view, windows)),
        teams=(person.team,) if person.team else (),
        programs=(),
        deliverable="",
        tier="B",
        scopes=subjects.scopes(view, keys),
        material="\n".join(one.first.isoformat() for one, usual in windows if usual.fires(one)),
        restricted=any(subjects.is_restricted(view, key) for key in keys),
        holds=not limit.fires(load),
        reckoning=_reckoned(load, limit, head),
    )


def _due(load: Load, today: date) -> str:
    times = wording.days(load.first, load.last, today)
    return f"{wording.plural(len(load.due), 'item')} due {times}"


def _reckoned(load: Load, limit: Limit, head: float) -> Reckoning:
    return reckoning.of(
        f"{len(load.due)} items ≥ {limit.most:.1f}; {head:.1f} a head x {load.present:.2f} there = "
        f"{limit.usual:.1f} are usual",
        least=len(load.due),
        factor=len(load.due) / limit.usual if limit.usual else None,
    )


def _facts(view: View, windows: list[tuple[Load, Limit]]) -> Iterator[Fact]:
    due = [one for load, _ in windows for one in load.due]
    for day, issue in due[:SHOWN]:
        text = f"{subjects.called(issue)} is due {wording.day(day, view.today)}"
        yield Fact(text=text, source=issue.key.source, seen_at=issue.updated_at, url=issue.url)
    if len(due) > SHOWN:
        yield Fact(text=f"and {len(due) - SHOWN} more")
    for load, _ in windows:
        if load.present < 1:
            share = wording.percent(load.present) if load.present else "no part"
            when = (
                "that time"
                if len(windows) == 1
                else wording.days(load.first, load.last, view.today)
            )
            yield Fact(text=f"{load.person.name} is there for {share} of {when}")


RULE = Rule(id="overload", severity=Severity.LOW, params=Params, check=check)
