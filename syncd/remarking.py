"""From a decision to the notes on items that go with it: queued, withdrawn, or only shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from syncd.alerts.audiences import Audiences
from syncd.alerts.delivery import queue
from syncd.alerts.remarks import (
    Pages,
    proposed_remarks,
    queue_remarks,
    refused_remarks,
    remade_remarks,
)
from syncd.alerts.routing import operator_notices
from syncd.interfaces import Notifier, Store
from syncd.model.alerts import Alert, Message, Notification, Transition
from syncd.model.people import Person
from syncd.model.remarks import Wants
from syncd.passes import Decision, Reconciled
from syncd.writing import Annotator

SHOWN = 5
"""Refused notes that a notice to operators names."""


def with_notes(
    decision: Decision,
    reconciled: Reconciled,
    store: Store,
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
    pages = _pages(reconciled, store, audiences)
    held = {one.message_id for one in pages.messages}
    notes = queue_remarks(decision.transitions, writers, pages)
    alerts = _after(store.alerts(), decision.transitions)
    again = _anew(decision.withdrawn, notes, alerts, writers, pages)
    people, as_of = reconciled.view.config.people, pages.as_of
    refusals = _of_refusals(people, pages.messages, writers, as_of)
    notices = queue(refusals, people, notifiers, as_of, stored=held)
    return replace(
        decision,
        queued=decision.queued
        + notices
        + again
        + tuple(n for n in notes if n.message_id not in held),
        withdrawn=decision.withdrawn + tuple(n for n in notes if n.message_id in held),
        proposed=proposed_remarks(alerts.values(), writers, pages),
    )


def _pages(reconciled: Reconciled, store: Store, audiences: Audiences) -> Pages:
    config, as_of = reconciled.view.config, reconciled.evaluation.as_of
    return Pages(
        snapshot=reconciled.snapshot,
        programs=config.programs,
        instance=store.instance(),
        as_of=as_of,
        today=config.calendar.local_date(as_of),
        audiences=audiences,
        messages=store.messages(),
    )


def _anew(
    withdrawn: Iterable[Message],
    notes: Iterable[Message],
    alerts: Mapping[str, Alert],
    writers: Mapping[str, Wants],
    pages: Pages,
) -> tuple[Message, ...]:
    """What is written in place of withdrawn notes of whose alerts there is no news."""
    told = {(one.notifier, *one.alerts) for one in notes}
    gone = (one for one in withdrawn if one.notifier in writers)
    return remade_remarks(
        (one for one in gone if (one.notifier, *one.alerts) not in told), alerts, writers, pages
    )


def _after(alerts: Iterable[Alert], transitions: Iterable[Transition]) -> dict[str, Alert]:
    """The newest alert of each fingerprint once `transitions` are recorded."""
    held = {one.fingerprint: one for one in sorted(alerts, key=lambda one: one.number)}
    return held | {one.alert.fingerprint: one.alert for one in transitions}


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
