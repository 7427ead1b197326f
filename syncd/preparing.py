"""From a reading to what briefs are made of, and to those that are due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache

from syncd.briefing.due import Moment, Set, at_set_times
from syncd.briefing.material import Material
from syncd.interfaces import Store
from syncd.model.acts import Act
from syncd.model.alerts import Alert, Message, Transition
from syncd.model.briefs import Ages
from syncd.model.snapshot import Freshness
from syncd.passes import Reconciled
from syncd.reconciler.config import ReconcilerConfig
from syncd.reconciler.engine import foreseen
from syncd.reconciler.view import View
from syncd.settings import Settings


def prepare(
    reconciled: Reconciled,
    store: Store,
    config: ReconcilerConfig,
    settings: Settings,
    transitions: Sequence[Transition],
    *,
    acts: Sequence[Act],
    recorded: bool = True,
) -> Material:
    """What one moment knows, with the `transitions` that it makes; joins the snapshot anew.

    `recorded`: these will be recorded, so that the numbers of new alerts can be told; else the data
    is taken as it is held, however old.
    """
    snapshot, known = reconciled.snapshot, store.alerts()
    given = {one.number for one in known}
    by_print: dict[str, list[Transition]] = {}
    for one in transitions:
        by_print.setdefault(one.alert.fingerprint, []).append(one)

    def history(fingerprint: str) -> Sequence[Transition]:
        return (*store.history(fingerprint), *by_print.get(fingerprint, ()))

    return Material(
        view=View(snapshot, config, assume_fresh=not recorded, estimates=foreseen),
        evaluation=reconciled.evaluation,
        alerts=_after(known, transitions),
        history=history,
        acts=acts,
        ages=ages_of(reconciled.freshness),
        meetings=settings.bound_meetings(),
        unnumbered=frozenset(
            one.alert.number
            for one in transitions
            if not recorded and one.alert.number not in given
        ),
    )


def _after(alerts: Sequence[Alert], transitions: Sequence[Transition]) -> tuple[Alert, ...]:
    held = {one.number: one for one in alerts}
    held |= {one.alert.number: one.alert for one in transitions}
    return tuple(held.values())


def occasions(
    reconciled: Reconciled,
    store: Store,
    config: ReconcilerConfig,
    settings: Settings,
    transitions: Sequence[Transition],
    *,
    acts: Sequence[Act],
    messages: Sequence[Message],
) -> Set:
    """The briefs and packs that this pass queues, and what they replace."""

    @cache
    def material() -> Material:
        return prepare(reconciled, store, config, settings, transitions, acts=acts)

    return at_set_times(
        Moment(
            snapshot=reconciled.snapshot,
            config=config,
            messages=messages,
            ahead=settings.schedule.every,
            bound=settings.bound_meetings(),
            material=material,
        )
    )


def ages_of(freshness: Iterable[Freshness]) -> Ages:
    """(source, end of the oldest complete pull among its scopes)."""
    ages: dict[str, datetime | None] = {}
    for fresh in freshness:
        name, at = fresh.scope.source, fresh.succeeded_at
        known = ages.get(name, at)
        ages[name] = min(known, at) if known and at else None
    return tuple(sorted(ages.items()))
