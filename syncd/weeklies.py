"""From a reading to the weeklies that are due: the world is joined anew only if one is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from syncd.alerts.routing import operator_notices
from syncd.interfaces import Store
from syncd.model.acts import Act
from syncd.model.alerts import Alert, Notification, Transition
from syncd.model.briefs import Ages
from syncd.passes import Reconciled
from syncd.reconciler.config import ReconcilerConfig
from syncd.reconciler.engine import foreseen
from syncd.reconciler.view import View
from syncd.report.contents import Audience
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
            found.append(notice(one, gather(material(one)), ages))
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
    view = View(reconciled.snapshot, config, estimates=foreseen)
    alerts: dict[str, Alert] = {one.fingerprint: one for one in store.alerts()}
    alerts |= {one.alert.fingerprint: one.alert for one in transitions}
    decisions = store.link_decisions()

    def material(one: Occasion) -> Material:
        return Material(
            view=view,
            evaluation=reconciled.evaluation,
            alerts=alerts,
            acts=acts,
            decisions=decisions,
            audience=Audience.LEAD,
            zone=one.person.timezone,
            program=one.program,
        )

    return material
