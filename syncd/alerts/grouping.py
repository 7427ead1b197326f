"""Which news goes into which mail, and what of the waiting mails it replaces."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby

from syncd.alerts.escalation import STEPS
from syncd.alerts.routes import is_service
from syncd.model.alerts import (
    Alert,
    Hold,
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
TO_SOME = ENDS | STEPS
"""Reasons told to those who heard of an alert, or to one step further up: whoever holds it now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One piece of news for one person."""

    transition: Transition
    why: str
    due: datetime | None
    """None = now."""
    service: bool = False
    hold: Hold = Hold.NONE
    """What `due` waits for."""

    @property
    def rank(self) -> tuple[object, ...]:
        """Worst first (`reconciler.md` §E6)."""
        return self.transition.alert.finding.weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The messages in the outbox that one person did not get yet."""

    messages: Sequence[Message] = ()
    ended: Collection[str] = field(default_factory=frozenset)
    """Fingerprints that are over although this person never heard of them."""

    barred: Collection[str] = field(default_factory=frozenset)
    """Ids of those that tell more than this person may see now."""
    renewed: Collection[str] = field(default_factory=frozenset)
    """Ids of those that are made anew of what they tell as it is now."""

    @property
    def is_summary_barred(self) -> bool:
        """Whether a first summary, which certainly did not arrive, is to be made anew."""
        return any(
            one.reason == NoticeKind.ADOPTION and one.message_id in self.barred and not one.in_doubt
            for one in self.messages
        )

    def displaced(self, entries: Sequence[Entry]) -> list[Message]:
        """Those that are to be made anew together with `entries`.

        They speak of the same or of ended alerts, would leave at the same time, or are not to be
        sent as they are.
        """
        fresh = {entry.transition.alert.fingerprint for entry in entries}
        dues = {entry.due for entry in entries if entry.due is not None}
        batching = any(entry.hold is Hold.BATCHING for entry in entries)
        gone = {*fresh, *self.ended}
        return [
            message
            for message in self.messages
            if any(print_ in gone for print_, _ in message.alerts)
            or message.message_id in self.barred
            or message.message_id in self.renewed
            or (message.alerts and not message.attempts and message.send_after in dues)
            or (batching and not message.attempts and message.hold is Hold.BATCHING)
        ]


def with_displaced(
    entries: Sequence[Entry], waiting: Waiting, recall: Recall, why: Callable[[Transition], str]
) -> list[Entry]:
    """The entries, and what else was in the waiting mails that they displace.

    What is made anew is told only if it still concerns this person, which is if there is a `why`.
    """
    fresh = {entry.transition.alert.fingerprint for entry in entries}
    found = list(entries)
    for message in waiting.displaced(entries):
        for print_, update in message.alerts:
            if print_ in fresh or print_ in waiting.ended:
                continue
            transition = recall(print_, update)
            if transition is None:
                continue
            reason = why(transition)
            may_go = message.message_id in waiting.renewed and transition.reason not in TO_SOME
            if reason or not may_go:
                fresh.add(print_)
                found.append(
                    Entry(
                        transition=transition,
                        why=reason,
                        due=message.send_after,
                        hold=message.hold,
                        service=is_service(transition.alert.finding),
                    )
                )
    return found


def group(
    person: str, entries: Iterable[Entry], *, as_of: datetime, most: int | None
) -> list[Notification]:
    """The mails to one person: each alert alone where it goes at once, digests per time.

    More than `most` alerts at once are one mail; None = never.
    """
    found: list[Notification] = []
    due = [_at(entry, as_of) for entry in entries]
    for service in (True, False):
        part = sorted(
            (entry for entry in due if entry.service is service),
            key=lambda entry: (entry.due or as_of, entry.due is not None, entry.rank),
        )
        for when, block in groupby(part, key=lambda entry: entry.due):
            mine = list(block)
            later = when if when is not None and when > as_of else None
            found += [bundle(person, kind, some, later, as_of) for kind, some in _mails(mine, most)]
    return found


def _at(entry: Entry, as_of: datetime) -> Entry:
    """What was to leave by now leaves now; what waited for its like, or in a digest, stays so."""
    if entry.due is None or entry.due > as_of or entry.hold is Hold.BATCHING:
        return entry
    is_digest = entry.hold.is_digest
    return replace(entry, due=as_of) if is_digest else replace(entry, due=None, hold=Hold.NONE)


