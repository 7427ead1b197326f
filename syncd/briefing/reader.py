"""One reader: what they follow, what they may be shown, in which words and whose days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from syncd.alerts.neutral import neutral, own_pushes
from syncd.alerts.routes import is_personal, is_service
from syncd.briefing.material import Material
from syncd.model.alerts import Alert, Reason, Transition
from syncd.model.calendar import WorkingCalendar, local_time
from syncd.model.findings import Finding
from syncd.model.items import Issue, ItemKey
from syncd.model.people import Person, Role
from syncd.pictures.days import asked
from syncd.reconciler.facts import subjects
from syncd.reconciler.view import Deliverable
from syncd.text import clean_text

LONGEST = 220
"""Characters of one sentence; the whole is behind the number of its alert."""


@dataclass(frozen=True, kw_only=True)
class Reader:
    """A person with the material that a brief or pack for them is made of."""

    person: Person
    material: Material
    """As they may see it: `of` sees to that."""

    @classmethod
    def of(cls, person: Person, material: Material) -> Reader:
        """A reader of what of the material they may see."""
        return cls(person=person, material=material.seen_by(person))

    @property
    def for_leader(self) -> bool:
        """No keys, no commands, no names of people."""
        return self.person.role is Role.EXEC

    @property
    def zone(self) -> str:
        """IANA zone."""
        return self.person.timezone

    @cached_property
    def today(self) -> date:
        """Of the reader."""
        return self.day_of(self.material.as_of)

    @cached_property
    def calendar(self) -> WorkingCalendar:
        """Working days of the reader's team in their own zone."""
        return self.material.view.config.calendar_of(self.person)

    def local(self, at: datetime) -> datetime:
        """An instant on the reader's clock."""
        return local_time(at, self.zone)

    def day_of(self, at: datetime) -> date:
        """The reader's day of an instant."""
        return self.local(at).date()

    @cached_property
    def programs(self) -> tuple[str, ...]:
        """Ids of the programs that they run or follow."""
        return tuple(
            program.id
            for program in self.material.view.config.programs
            if program.id in self.person.programs
            or any(self.person.id in who for _, who in program.stakeholders)
        )

    @cached_property
    def teams(self) -> tuple[str, ...]:
        """Ids of their own team, those that they lead, and those of their programs."""
        config, person = self.material.view.config, self.person
        own = [person.team] if person.team else []
        own += [team.id for team in config.teams if team.lead == person.id]
        for program in config.programs:
            own += program.teams if program.id in self.programs else ()
        known = {team.id for team in config.teams}
        return tuple(dict.fromkeys(team for team in own if team in known))

    def hears(self, finding: Finding) -> bool:
        """Whether they are among those who are told of it."""
        whole = self.material.whole.get(finding.fingerprint, finding)
        told = Transition(
            alert=Alert.of(whole, self.material.as_of), before=None, reason=Reason.OPENED,
            at=self.material.as_of, told=True,
        )  # fmt: skip
        return bool(self.material.routes.why(self.person, told))

    def follows(self, finding: Finding) -> bool:
        """Whether it belongs into their brief: they hear of it, or it is their team's."""
        if is_service(finding):
            return False
        if self.hears(finding):
            return True
        is_theirs = bool(set(finding.teams) & set(self.teams))
        return is_theirs and not is_personal(finding) and not self.for_leader

    def is_of(self, finding: Finding, team: str) -> bool:
        """Whether the team holds it, or it pushes a date of the team that they may see."""
        whole = self.material.whole.get(finding.fingerprint)
        pushes = finding.pushes
        if whole is not None and not whole.restricted:
            pushes = own_pushes(whole, self.person, self.material.audiences)
        return team in finding.teams[:1] or any(push.team == team for push in pushes)

    def shown(self, finding: Finding) -> Finding:
        """The same, or the neutral form of what not everybody may see."""
        if not self._is_unnamed(finding):
            return finding
        return neutral(Alert.of(finding, self.material.as_of)).finding

    def _is_unnamed(self, finding: Finding) -> bool:
        """Whether it must not be named at all: not where it says already what they may see."""
        whole = self.material.whole.get(finding.fingerprint, finding)
        return finding.restricted and whole.restricted

    def owns_item(self, key: ItemKey) -> bool:
        """Whether they hold it."""
        return self.person.holds(self.material.view.owner(key))

    def has(self, deliverable: Deliverable) -> bool:
        """Whether it is of their teams or programs, or theirs."""
        if self.for_leader and deliverable.tier != "A":
            return False
        programs, teams = set(deliverable.programs), set(deliverable.teams)
        return bool(
            programs & set(self.programs)
            or teams & set(self.teams)
            or self.person.holds(deliverable.owner)
        )

    def has_item(self, key: ItemKey) -> bool:
        """Whether it is theirs, their team's, or one with a deliverable that they have.

        Who runs a program has all that its deliverables are made of.
        """
        if self.owns_item(key):
            return True
        runs = self.person.role in (Role.TPM, Role.EXEC)
        teams = self.teams if not self.for_leader else ()
        return self.material.view.team_of(key).team in teams or any(
            self.has(one) and (runs or key in (*one.bound, *one.events, *one.gates))
            for one in self.material.view.deliverables_of(key)
        )

    def name_of(self, deliverable: Deliverable) -> str:
        """What it is called, unless its name is that of something restricted."""
        bound = (self.material.view.issue(key) for key in deliverable.bound)
        hidden = any(isinstance(one, Issue) and one.restricted for one in bound)
        is_named = deliverable.declared or not hidden
        return clean_text(deliverable.name, 80) if is_named else "a restricted deliverable"

    def sentence(self, finding: Finding) -> str:
        """What a finding says, in the words for the reader's role."""
        said = self.shown(finding)
        text = said.plain or said.title if self.for_leader else said.summary
        return clean_text(text or said.title or said.ref, LONGEST)

    def called(self, finding: Finding) -> str:
        """`Ledger API v2 (LED-88)`, for leaders the title alone."""
        shown = self.shown(finding)
        title, ref = clean_text(shown.title or shown.ref, 100), self.ref(finding)
        return title if ref in title else f"{title} ({ref})"

    def act(self, finding: Finding) -> str:
        """What would help; to the one who is to do it without their own name in front."""
        if self.for_leader:
            return ""
        act = clean_text(self.shown(finding).act, LONGEST)
        rest = act.removeprefix(f"{clean_text(self.person.name, 120)}: ")
        return rest[:1].upper() + rest[1:]

    def asked(self, finding: Finding) -> str:
        """The same with the day until which it is asked for."""
        return asked(self.act(finding), finding.by, self.today)

    def owner(self, finding: Finding) -> str:
        """Name of who holds it; "" for leaders, and of what is restricted."""
        if self.for_leader or finding.restricted:
            return ""
        return clean_text(subjects.who(self.material.view, finding.owner), 60)

    def number(self, alert: Alert) -> str:
        """Display number; "" for leaders, and of what is not recorded yet."""
        hidden = self.for_leader or alert.number in self.material.unnumbered
        return "" if hidden else alert.id

    def ref(self, finding: Finding) -> str:
        """What a line may name as its subject; "" for leaders, and of what is restricted."""
        hidden = self.for_leader or self._is_unnamed(finding)
        return "" if hidden else clean_text(finding.ref, 80)

    def url(self, finding: Finding) -> str:
        """Where its subject is to be seen, under the same condition."""
        return finding.url if self.ref(finding) else ""
