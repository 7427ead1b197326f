"""What briefs are made of: one pass, its alerts as they now stand, and what people answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property

from syncd.alerts.answers import Answers
from syncd.alerts.audiences import Audiences
from syncd.alerts.escalation import as_known
from syncd.alerts.routes import Routes, is_service
from syncd.model.acts import Act
from syncd.model.alerts import Alert, AlertState, Transition
from syncd.model.briefs import Ages
from syncd.model.findings import Evaluation, Finding, Standing
from syncd.model.items import Issue, Item, ItemKey
from syncd.model.people import BoundMeeting, Person
from syncd.reconciler.forecast.presence import people_by_place
from syncd.reconciler.health import Health, health
from syncd.reconciler.view import Deliverable, View
from syncd.text import clean_text
from syncd.veiling.veil import veil_of

LISTED = (AlertState.FIRING, AlertState.FROZEN)
"""States of what is open: what only waits to be sure is nobody's yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A problem that is open, and its alert."""

    finding: Finding
    """As it is now, or as it was last seen where that cannot be told."""
    alert: Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A stated date that is another one than it was; positive `slip` = later, in working days."""

    item: Item
    before: date
    after: date
    slip: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Material:
    """Everything that one moment knows; looked up once for all readers."""

    view: View
    evaluation: Evaluation
    alerts: Sequence[Alert]
    """As they stand after this pass, resolved ones too."""
    history: Callable[..., Sequence[Transition]]
    """Fingerprints → all transitions of their alerts, this pass's too, those of each oldest first.
    """
    acts: Sequence[Act]
    """In the order in which they were kept."""
    ages: Ages = ()
    meetings: tuple[BoundMeeting, ...] = ()
    unnumbered: frozenset[int] = frozenset()
    """Numbers of alerts that nobody has recorded: they are not shown."""
    moves: dict[datetime, tuple[Move, ...]] = field(default_factory=dict)
    """Since → dates that moved, as far as somebody asked."""
    audiences: Audiences = field(default_factory=Audiences)
    whole: Mapping[str, Finding] = field(default_factory=dict)
    """Fingerprint → the finding as it is, of those that this reader is told of otherwise."""
    judged: Mapping[str, Health] | None = None
    """`health`, where it was made of more than this reader is told."""
    hidden: tuple[str, ...] = ()
    """Scopes of which this reader is told nothing, as `jira:PAY`."""
    _histories: dict[str, list[Transition]] = field(default_factory=dict)

    def seen_by(self, person: Person) -> Material:
        """The same with nothing in it that they may not see."""
        veil = veil_of(self.view, person, self.audiences)
        if veil is None:
            return self
        evaluation = veil.evaluation(self.evaluation)
        alerts = tuple(map(veil.alert, self.alerts))
        pairs = [
            *zip(
                (one.finding for one in self.alerts), (one.finding for one in alerts), strict=True
            ),
            *zip(self.evaluation.findings, evaluation.findings, strict=True),
        ]

        def history(*fingerprints: str) -> Sequence[Transition]:
            self.read(fingerprints)
            held = (one for name in fingerprints for one in self.transitions(name))
            return [replace(one, alert=veil.alert(one.alert)) for one in held]

        return replace(
            self,
            view=veil.view,
            evaluation=evaluation,
            alerts=alerts,
            history=history,
            acts=veil.acts(self.acts, self.alerts),
            moves={},
            whole={real.fingerprint: real for real, told in pairs if told is not real},
            judged=veil.judged(self.health, evaluation),
            hidden=veil.places,
            _histories={},
        )

    @property
    def as_of(self) -> datetime:
        """Aware UTC."""
        return self.view.snapshot.as_of

    @cached_property
    def routes(self) -> Routes:
        """Who hears of what."""
        config = self.view.config
        return Routes(config.people, config.programs, config.teams)

    @cached_property
    def places(self) -> Mapping[tuple[str, str], Person]:
        """(source, account) and ("", address) → whom the configuration knows."""
        return people_by_place(self.view.config.people)

    @cached_property
    def answers(self) -> Answers:
        """The last word on each alert."""
        return Answers(self.acts, self.as_of, self.view.config.calendar)

    @cached_property
    def health(self) -> Mapping[str, Health]:
        """Subject of each open deliverable → how it stands."""
        if self.judged is not None:
            return self.judged
        return {one.subject: one for one in health(self.view, self.evaluation)}

    @cached_property
    def deliverables(self) -> Mapping[str, Deliverable]:
        """By id."""
        return {one.id: one for one in self.view.deliverables}

    @cached_property
    def by_print(self) -> Mapping[str, Alert]:
        """The newest alert of each fingerprint."""
        return {one.fingerprint: one for one in sorted(self.alerts, key=lambda a: a.number)}

    @cached_property
    def open(self) -> tuple[Open, ...]:
        """What is open and speaks for itself, as `rank` says; nothing about syncd's own sources."""
        known = as_known(self.evaluation.findings, self.by_print, self.as_of)
        firing = {one.fingerprint: one for one in known}
        found = [
            Open(finding=firing.get(one.fingerprint, one.finding), alert=one)
            for one in self.by_print.values()
            if one.state in LISTED and not one.inhibited_by
        ]
        return tuple(sorted((one for one in found if not is_service(one.finding)), key=rank))

    def read(self, fingerprints: Iterable[str]) -> None:
        """The histories of these alerts at once, as far as they were not read before."""
        new = [one for one in fingerprints if one not in self._histories]
        self._histories.update((one, []) for one in new)
        for step in self.history(*new) if new else ():
            self._histories[step.alert.fingerprint].append(step)

    def transitions(self, fingerprint: str) -> Sequence[Transition]:
        """The history of one alert, read once."""
        self.read([fingerprint])
        return self._histories[fingerprint]

    def name(self, person: str) -> str:
        """What people call the author of an act."""
        known = self.routes.people.get(person)
        return clean_text(known.name if known else person, 60)


def rank(one: Open) -> tuple[object, ...]:
    """What opened under syncd's eyes before what was there before; worst first, always the same."""
    return one.alert.known, *one.finding.weight


_WORST = (Standing.LATE, Standing.AT_RISK, Standing.NO_DATA, Standing.ON_PLAN)


def worst(*standings: Standing) -> Standing:
    """Of several; ON_PLAN of none."""
    return min(standings, key=_WORST.index, default=Standing.ON_PLAN)


def served(view: View) -> Mapping[ItemKey, tuple[Issue, ...]]:
    """Pull request → the issues that it implements."""
    found: dict[ItemKey, list[Issue]] = defaultdict(list)
    for issue in view.snapshot.issues:
        for one in view.implementations(issue.key):
            found[one.pull_request].append(issue)
    return {key: tuple(issues) for key, issues in found.items()}