def _mails(entries: list[Entry], most: int | None) -> list[tuple[NoticeKind, list[Entry]]]:
    """How the news of one moment is split into mails."""
    if entries[0].service:
        return [(NoticeKind.SERVICE, entries)]
    fits = most is None or len(entries) <= most
    if len(entries) == 1 or (entries[0].due is None and fits):
        return [(NoticeKind.ALERT, [entry]) for entry in entries]
    return [(NoticeKind.DIGEST, entries)]


def bundle(
    person: str, kind: NoticeKind, entries: Sequence[Entry], when: datetime | None, as_of: datetime
) -> Notification:
    """One notification of several entries, worst first, with the reasons why in one line."""
    ranked = _in_order(entries)
    whys = list(dict.fromkeys(entry.why for entry in ranked if entry.why))
    rest = f" and for {len(whys) - 2} more reasons" if len(whys) > 3 else ""
    shown = whys[:2] if rest else whys
    hold = ranked[0].hold
    return Notification(
        kind=kind,
        person=person,
        transitions=tuple(entry.transition for entry in ranked),
        why=", ".join(shown) + rest,
        send_after=when,
        as_of=as_of,
        hold=hold if when is not None or hold.is_digest else Hold.NONE,
    )


def _in_order(entries: Sequence[Entry]) -> list[Entry]:
    """What changed before what people are only reminded of; by deliverable, the worst first."""
    ranked = sorted(entries, key=lambda entry: entry.rank)
    first: dict[str, int] = {}
    for place, entry in enumerate(ranked):
        first.setdefault(entry.transition.alert.finding.deliverable, place)
    keyed = [
        (
            entry.transition.reason is Reason.REMINDED,
            first[name] if (name := entry.transition.alert.finding.deliverable) else place,
            place,
        )
        for place, entry in enumerate(ranked)
    ]
    return [ranked[place] for *_, place in sorted(keyed)]


def withdrawn(
    waiting: Iterable[Message],
    transitions: Iterable[Transition],
    notifications: Iterable[Notification],
    barred: Mapping[str, str] | None = None,
    renewed: Collection[str] = (),
) -> tuple[Message, ...]:
    """Waiting messages that nobody should get any more, as superseded, with the reason.

    A message goes when every alert it tells of is told anew to the same person, or is over, or when
    it is among the `barred` (id → why) or `renewed`. Store them together with the new ones: a mail
    is never both replaced and sent.
    """
    reasons = barred or {}
    ended = {t.alert.fingerprint for t in transitions if t.reason in ENDS}
    fresh: dict[str, set[str]] = {}
    for notification in notifications:
        prints = {transition.alert.fingerprint for transition in notification.transitions}
        fresh.setdefault(notification.person, set()).update(prints)
    return tuple(
        replace(
            message,
            state=MessageState.SUPERSEDED,
            error=reasons.get(message.message_id) or _why_gone(message, fresh, ended),
        )
        for message in waiting
        if message.state is MessageState.WAITING
        and (
            message.message_id in reasons
            or message.message_id in renewed
            or _is_told(message, fresh, ended)
        )
    )


def _is_told(message: Message, fresh: Mapping[str, set[str]], ended: set[str]) -> bool:
    """Whether each of its alerts is over or told anew to the same person."""
    prints = {print_ for print_, _ in message.alerts}
    return bool(prints) and prints <= fresh.get(message.person, set()) | ended


def _why_gone(message: Message, fresh: Mapping[str, set[str]], ended: Collection[str]) -> str:
    if all(print_ in ended for print_, _ in message.alerts):
        return "over before it was sent"
    if any(print_ in fresh.get(message.person, ()) for print_, _ in message.alerts):
        return "replaced by newer news"
    return f"does not concern {message.person} any more"


def told_by(
    messages: Iterable[Message], current: Mapping[str, Alert] | None = None
) -> Mapping[str, frozenset[str]]:
    """Who heard of which alert: fingerprint → person ids, from the outbox.

    Of those that are `current`, by fingerprint, who heard of this episode. Under `adoption` stand
    those who had a summary of old problems.
    A message that may have arrived counts as heard; one that waits, died or was replaced does not.
    """
    found: dict[str, set[str]] = {}
    since = {print_: alert.opened_at for print_, alert in (current or {}).items()}
    for message in messages:
        if message.state is MessageState.SENT or message.in_doubt:
            for print_, _ in message.alerts:
                if message.queued_at >= since.get(print_, message.queued_at):
                    found.setdefault(print_, set()).add(message.person)
            if message.reason == NoticeKind.ADOPTION:
                found.setdefault(message.reason, set()).add(message.person)
    return {print_: frozenset(people) for print_, people in found.items()}
