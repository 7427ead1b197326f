"""Who may see what (`reliability.md` §7): asked before anybody is told of an item."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from enum import Enum
from functools import partial

from syncd.model.findings import Finding
from syncd.model.people import Person, Program, Role, Team
from syncd.model.routes import ANY_SCOPE, Audience
from syncd.model.snapshot import Scope

EVERYONE = "everyone"
OPERATORS = "operators"
ROLES = {str(role): role for role in Role} | {f"{role}s": role for role in Role}
"""`lead` and `leads` both mean everybody of that role."""
WORDS = (*ROLES, EVERYONE, OPERATORS)
"""What may stand in an audience besides the ids of teams and people."""


class Sight(Enum):
    """How much of a finding a person may be told."""

    FULL = "full"
    OWN = "own"
    """Its subject, but not all that it names."""
    NOTHING = "nothing"
    """Not even its subject."""


class Audiences:
    """Answers for one configuration who may see what. Empty, everybody may see everything.

    A scope with an audience is seen by that and nobody else. One without is seen by the teams that
    own something in it, by those who share a program with such a team, by those who follow such a
    program, and by operators; one that no team owns, by all who take part in any program. Where no
    program is configured, all teams work together.
    """

    def __init__(
        self,
        people: Sequence[Person] = (),
        teams: Sequence[Team] = (),
        programs: Sequence[Program] = (),
        declared: Iterable[Audience] = (),
    ) -> None:
        self._people = {person.id: person for person in people}
        self._teams, self._programs = tuple(teams), tuple(programs)
        self._declared = {(one.source, one.scope): one.members for one in declared}
        self._seen_by: dict[Scope, frozenset[str]] = {}

    def sees(self, person: str, scope: Scope) -> bool:
        """Whether the person with this id may see what is kept there."""
        if not self._people:
            return True
        if scope not in self._seen_by:
            self._seen_by[scope] = frozenset(self._viewers(scope))
        return person in self._seen_by[scope]

    def sight(self, person: Person, finding: Finding) -> Sight:
        """How much of the finding they may be told; whoever holds an item may see that."""
        if finding.restricted:
            return Sight.NOTHING
        if finding.subject.startswith("source:"):
            return Sight.FULL
        home = () if person.holds(finding.owner) else finding.home
        sees = partial(self.sees, person.id)
        if not all(map(sees, home)):
            return Sight.NOTHING
        # Without `named`, as an older version kept it, whatever it rests on may be named.
        others = set(finding.named or finding.scopes) - set(finding.home)
        return Sight.FULL if all(map(sees, others)) else Sight.OWN

    def hidden(self, person: Person, finding: Finding) -> tuple[Scope, ...]:
        """The scopes of what it names that they may not see, sorted."""
        every = {*finding.home, *(finding.named or finding.scopes)}
        return tuple(sorted(one for one in every if not self.sees(person.id, one)))

    def owners(self, scope: Scope) -> tuple[Team, ...]:
        """Teams that own something in it, in the order of the configuration."""
        return tuple(team for team in self._teams if any(_owns(scope, one) for one in team.owns))

    def whose(self, team: str, places: Iterable[Scope]) -> list[str]:
        """Name of the team with this id; where it is not known, of all that own in the places."""
        known = [one.name for one in self._teams if one.id == team]
        return known or [one.name for place in places for one in self.owners(place)]

    def covers(self, named: Scope, place: Scope) -> bool:
        """Whether all who see `place` may see what is kept in `named` too.

        Where nobody whom the configuration knows sees `place`, who reads there is not known.
        """
        if named == place or not self._people:
            return True
        readers = [who for who in self._people if self.sees(who, place)]
        return bool(readers) and all(self.sees(who, named) for who in readers)

    def may_be_named(self, finding: Finding, place: Scope) -> bool:
        """Whether all who read what is written at `place` may see all that the finding names."""
        named = finding.named or finding.scopes
        return not finding.restricted and all(self.covers(one, place) for one in named)

    def is_declared(self, scope: Scope) -> bool:
        """Whether the configuration says who sees it."""
        where = (scope.source, scope.name), (scope.source, ANY_SCOPE)
        return any(one in self._declared for one in where)

    def together(self, readers: Collection[str], *, declared: bool = False) -> Audiences:
        """Answers, whoever is asked about, what all of these people may see.

        `declared`: only what the configuration gives an audience can be hidden from them.
        """
        return _Together(self, readers, declared=declared)

    def _viewers(self, scope: Scope) -> Iterator[str]:
        declared = self._declared.get((scope.source, scope.name))
        if declared is None:
            declared = self._declared.get((scope.source, ANY_SCOPE))
        if declared is not None:
            return (who for word in declared for who in self._named(word))
        return self._connected({team.id for team in self.owners(scope)})

    def _named(self, word: str) -> Iterator[str]:
        for person in self._people.values():
            if (
                word == EVERYONE
                or (word == OPERATORS and person.operator)
                or (word in ROLES and person.role is ROLES[word])
                or word in (person.id, *self._teams_of(person))
            ):
                yield person.id

    def _teams_of(self, person: Person) -> Iterator[str]:
        for team in self._teams:
            if team.id == person.team or team.lead == person.id:
                yield team.id

    def _connected(self, owners: set[str]) -> Iterator[str]:
        shared = [one for one in self._programs if not owners or owners & set(one.teams)]
        teams = owners | {team for program in shared for team in program.teams}
        for person in self._people.values():
            follows = any(program.is_followed_by(person) for program in shared)
            if (
                not self._programs
                or person.operator
                or follows
                or teams & set(self._teams_of(person))
            ):
                yield person.id


class _Together(Audiences):
    """What several readers may all see."""

    def __init__(self, whole: Audiences, readers: Collection[str], *, declared: bool) -> None:
        self.__dict__ |= vars(whole)
        self._readers, self._only_declared = tuple(readers), declared

    def sees(self, person: str, scope: Scope) -> bool:  # noqa: ARG002 - it is asked of all of them
        """Whether every reader may see what is kept there."""
        if self._only_declared and not self.is_declared(scope):
            return True
        return all(super(_Together, self).sees(one, scope) for one in self._readers)


def _owns(scope: Scope, selector: str) -> bool:
    """Whether `selector` (`jira:PAY`, `jira:PAY/component=API`, `jira:label=x`) meets the scope."""
    source, _, rest = selector.partition(":")
    if source.casefold() != scope.source.casefold():
        return False
    where, _, _ = rest.partition("/component=")
    anywhere = where.casefold().startswith(("component=", "label="))
    return anywhere or where.casefold() == scope.name.casefold()
