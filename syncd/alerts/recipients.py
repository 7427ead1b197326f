"""The words by which a route names people: `dana`, `owner`, `lead of team`, `tpm of checkout`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from syncd.alerts.routes import Routes
from syncd.model.findings import Finding
from syncd.model.people import Role

USUAL = "usual"
OWNER = "owner"
OPERATORS = "operators"
TEAM, TEAMS, PROGRAM = "team", "teams", "program"
SINGLE = (USUAL, OWNER, OPERATORS)
FORMS = (
    "the id of a person, usual, owner, operators, lead of team, lead of teams, tpm of program, "
    "or lead of TEAM, tpm of PROGRAM with a name"
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """One word of `to`, taken apart."""

    name: str
    """A word of `SINGLE`, the id of a person, or what the role is of."""
    role: Role | None = None


def parse(text: str) -> Recipient:
    """Take a word apart. Raises ValueError, with the forms that there are."""
    left, of, right = text.strip().partition(" of ")
    if not of:
        return Recipient(left)
    if left not in {str(role) for role in Role} or not right.strip():
        raise ValueError(f'"{text}" names nobody; write {FORMS}')
    return Recipient(right.strip(), Role(left))


def is_known(
    one: Recipient, people: Collection[str], teams: Collection[str], programs: Collection[str]
) -> bool:
    """Whether the configuration has what the recipient names."""
    if one.role is None:
        return one.name in SINGLE or one.name in people
    if one.role is Role.LEAD and (one.name in (TEAM, TEAMS) or one.name in teams):
        return True
    return one.name == PROGRAM or one.name in programs


def people_of(one: Recipient, finding: Finding, routes: Routes) -> set[str]:
    """Ids of those who are meant where it is about `finding`; `usual` is left to the caller."""
    if one.role is not None:
        return _of_role(one.name, one.role, finding, routes)
    if one.name == OWNER:
        return {person.id for person in routes.owners(finding)}
    if one.name == OPERATORS:
        return {person.id for person in routes.operators()}
    return {one.name} & routes.people.keys()


def _of_role(name: str, role: Role, finding: Finding, routes: Routes) -> set[str]:
    if role is Role.LEAD and (name in (TEAM, TEAMS) or name in routes.teams):
        teams = finding.teams[:1] if name == TEAM else finding.teams if name == TEAMS else (name,)
        return {person.id for team in teams for person in routes.leads(team)}
    of_finding = [program.id for program in routes.programs_of(finding)]
    programs = of_finding if name == PROGRAM else [name]
    return {
        person.id
        for program in programs
        for person in routes.followers(program)
        if person.role is role or person.id in _named_as(role, program, routes)
    }


def _named_as(role: Role, program: str, routes: Routes) -> set[str]:
    """Whom the program itself calls so."""
    known = routes.programs.get(program)
    return {
        one for named, who in (known.stakeholders if known else ()) if named is role for one in who
    }
