"""From a decision to the notes on items that go with it: queued, withdrawn, or only shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from syncd.alerts.audiences import Audiences
from syncd.alerts.delivery import queue
from syncd.alerts.remarks import Pages, proposed_remarks, queue_remarks, refused_remarks
from syncd.alerts.routing import operator_notices
from syncd.interfaces import Notifier, Store
from syncd.model.alerts import Alert, Message, Notification, Transition
from syncd.model.people import Person
from syncd.model.remarks import Wants
from syncd.passes import Decision, Reconciled
from syncd.reconciler.config import ReconcilerConfig
from syncd.writing import Annotator

SHOWN = 5
"""Refused notes that a notice to operators names."""


def with_notes(
    decision: Decision,
    reconciled: Reconciled,
    store: Store,
    config: ReconcilerConfig,
    notifiers: Mapping[str, Notifier],
    *,
    audiences: Audiences,
) -> Decision:
    """The decision with what is to be written on items; reads the store, writes nothing.

    Notes are recorded in the same transaction as the transitions that they tell of.
    """
    writers = {name: one.wants for name, one in notifiers.items() if isinstance(one, Annotator)}
    if not writers:
        return decision
    as_of, messages = reconciled.evaluation.as_of, store.messages()
    held = {one.message_id for one in messages}
    pages = Pages(
        snapshot=reconciled.snapshot,
        programs=config.programs,
        instance=store.instance(),
        as_of=as_of,
        today=config.calendar.local_date(as_of),
        audiences=audiences,
        messages=messages,
    )
    notes = queue_remarks(decision.transitions, writers, pages)
    refusals = _of_refusals(config.people, messages, writers, as_of)
    notices = queue(refusals, config.people, notifiers, as_of, stored=held)
    return replace(
        decision,
        queued=decision.queued + notices + tuple(n for n in notes if n.message_id not in held),
        withdrawn=decision.withdrawn + tuple(n for n in notes if n.message_id in held),
        proposed=proposed_remarks(_after(store.alerts(), decision.transitions), writers, pages),
    )


def _after(alerts: Iterable[Alert], transitions: Iterable[Transition]) -> tuple[Alert, ...]:
    """The newest alert of each fingerprint once `transitions` are recorded."""
    held = {one.fingerprint: one for one in sorted(alerts, key=lambda one: one.number)}
    held |= {one.alert.fingerprint: one.alert for one in transitions}
    return tuple(held.values())


def _of_refusals(
    people: Sequence[Person],
    messages: Sequence[Message],
    writers: Mapping[str, Wants],
    as_of: datetime,
) -> tuple[Notification, ...]:
    """Tell operators, once a day and writer, of notes that were refused for good."""
    found = refused_remarks(messages, writers, as_of)
    return tuple(
        notice
        for name, refused in found.items()
        for notice in operator_notices(
            people,
            f"{name}: notes on {len(refused)} items were refused",
            tuple(f"{one.recipient}: {one.error}" for one in refused[:SHOWN]),
            key=f"refused notes {name} {as_of:%Y-%m-%d}",
            as_of=as_of,
        )
    )
