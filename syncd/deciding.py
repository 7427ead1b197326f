"""From a reading to what follows: transitions to record, mails to queue, mails to withdraw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from syncd.alerts.avalanche import avalanche_limit, hold_avalanche, is_released
from syncd.alerts.courses import with_courses
from syncd.alerts.delivery import queue
from syncd.alerts.flaws import flaw_notices
from syncd.alerts.grouping import told_by, withdrawn
from syncd.alerts.lifecycle import LifeOptions, advance
from syncd.alerts.muting import NO_LIMITS, Limits
from syncd.alerts.routing import avalanche_notices, demotion_notices, plan
from syncd.alerts.usefulness import demotions
from syncd.alerts.victims import victims
from syncd.interfaces import Notifier, Store
from syncd.model.acts import Act
from syncd.model.alerts import Message, MessageState, Notification, Transition
from syncd.model.people import Person
from syncd.passes import Decision, Reconciled
from syncd.preparing import ages_of, occasions
from syncd.reconciler.config import ReconcilerConfig
from syncd.reporting import weeklies
from syncd.settings import Settings


def decide(
    reconciled: Reconciled,
    store: Store,
    config: ReconcilerConfig,
    settings: Settings,
    notifiers: Mapping[str, Notifier],
) -> Decision:
    """What a run would record and queue for this reading; reads the store, writes nothing."""
    acts, alerts = store.acts(), store.alerts()
    transitions, held = life(reconciled, store, config, settings, acts)
    as_of, messages = reconciled.evaluation.as_of, store.messages()
    waiting = tuple(one for one in messages if one.state is MessageState.WAITING)
    people, demoted = _people(config, settings), demotions(acts)
    ages = ages_of(reconciled.freshness)
    limits = Limits(digest_only=frozenset(demoted))
    notices = plan(
        transitions,
        people,
        config.programs,
        config.teams,
        told=told_by(messages),
        as_of=as_of,
        waiting=waiting,
        recall=partial(_recall, store),
        limits=limits if settings.alerts.digest else NO_LIMITS,
        calendars={person.id: config.calendar_of(person) for person in people},
        ages=ages,
        victims=victims(alerts, transitions),
    )
    notices = with_courses(notices, store.history, config.calendar)
    told = replace(config, people=people)
    timely = occasions(reconciled, store, told, settings, transitions, acts=acts, messages=messages)
    every = notices + _to_operators(people, held, demoted, as_of) + timely.notices
    every += weeklies(reconciled, store, told, transitions, acts=acts, ages=ages)
    return Decision(
        transitions=transitions,
        queued=_queued(every, people, notifiers, as_of, messages),
        withdrawn=withdrawn(waiting, transitions, notices) + timely.withdrawn,
        held=held,
    )


def _queued(
    notices: Sequence[Notification],
    people: Sequence[Person],
    notifiers: Mapping[str, Notifier],
    as_of: datetime,
    messages: Sequence[Message],
) -> tuple[Message, ...]:
    """What is not in the outbox yet; what rendering it found wrong with templates comes last."""
    stored = {one.message_id for one in messages}
    queued = queue(notices, people, notifiers, as_of, stored=stored)
    flawed = flaw_notices(notifiers.values(), people, as_of)
    return queued + queue(flawed, people, notifiers, as_of, stored=stored)


def life(
    reconciled: Reconciled,
    store: Store,
    config: ReconcilerConfig,
    settings: Settings,
    acts: Sequence[Act],
) -> tuple[tuple[Transition, ...], int]:
    """What changes in the life of alerts by this reading, and how many were kept from opening."""
    as_of, runs = reconciled.evaluation.as_of, store.runs(14)
    transitions = advance(
        store.alerts(),
        reconciled.evaluation,
        as_of,
        next_number=store.next_number(),
        first_pass=not runs,
        options=LifeOptions(adopt=settings.alerts.adoption, calendar=config.calendar),
        acts=acts,
    )
    is_on = settings.alerts.avalanche and settings.rules.get("mass-change", {}).get("enabled", True)
    if not is_on or not runs or is_released(acts, runs[0].as_of):
        return transitions, 0
    return hold_avalanche(transitions, avalanche_limit(run.opened for run in runs))


def _to_operators(
    people: Sequence[Person], held: int, demoted: Mapping[str, datetime], as_of: datetime
) -> tuple[Notification, ...]:
    of_held = avalanche_notices(people, held, as_of) if held else ()
    return of_held + demotion_notices(people, demoted, as_of)


def _people(config: ReconcilerConfig, settings: Settings) -> tuple[Person, ...]:
    if settings.alerts.quiet_hours:
        return config.people
    return tuple(replace(person, quiet=None) for person in config.people)


def _recall(store: Store, fingerprint: str, update: int) -> Transition | None:
    found = [t for t in store.history(fingerprint) if t.told and t.alert.update == update]
    return found[-1] if found else None
