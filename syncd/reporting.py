"""From a reading to reports, and to the weeklies that are due."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from syncd.alerts.audiences import Audiences
from syncd.alerts.routing import operator_notices
from syncd.interfaces import Store
from syncd.model.acts import Act
from syncd.model.alerts import Alert, Message, Notification, Transition
from syncd.model.briefs import Ages
from syncd.model.people import Person, Role
from syncd.passes import Reconciled
from syncd.reconciler.config import ReconcilerConfig
from syncd.reconciler.engine import judge
from syncd.reconciler.rule import Rule
from syncd.reconciler.view import View
from syncd.report.contents import Audience, Block, Report
from syncd.report.due import Occasion, followed, notice, occasions
from syncd.report.gathering import gather
from syncd.report.material import Material

log = logging.getLogger(__name__)


def weeklies(
    reconciled: Reconciled,
    store: Store,
    transitions: Sequence[Transition],
    *,
    audiences: Audiences,
    acts: Sequence[Act],
    ages: Ages,
    barred: Sequence[Message] = (),
    make: Callable[[Material], Report] = gather,
) -> tuple[Notification, ...]:
    """What this pass queues; one that cannot be made costs no other mail, and operators hear it.

    Of the `barred`, which wait and may not leave as they are, the newest are made anew.
    """
    config, runs = reconciled.view.config, store.runs(1)
    last_run = runs[0].as_of if runs else None
    due = tuple(occasions(config, reconciled.evaluation.as_of, last_run, barred))
    if not due:
        return ()
    material = _materials(reconciled, store, transitions, acts=acts, audiences=audiences)
    found: list[Notification] = []
    for one in due:
        try:
            theirs = material(one)
            hidden = theirs.veil.places if theirs.veil else ()
            found.append(notice(one, make(theirs), ages, hidden))
        except Exception:
            log.exception("weekly.failed person=%s", one.person.id)
            found += operator_notices(
                config.people,
                f"The weekly of {one.person.name} could not be made",
                ("The log tells why. To see it by hand: syncd report --audience lead",),
                key=f"weekly-failed {one.person.id} {one.program} {one.slot.isoformat()}",
                as_of=reconciled.evaluation.as_of,
            )
    return tuple(found)


def _materials(
    reconciled: Reconciled,
    store: Store,
    transitions: Sequence[Transition],
    *,
    acts: Sequence[Act],
    audiences: Audiences,
) -> Callable[[Occasion], Material]:
    base = Material(
        view=reconciled.view,
        evaluation=reconciled.evaluation,
        alerts={one.fingerprint: one for one in store.alerts()}
        | {one.alert.fingerprint: one.alert for one in transitions},
        acts=acts,
        decisions=store.link_decisions(),
        audience=Audience.LEAD,
        zone="UTC",
    )

    def of(one: Occasion) -> Material:
        made = replace(base, zone=one.person.timezone, program=one.program)
        return made.seen_by(one.person, audiences)

    return of


def report(
    view: View,
    rules: Sequence[Rule],
    store: Store,
    *,
    audience: Audience,
    audiences: Audiences,
    zone: str,
    program: str = "",
    blocks: Iterable[Block] = tuple(Block),
    reader: str = "",
) -> Report:
    """Of what is held at one moment, however old; writes nothing.

    It says what `reader`, the id of a person, may see; without one, what all its readers may.
    """
    as_of = view.snapshot.as_of
    material = Material(
        view=view,
        evaluation=judge(view, rules, assume_fresh=True),
        alerts=dict(_alerts(store, as_of)),
        acts=[act for act in store.acts() if act.at <= as_of],
        decisions=[one for one in store.link_decisions() if one.at <= as_of],
        audience=audience,
        zone=zone,
        program=program,
    )
    people = {one.id: one for one in view.config.people}
    if reader:
        return gather(material.seen_by(people[reader], audiences), blocks)
    return gather(material.seen_by(None, of_all(audiences, view.config, audience, program)), blocks)


def _alerts(store: Store, as_of: datetime) -> Iterator[tuple[str, Alert]]:
    """By fingerprint, as they stood then; what no pass had recorded by then is left out."""
    for alert in store.alerts():
        name = alert.fingerprint
        steps = [alert]
        if alert.changed_at > as_of:
            steps = [step.alert for step in store.history(name) if step.at <= as_of]
        for then in steps[-1:]:
            yield name, then


def of_all(
    audiences: Audiences, config: ReconcilerConfig, audience: Audience, program: str
) -> Audiences:
    """What all readers of a report may see.

    One of no single program is of many that do not share everything: from its readers only what
    the configuration gives an audience is hidden.
    """
    readers = {
        person.id
        for person in config.people
        if (audience is Audience.TEAM or person.role is Role.EXEC)
        and (not program or _takes_part(person, program, config))
    }
    everybody = {person.id for person in config.people}
    return audiences.together(readers or everybody, declared=not program or not readers)


def _takes_part(person: Person, program: str, config: ReconcilerConfig) -> bool:
    if program in followed(person, config.programs):
        return True
    members = {team for one in config.programs if one.id == program for team in one.teams}
    leads = {team.id for team in config.teams if team.lead == person.id}
    return not members.isdisjoint({person.team, *leads})
