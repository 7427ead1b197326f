"""Who would hear of an alert if it were news now, by which line and when; who not, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from syncd.alerts.audiences import Audiences, Sight
from syncd.alerts.grouping import Recall
from syncd.alerts.muting import Limits
from syncd.alerts.routes import Reached, Routes, is_for_leaders
from syncd.alerts.routing import Outbox, plan
from syncd.alerts.stopping import ALWAYS, UNASKED, Stops, mails
from syncd.alerts.tree import Tree
from syncd.model.alerts import Hold, Notification, Transition
from syncd.model.calendar import WorkingCalendar
from syncd.model.people import MailMode, Person, Role
from syncd.model.routes import Pace, Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What becomes of one alert for one person."""

    person: Person
    path: tuple[str, ...] = ()
    """The key in the configuration that reaches them, or keeps it from them; () = none does."""
    why: str
    """Why they are told, or why they are not."""
    is_told: bool = False
    is_kept_from: bool = False
    """Whether something keeps it from them; False too where nothing reaches them at all."""
    at: datetime | None = None
    """When, where that is not now."""
    hold: Hold = Hold.NONE
    sight: Sight = Sight.FULL


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What decides besides the alert: one configuration, and what was sent."""

    routes: Routes
    tree: tuple[Route, ...]
    audiences: Audiences
    limits: Limits
    calendars: Mapping[str, WorkingCalendar]
    outbox: Outbox
    recall: Recall
    stops: Stops
    refusals: Mapping[str, str]
    """Person id → why no notifier reaches them; "" where one does."""
    as_of: datetime

    def explain(self, transition: Transition) -> tuple[Told, ...]:
        """A line for each person of the configuration, those who are told first, then by id."""
        tree = Tree(self.tree, self.routes)
        reached = tree.reached(transition)
        mails = {mail.person: mail for mail in self._planned(transition)}
        found = [
            self._told(person, reached[person.id], transition, mails.get(person.id))
            if person.id in reached
            else self._not_told(person, transition, tree)
            for person in self.routes.people.values()
        ]
        return tuple(sorted(found, key=lambda one: (not one.is_told, one.person.id)))

    def _planned(self, transition: Transition) -> tuple[Notification, ...]:
        # What told of it already was no other mail of the day, if it is news only now.
        own = {transition.alert.fingerprint}
        had = [one for one in self.outbox.messages if {about for about, _ in one.alerts} != own]
        return plan(
            (transition,),
            tuple(self.routes.people.values()),
            tuple(self.routes.programs.values()),
            tuple(self.routes.teams.values()),
            told={transition.alert.fingerprint: self.routes.people.keys()},
            as_of=self.as_of,
            recall=self.recall,
            limits=self.limits,
            calendars=self.calendars,
            tree=self.tree,
            audiences=self.audiences,
            outbox=replace(self.outbox, messages=had),
        )

    def _told(
        self, person: Person, one: Reached, transition: Transition, mail: Notification | None
    ) -> Told:
        if mail is None:
            return Told(
                person=person, path=("people", person.id, "drift"), why=_silent(person),
                is_kept_from=True,
            )  # fmt: skip
        if refused := self.refusals.get(person.id):
            return Told(
                person=person, path=("people", person.id, "email"), why=refused, is_kept_from=True,
            )  # fmt: skip
        if stopped := self._stopped(person, transition, mail):
            return Told(person=person, why=stopped, is_kept_from=True)
        sight = self.audiences.sight(person, transition.alert.finding)
        return Told(
            person=person, path=one.path, why=one.why, is_told=True,
            at=mail.send_after, hold=mail.hold, sight=sight,
        )  # fmt: skip

    def _stopped(self, person: Person, transition: Transition, mail: Notification) -> str:
        """What they asked not to be sent any more; "" where it is nothing."""
        if mail.kind in ALWAYS:
            return ""
        if person.id in self.stops.of(transition.alert):
            return f"{UNASKED}; again: syncd alerts reopen {transition.alert.id}"
        is_off = self.stops.has(person.id, mail.kind.value)
        return f"asked for no more {mails(mail.kind.value)}" if is_off else ""

    def _not_told(self, person: Person, transition: Transition, tree: Tree) -> Told:
        reasons = [*self._reasons(person, transition, tree), ("", ())]
        why, path = reasons[0]
        return Told(
            person=person, path=path, why=why or "no line of the configuration reaches them",
            is_kept_from=bool(why),
        )  # fmt: skip

    def _reasons(
        self, person: Person, transition: Transition, tree: Tree
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        for step in tree.steps(person, transition):
            drops = step.route.when is Pace.DROP
            words = "drops it" if drops else "tells others"
            yield f"the route {step.route.id} {words}", ("routes", step.route.id)
        if person.role is Role.EXEC and not is_for_leaders(transition.alert.finding):
            path = ("people", person.id, "role")
            yield "leaders hear of tier A from high on only", path


def _silent(person: Person) -> str:
    is_brief = person.mode is MailMode.BRIEF_ONLY
    return (
        "drift = brief-only: no mail about single alerts" if is_brief else "it is no news to them"
    )
