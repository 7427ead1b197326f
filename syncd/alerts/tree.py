"""The routing tree: the first route that fits decides, unless it says to go on (`[routes]`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from syncd.alerts.escalation import STEPS
from syncd.alerts.recipients import USUAL, Recipient, parse, people_of
from syncd.alerts.routes import Reached, Routes, is_personal, is_service
from syncd.model.alerts import Reason, Transition
from syncd.model.findings import Finding, Severity
from syncd.model.people import Person
from syncd.model.routes import Pace, Route

WAYS_OUT = (USUAL,)
"""Whom a route tells that names nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one route says of one person."""

    route: Route
    """With what it takes over from the routes around it."""
    tells: bool


class Tree:
    """Walked anew for each finding and reader. Without a route everybody is reached as usual."""

    def __init__(self, routes: Sequence[Route], usual: Routes) -> None:
        """Raises ValueError for a recipient that cannot be read."""
        self._usual = usual
        self._below: dict[str, list[Route]] = defaultdict(list)
        for route in routes:
            self._below[route.within].append(route)
        words = {word for route in routes for word in route.to or ()} | set(WAYS_OUT)
        self._recipients = {word: parse(word) for word in words}
        self._is_empty = not routes

    def reached(self, transition: Transition) -> dict[str, Reached]:
        """Person id → why they hear of it, when, and by which line."""
        usual = self._usual.reached(transition)
        finding = transition.alert.finding
        if self._is_empty or is_service(finding):
            return usual
        found = {}
        for who in sorted(self._candidates(finding, usual)):
            one = self._of(self._usual.people[who], finding, usual)
            if one is not None:
                found[who] = one
        if transition.reason not in STEPS:
            return found
        knew = self._before_step(transition)
        return {who: one for who, one in found.items() if who in usual or who not in knew}

    def _before_step(self, transition: Transition) -> Collection[str]:
        """Who heard of it already, when it was less grave: to them a step up is no news."""
        alert = transition.alert
        step = transition.reason is Reason.NEARING
        milder = replace(alert.finding, severity=Severity(alert.finding.severity - step))
        before = replace(alert, finding=milder, raised=0, escalated=False)
        return self.reached(replace(transition, reason=Reason.CHANGED, alert=before))

    def steps(self, person: Person, transition: Transition) -> list[Step]:
        """What each route that fits says of this person, in the order of the walk."""
        finding, usual = transition.alert.finding, self._usual.reached(transition)
        if is_service(finding):
            return []
        return [
            Step(route=route, tells=self._tells(route, person.id, finding, usual))
            for route in self._walk("", Route(id=""), finding, person)
        ]

    def _of(self, person: Person, finding: Finding, usual: dict[str, Reached]) -> Reached | None:
        walked = list(self._walk("", Route(id=""), finding, person))
        if not walked:
            return usual.get(person.id)
        for route in walked:
            if self._tells(route, person.id, finding, usual):
                known = usual.get(person.id)
                why = known.why if known else f"because the route {route.id} names you"
                return Reached(why=why, path=("routes", route.id), pace=route.when or Pace.USUAL)
        return None

    def _tells(self, route: Route, who: str, finding: Finding, usual: dict[str, Reached]) -> bool:
        if route.when is Pace.DROP or (is_personal(finding) and who not in usual):
            return False
        return who in self._meant(route, finding, usual)

    def _meant(self, route: Route, finding: Finding, usual: dict[str, Reached]) -> set[str]:
        recipients = (self._recipients[word] for word in route.to or WAYS_OUT)
        return {who for one in recipients for who in self._people(one, finding, usual)}

    def _people(self, one: Recipient, finding: Finding, usual: dict[str, Reached]) -> Iterable[str]:
        if one == Recipient(USUAL):
            return usual
        return people_of(one, finding, self._usual)

    def _candidates(self, finding: Finding, usual: dict[str, Reached]) -> set[str]:
        """Whoever may be reached at all."""
        routes = (route for below in self._below.values() for route in below)
        return {who for route in routes for who in self._meant(route, finding, usual)} | set(usual)

    def _walk(self, level: str, around: Route, finding: Finding, person: Person) -> Iterator[Route]:
        for route in self._below.get(level, ()):
            if not self._fits(route, finding, person):
                continue
            here = replace(
                route,
                to=around.to if route.to is None else route.to,
                when=around.when if route.when is None else route.when,
            )
            deeper = list(self._walk(route.id, here, finding, person))
            yield from deeper or [here]
            if not route.goes_on:
                return

    def _fits(self, route: Route, finding: Finding, person: Person) -> bool:
        programs = {program.id for program in self._usual.programs_of(finding)}
        owners = {owner.id for owner in self._usual.owners(finding)}
        return (
            _meets(route.programs, programs)
            and _meets(route.teams, finding.teams)
            and _meets(route.rules, (finding.rule,))
            and _meets(route.tiers, (finding.tier,))
            and _meets(route.owners, owners)
            and _meets(route.roles, (person.role,))
            and (route.severity is None or finding.severity >= route.severity)
        )


def _meets(wanted: Sequence[object], found: Iterable[object]) -> bool:
    """No condition, or one of what is wanted."""
    return not wanted or not set(wanted).isdisjoint(found)


def circle(within: Mapping[str, str]) -> tuple[str, ...]:
    """Routes that are within each other, the first one repeated; () where there are none.

    `within` gives for each route the one that it refines, "" for none.
    """
    for start in within:
        path = [start]
        while (outer := within.get(path[-1], "")) and outer not in path:
            path.append(outer)
        if outer == start:
            return (*path, start)
    return ()
