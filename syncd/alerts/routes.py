"""Whom a finding concerns without any route: owner, leads, those who run or follow a program."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from syncd.alerts.escalation import STEPS
from syncd.alerts.news import STALE_RULE
from syncd.model.alerts import Reason, Transition
from syncd.model.calendar import local_time
from syncd.model.findings import Finding, Severity
from syncd.model.people import Person, Program, Role, Team
from syncd.model.routes import Pace
from syncd.pictures.days import day

NEAR = "because its date is near and it is still open"
"""Why those above an owner hear of an alert that goes up for its date (`escalation.NEAR_DAYS`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Why a person hears of something, and which line of the configuration says so."""

    why: str
    path: tuple[str, ...]
    """Of the key in the configuration, such as `("people", "dana", "programs")`."""
    pace: Pace = Pace.USUAL


class Routes:
    """Who belongs to what, looked up once for all transitions of a pass."""

    def __init__(
        self, people: Sequence[Person], programs: Sequence[Program], teams: Sequence[Team]
    ) -> None:
        self.people = {person.id: person for person in people}
        self.programs = {program.id: program for program in programs}
        self.teams = {team.id: team for team in teams}
        self._owners: dict[str, list[tuple[Person, tuple[str, ...]]]] = defaultdict(list)
        self._leads: dict[str, list[tuple[Person, tuple[str, ...]]]] = defaultdict(list)
        self._followers: dict[str, list[tuple[Person, tuple[str, ...]]]] = defaultdict(list)
        self._operators = [person for person in people if person.operator]
        for person in people:
            self._enter(person)

    def _enter(self, person: Person) -> None:
        table = ("people", person.id)
        self._owners[f"person:{person.id}"].append((person, table))
        for source, account in person.accounts:
            path = (*table, "accounts", source)
            self._owners[f"{source}:{account}"].append((person, path))
        for team in self.teams.values():
            if team.lead == person.id:
                self._leads[team.id].append((person, ("teams", team.id, "lead")))
            elif person.role is Role.LEAD and person.team == team.id:
                self._leads[team.id].append((person, (*table, "team")))
        for program in self.programs.values():
            named = next((role for role, who in program.stakeholders if person.id in who), None)
            if program.id in person.programs:
                self._followers[program.id].append((person, (*table, "programs")))
            elif named:
                path = ("programs", program.id, "stakeholders", str(named))
                self._followers[program.id].append((person, path))

    def why(self, person: Person, transition: Transition) -> str:
        """Why `person` hears of it; "" if they are not among the audience any more."""
        return self.audience(transition).get(person.id, "")

    def audience(self, transition: Transition) -> dict[str, str]:
        """Person id → why they hear of it, the most personal reason."""
        return {who: one.why for who, one in self.reached(transition).items()}

    def reached(self, transition: Transition) -> dict[str, Reached]:
        """Person id → why they hear of it, and by which line."""
        alert = transition.alert
        finding = alert.finding
        if is_service(finding):
            return {
                person.id: Reached(
                    why="because you operate syncd", path=("people", person.id, "operator")
                )
                for person in self._operators
            }
        above = self._above(transition)
        if transition.reason in STEPS:
            return above[-1] if above else {}
        found = {who: one for rung in above for who, one in rung.items()}
        usual: dict[str, Reached] = {}
        for person, one in self._concerned(finding):
            if person.role is not Role.EXEC or _is_for_leaders_now(transition):
                usual.setdefault(person.id, one)
        return found | usual

    def owners(self, finding: Finding) -> list[Person]:
        """The people who hold its subject."""
        return [person for person, _ in self._owners.get(finding.owner or "", ())]

    def leads(self, team: str) -> list[Person]:
        """Who leads a team."""
        return [person for person, _ in self._leads.get(team, ())]

    def distance(self, person: Person, finding: Finding) -> int:
        """0 where they hold its subject, 1 where they lead a team that it concerns, else 2."""
        leads = any(person in self.leads(team) for team in finding.teams)
        return 0 if person in self.owners(finding) else 2 - leads

    def followers(self, program: str) -> list[Person]:
        """Who runs or follows a program."""
        return [person for person, _ in self._followers.get(program, ())]

    def operators(self) -> list[Person]:
        """Who hears of syncd's own troubles."""
        return list(self._operators)

    def _above(self, transition: Transition) -> list[dict[str, Reached]]:
        """Whom its steps up have reached: first who leads the owner, then who runs the program.

        Where the owner leads, or nobody does, the first step goes to the latter.
        """
        alert, finding = transition.alert, transition.alert.finding
        owners = self.owners(finding)
        holders = {person.id for person in owners}
        teams = [person.team for person in owners if person.team] or list(finding.teams[:1])
        programs = [] if is_personal(finding) else self.programs_of(finding)
        leads = [one for team in teams for one in self._leads.get(team, ())]
        runners = [
            (person, path)
            for program in programs
            for person, path in self._followers.get(program.id, ())
            if person.role is Role.TPM
        ]
        rungs = [
            {
                p.id: Reached(why=_why(transition, p), path=path)
                for p, path in rung
                if p.id not in holders
            }
            for rung in (leads, runners)
        ]
        return [rung for rung in rungs if rung][: alert.steps]

    def _concerned(self, finding: Finding) -> Iterator[tuple[Person, Reached]]:
        what = "this item" if finding.restricted else finding.ref
        owner, personal = finding.owner or "", is_personal(finding)
        for person, path in self._owners.get(owner, ()):
            why = "because it is about your work" if personal else f"because you own {what}"
            yield person, Reached(why=why, path=path)
        like = "the same as " if finding.rule == "dep-inversion" else ""
        for person, path in (one for held in finding.holders for one in self._owners.get(held, ())):
            yield person, Reached(why=f"because you own what waits for {like}{what}", path=path)
        own_team = owner.removeprefix("team:") if owner.startswith("team:") else ""
        for team in dict.fromkeys([own_team, *finding.teams]):
            for person, path in self._leads.get(team, ()):
                why = f"because it concerns your team {self.teams[team].name}"
                yield person, Reached(why=why, path=path)
        for program in () if personal else self.programs_of(finding):
            for person, path in self._followers.get(program.id, ()):
                if person.role is Role.TPM:
                    why = f"because you run {program.name}"
                    yield person, Reached(why=why, path=path)
                elif person.role in (Role.EXEC, Role.LEAD) or program.names(person):
                    why = f"because you follow {program.name}"
                    yield person, Reached(why=why, path=path)

    def programs_of(self, finding: Finding) -> list[Program]:
        """Programs that a finding belongs to; those of its teams where it names none."""
        named = [self.programs[name] for name in finding.programs if name in self.programs]
        if named or finding.programs:
            return named
        return [p for p in self.programs.values() if set(p.teams) & set(finding.teams)]

    def program_name(self, transitions: Iterable[Transition], person: Person) -> str:
        """The one program of the reader's own that all of it belongs to, or ""."""
        names = set()
        for transition in transitions:
            programs = self.programs_of(transition.alert.finding)
            own = (one.name for one in programs if self._takes_part(person, one))
            names.add(next(own, ""))
        return names.pop() if len(names) == 1 else ""

    def _takes_part(self, person: Person, program: Program) -> bool:
        leads = any(person in self.leads(team) for team in program.teams)
        return leads or person in self.followers(program.id) or person.team in program.teams


def _why(transition: Transition, person: Person) -> str:
    """A day, not how long ago that is: the mail may wait, and later news says it again."""
    alert = transition.alert
    if not alert.escalated or transition.reason is Reason.NEARING:
        return NEAR
    on = local_time(alert.stepped_at or alert.changed_at, person.timezone).date()
    return f"because nobody had answered by {day(on, on)}"


def is_service(finding: Finding) -> bool:
    """Whether it is about syncd's own view of the world: for operators only."""
    return finding.rule == STALE_RULE or finding.subject.startswith("source:")


def is_personal(finding: Finding) -> bool:
    """Whether it is about a person: for them and the lead of their team only."""
    return finding.subject.startswith("person:")


def _is_for_leaders_now(transition: Transition) -> bool:
    """That it goes on as it did is in their weekly: nobody reminds a leader."""
    return transition.reason is not Reason.REMINDED and is_for_leaders(transition.alert.finding)


def is_for_leaders(finding: Finding) -> bool:
    """Whether leaders hear of it: promised outside, and grave."""
    return finding.tier == "A" and finding.severity >= Severity.HIGH
