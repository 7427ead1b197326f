"""Which news goes into which mail, and what of the waiting mails it replaces."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby

from syncd.alerts.muting import Limits
from syncd.model.alerts import (
    Message,
    MessageState,
    NoticeKind,
    Notification,
    Reason,
    Transition,
)

Recall = Callable[[str, int], Transition | None]
"""The recorded transition of (fingerprint, update); None where it is not kept any more."""

ENDS = frozenset({Reason.CLEARED, Reason.NO_LONGER_VISIBLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One piece of news for one person."""

    transition: Transition
    why: str
    due: datetime | None
    """None = now."""
    service: bool = False

    @property
    def rank(self) -> tuple[object, ...]:
        """Worst first: severity, tier, slip, then number."""
        finding = self.transition.alert.finding
        slip = finding.slip if finding.slip is not None else -1
        return (-finding.severity, finding.tier, -slip, self.transition.alert.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The messages in the outbox that one person did not get yet."""

    messages: Sequence[Message] = ()
    ended: Collection[str] = field(default_factory=frozenset)
    """Fingerprints that are over although this person never heard of them."""

    def displaced(self, fresh: Collection[str], dues: Collection[datetime]) -> list[Message]:
        """Those that speak of `fresh` or ended alerts, or leave at a time when a digest does."""
        gone = {*fresh, *self.ended}
        return [
            message
            for message in self.messages
            if any(print_ in gone for print_, _ in message.alerts)
            or (message.alerts and not message.attempts and message.send_after in dues)
        ]


def with_displaced(
    entries: Sequence[Entry], waiting: Waiting, recall: Recall, why: Callable[[Transition], str]
) -> list[Entry]:
    """The entries, and what else was in the waiting mails that they displace."""
    fresh = {entry.transition.alert.fingerprint for entry in entries}
    dues = {entry.due for entry in entries if entry.due is not None}
    found = list(entries)
    for message in waiting.displaced(fresh, dues):
        for print_, update in message.alerts:
            if print_ in fresh or print_ in waiting.ended:
                continue
            transition = recall(print_, update)
            if transition is not None:
                fresh.add(print_)
                due = message.send_after
                found.append(Entry(transition=transition, why=why(transition), due=due))
    return found


def group(
    person: str, entries: Iterable[Entry], *, as_of: datetime, limits: Limits
) -> list[Notification]:
    """The mails to one person: each alert alone where it goes at once, digests per time."""
    found: list[Notification] = []
    due = [_at(entry, as_of) for entry in entries]
    for service in (True, False):
        part = sorted(
            (entry for entry in due if entry.service is service),
            key=lambda entry: (entry.due or as_of, entry.rank),
        )
        for when, block in groupby(part, key=lambda entry: entry.due):
            mine = list(block)
            found += [
                bundle(person, kind, some, when, as_of) for kind, some in _mails(mine, limits)
            ]
    return found


def _at(entry: Entry, as_of: datetime) -> Entry:
    is_past = entry.due is not None and entry.due <= as_of
    return replace(entry, due=None) if is_past else entry


def _mails(entries: list[Entry], limits: Limits) -> list[tuple[NoticeKind, list[Entry]]]:
    """How the news of one moment is split into mails."""
    if entries[0].service:
        return [(NoticeKind.SERVICE, entries)]
    fits = limits.at_once is None or len(entries) <= limits.at_once
    if len(entries) == 1 or (entries[0].due is None and fits):
        return [(NoticeKind.ALERT, [entry]) for entry in entries]
    return [(NoticeKind.DIGEST, entries)]


def bundle(
    person: str, kind: NoticeKind, entries: Sequence[Entry], when: datetime | None, as_of: datetime
) -> Notification:
    """One notification of several entries, worst first, with the reasons why in one line."""
    ranked = sorted(entries, key=lambda entry: entry.rank)
    whys = list(dict.fromkeys(entry.why for entry in ranked if entry.why))
    rest = f" and for {len(whys) - 2} more reasons" if len(whys) > 3 else ""
    shown = whys[:2] if rest else whys
    return Notification(
        kind=kind,
        person=person,
        transitions=tuple(entry.transition for entry in ranked),
        why=", ".join(shown) + rest,
        send_after=when,
        as_of=as_of,
    )


def withdrawn(
    waiting: Iterable[Message],
    transitions: Iterable[Transition],
    notifications: Iterable[Notification],
) -> tuple[Message, ...]:
    """Waiting messages that nobody should get any more, as superseded, with the reason.

    A message goes when every alert it tells of is told anew to the same person, or is over. Store
    them together with the new ones: a mail is never both replaced and sent.
    """
    ended = {t.alert.fingerprint for t in transitions if t.reason in ENDS}
    fresh: dict[str, set[str]] = {}
    for notification in notifications:
        prints = {transition.alert.fingerprint for transition in notification.transitions}
        fresh.setdefault(notification.person, set()).update(prints)
    return tuple(
        replace(message, state=MessageState.SUPERSEDED, error=_why_gone(message, ended))
        for message in waiting
        if message.state is MessageState.WAITING
        and message.alerts
        and {print_ for print_, _ in message.alerts} <= fresh.get(message.person, set()) | ended
    )


def _why_gone(message: Message, ended: Collection[str]) -> str:
    if all(print_ in ended for print_, _ in message.alerts):
        return "over before it was sent"
    return "replaced by newer news"


def told_by(messages: Iterable[Message]) -> Mapping[str, frozenset[str]]:
    """Who heard of which alert: fingerprint → person ids, from the outbox.

    A message that may have arrived counts as heard; one that waits, died or was replaced does not.
    """
    found: dict[str, set[str]] = {}
    for message in messages:
        if message.state is MessageState.SENT or message.in_doubt:
            for print_, _ in message.alerts:
                found.setdefault(print_, set()).add(message.person)
    return {print_: frozenset(people) for print_, people in found.items()}
