"""From a reading to reports, and to the weeklies that are due."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from syncd.alerts.routing import operator_notices
from syncd.interfaces import Store
from syncd.model.acts import Act
from syncd.model.alerts import Notification, Transition
from syncd.model.briefs import Ages
from syncd.passes import Reconciled
from syncd.reconciler.config import ReconcilerConfig
from syncd.reconciler.engine import foreseen, judge
from syncd.reconciler.rule import Rule
from syncd.reconciler.view import View
from syncd.report.contents import Audience, Block, Report
from syncd.report.due import Occasion, notice, occasions
from syncd.report.gathering import gather
from syncd.report.material import Material

log = logging.getLogger(__name__)


def weeklies(
    reconciled: Reconciled,
    store: Store,
    config: ReconcilerConfig,
    transitions: Sequence[Transition],
    *,
    acts: Sequence[Act],
    ages: Ages,
    make: Callable[[Material], Report] = gather,
) -> tuple[Notification, ...]:
    """What this pass queues; one that cannot be made costs no other mail, and operators hear it."""
    runs = store.runs(1)
    last_run = runs[0].as_of if runs else None
    due = tuple(occasions(config, reconciled.evaluation.as_of, last_run))
    if not due:
        return ()
    material = _materials(reconciled, store, config, transitions, acts)
    found: list[Notification] = []
    for one in due:
        try:
            found.append(notice(one, make(material(one)), ages))
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
    config: ReconcilerConfig,
    transitions: Sequence[Transition],
    acts: Sequence[Act],
) -> Callable[[Occasion], Material]:
    base = Material(
        view=View(reconciled.snapshot, config, estimates=foreseen),
        evaluation=reconciled.evaluation,
        alerts={one.fingerprint: one for one in store.alerts()}
        | {one.alert.fingerprint: one.alert for one in transitions},
        acts=acts,
        decisions=store.link_decisions(),
        audience=Audience.LEAD,
        zone="UTC",
    )
    return lambda one: replace(base, zone=one.person.timezone, program=one.program)


def report(
    view: View,
    rules: Sequence[Rule],
    store: Store,
    *,
    audience: Audience,
    zone: str,
    program: str = "",
    blocks: Iterable[Block] = tuple(Block),
) -> Report:
    """Of what is held at one moment, however old; writes nothing."""
    as_of = view.snapshot.as_of
    material = Material(
        view=view,
        evaluation=judge(view, rules, assume_fresh=True),
        alerts={one.fingerprint: one for one in store.alerts()},
        acts=[act for act in store.acts() if act.at <= as_of],
        decisions=[one for one in store.link_decisions() if one.at <= as_of],
        audience=audience,
        zone=zone,
        program=program,
    )
    return gather(material, blocks)
