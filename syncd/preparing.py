"""From a reading to what briefs are made of, and to those that are due."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache

from syncd.addressing import audiences_of
from syncd.alerts.routing import operator_notices
from syncd.briefing.due import Moment, Set, at_set_times
from syncd.briefing.material import Material
from syncd.errors import SyncdError
from syncd.interfaces import Store
from syncd.model.acts import Act
from syncd.model.alerts import Alert, Message, Notification, Transition
from syncd.model.briefs import Ages
from syncd.model.snapshot import Freshness
from syncd.passes import Reconciled
from syncd.reconciler.config import ReconcilerConfig
from syncd.settings import Settings

log = logging.getLogger(__name__)


def prepare(
    reconciled: Reconciled,
    store: Store,
    settings: Settings,
    transitions: Sequence[Transition],
    *,
    acts: Sequence[Act],
    recorded: bool = True,
) -> Material:
    """What one moment knows, with the `transitions` that it makes.

    `recorded`: these will be recorded, so that the numbers of new alerts can be told.
    """
    known = store.alerts()
    given = {one.number for one in known}
    by_print: dict[str, list[Transition]] = {}
    for one in transitions:
        by_print.setdefault(one.alert.fingerprint, []).append(one)

    def history(*fingerprints: str) -> Sequence[Transition]:
        made = (one for name in fingerprints for one in by_print.get(name, ()))
        return (*store.history(*fingerprints), *made)

    return Material(
        view=reconciled.view,
        evaluation=reconciled.evaluation,
        alerts=_after(known, transitions),
        history=history,
        acts=acts,
        ages=ages_of(reconciled.freshness),
        meetings=settings.bound_meetings(),
        audiences=audiences_of(settings, reconciled.view.config.people),
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
    settings: Settings,
    transitions: Sequence[Transition],
    *,
    acts: Sequence[Act],
    messages: Sequence[Message],
) -> Set:
    """The briefs and packs that this pass queues, and what they replace."""
    config = reconciled.view.config

    @cache
    def material() -> Material:
        return prepare(reconciled, store, settings, transitions, acts=acts)

    now = Moment(
        snapshot=reconciled.snapshot, config=config, messages=messages,
        ahead=settings.schedule.every, bound=settings.bound_meetings(), material=material,
    )  # fmt: skip
    try:
        return at_set_times(now)
    except Exception as error:  # the alerts of this pass go out without them
        log.exception("brief.failed")
        return Set(notices=_trouble(config, error, reconciled.snapshot.as_of))


def _trouble(
    config: ReconcilerConfig, error: Exception, as_of: datetime
) -> tuple[Notification, ...]:
    """To operators, once a day: what is expected in its own words, a bug by its name."""
    said = str(error) if isinstance(error, SyncdError) else f"a bug: {type(error).__name__}"
    hint = getattr(error, "hint", "") or "syncd brief -v"
    lines = (f"Why: {said}.", f"Alerts are sent as ever. To find out more: {hint}")
    key = f"brief-failed {as_of:%Y-%m-%d}"
    headline = "Briefs and meeting packs could not be made"
    return operator_notices(config.people, headline, lines, key=key, as_of=as_of)


def ages_of(freshness: Iterable[Freshness]) -> Ages:
    """(source, end of the oldest complete pull among its scopes)."""
    ages: dict[str, datetime | None] = {}
    for fresh in freshness:
        name, at = fresh.scope.source, fresh.succeeded_at
        known = ages.get(name, at)
        ages[name] = min(known, at) if known and at else None
    return tuple(sorted(ages.items()))
