"""Notes on items: which news makes one, what it says, and which waiting ones it replaces.

A note belongs to an alert and not to a person, so its message names the item in the place of one:
the outbox then keeps their order and each item's trouble to itself, as it does for people.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from syncd.alerts.audiences import Audiences
from syncd.alerts.ending import ASKED
from syncd.alerts.grouping import ENDS
from syncd.alerts.routes import is_personal, is_service
from syncd.model.alerts import Alert, AlertState, Message, MessageState, Reason, Transition
from syncd.model.findings import Finding
from syncd.model.items import CalendarEvent, Item, ItemKey
from syncd.model.people import Program
from syncd.model.remarks import DECLINED, Remark, Wants
from syncd.model.snapshot import Scope, Snapshot
from syncd.pictures.days import asked
from syncd.text import clean_text

LONGEST = 600
"""Graphemes of one sentence."""

NOTE = "note"
"""Reason of a message that begins or edits a note, other than to say that it is over."""

PROMISE = (
    "syncd edits this as things change, and says so when it is over. Delete it, and it does not "
    "come back."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """What is needed to write on items: the items themselves, and who writes."""

    snapshot: Snapshot
    programs: Sequence[Program]
    instance: str
    as_of: datetime
    today: date
    """Where the organisation is."""
    audiences: Audiences = field(default_factory=Audiences)
    messages: Sequence[Message] = ()
    """The whole outbox: what stands there already, and what waits."""
    _items: dict[ItemKey, Item] = field(default_factory=dict)

    def item(self, key: ItemKey) -> Item | None:
        """Looked up among all once somebody asks."""
        if not self._items:
            parts: tuple[Sequence[Item], ...] = (
                self.snapshot.issues, self.snapshot.pull_requests, self.snapshot.events,
            )  # fmt: skip
            self._items.update((one.key, one) for part in parts for one in part)
        return None if key in self.snapshot.invisible else self._items.get(key)

    def may_name(self, finding: Finding, item: Item) -> bool:
        """Whether all who read what is written on the item may see all that the finding names."""
        return self.audiences.may_be_named(finding, Scope(item.key.source, item.scope))


def queue_remarks(
    transitions: Iterable[Transition], writers: Mapping[str, Wants], pages: Pages
) -> tuple[Message, ...]:
    """Messages to record with the transitions: new notes, and waiting ones that they replace."""
    told = [one for one in transitions if one.told and one.reason is not Reason.REMINDED]
    found: list[Message] = []
    for name, wants in writers.items():
        thread = _Threads(name, pages.messages)
        for one in told if not wants.dry_run else ():
            message = _message(name, wants, one.alert, pages, thread, over=one.reason in ENDS)
            if message is not None:
                found += [message, *thread.replaced(one.alert.fingerprint)]
    return tuple(found)


def remade_remarks(
    gone: Iterable[Message], alerts: Mapping[str, Alert], writers: Mapping[str, Wants], pages: Pages
) -> tuple[Message, ...]:
    """Anew what was withdrawn since not all who read it there may see what it names.

    `alerts` by fingerprint, as they stand now. What is over before it was written stays unwritten.
    """
    found: list[Message] = []
    for one in gone:
        wants, alert = writers[one.notifier], alerts.get(one.alerts[0][0])
        over = one.reason != NOTE
        if wants.dry_run or alert is None or (alert.state is AlertState.RESOLVED) is not over:
            continue
        thread = _Threads(one.notifier, pages.messages)
        again = _message(one.notifier, wants, alert, pages, thread, over=over)
        found += [again] if again is not None else []
    return tuple(found)


def proposed_remarks(
    alerts: Iterable[Alert], writers: Mapping[str, Wants], pages: Pages
) -> tuple[Message, ...]:
    """What writers that only show would write of alerts that fire now; never recorded."""
    firing = [one for one in alerts if one.state is AlertState.FIRING and not one.inhibited_by]
    found = (
        _message(name, wants, alert, pages, _Threads(name, pages.messages), over=False)
        for name, wants in writers.items()
        if wants.dry_run
        for alert in firing
    )
    return tuple(one for one in found if one is not None)


def refused_remarks(
    messages: Iterable[Message], writers: Iterable[str], as_of: datetime
) -> dict[str, list[Message]]:
    """Writer → its notes of this day that were refused for good; what people deleted is none."""
    names, found = set(writers), dict[str, list[Message]]()
    for message in messages:
        is_todays = message.queued_at.date() == as_of.date()
        is_refused = message.state is MessageState.DEAD and not message.error.startswith(DECLINED)
        if message.notifier in names and is_todays and is_refused:
            found.setdefault(message.notifier, []).append(message)
    return found


class _Threads:
    """What one writer has said of each alert so far."""

    def __init__(self, name: str, messages: Iterable[Message]) -> None:
        self._of: dict[str, list[Message]] = {}
        for message in messages:
            if message.notifier == name and message.alerts:
                self._of.setdefault(message.alerts[0][0], []).append(message)
        held = (one for many in self._of.values() for one in many)
        waiting = (one for one in held if one.state is MessageState.WAITING)
        asked = (one for one in waiting if one.error.startswith(ASKED))
        self._asked = max(asked, key=lambda one: one.send_after, default=None)

    def stands(self, fingerprint: str) -> bool:
        """Whether a note of it was taken by the provider for certain."""
        # The end of what never stood there is settled as sent without a word being written.
        held = self._of.get(fingerprint, ())
        return any(one.state is MessageState.SENT and one.reason == NOTE for one in held)

    def may_stand(self, fingerprint: str) -> bool:
        """Whether one was, or may have been."""
        held = self._of.get(fingerprint, ())
        return self.stands(fingerprint) or any(one.in_doubt for one in held)

    def is_declined(self, fingerprint: str) -> bool:
        """Whether a person took it away."""
        return any(one.error.startswith(DECLINED) for one in self._of.get(fingerprint, ()))

    def waiting_along(self, message: Message) -> Message:
        """With the wait that the provider asked of this writer, where it is not over."""
        asked = self._asked
        if asked is None or asked.send_after <= message.send_after:
            return message
        return replace(message, send_after=asked.send_after, error=asked.error)

    def replaced(self, fingerprint: str) -> Iterator[Message]:
        """Those that wait, withdrawn for newer news."""
        for one in self._of.get(fingerprint, ()):
            if one.state is MessageState.WAITING:
                said = "replaced by newer news"
                yield replace(one, state=MessageState.SUPERSEDED, error=said)


def _message(
    name: str, wants: Wants, alert: Alert, pages: Pages, thread: _Threads, *, over: bool
) -> Message | None:
    """None where this writer says nothing of the alert."""
    print_ = alert.fingerprint
    key = wants.place(alert.finding)
    item = pages.item(key) if key else None
    if item is None or not _may_write(wants, item) or thread.is_declined(print_):
        return None
    if over and not thread.may_stand(print_):
        return None
    if not over and not _is_wanted(wants, alert.finding, pages.programs):
        return None
    named = pages.may_name(alert.finding, item)
    remark = Remark(
        fingerprint=print_, instance=pages.instance, item=item.key, ref=item.ref, scope=item.scope,
        over=over,
        known=thread.stands(print_),
        lines=lines(alert, pages.today, over=over, named=named),
        proposed=alert.finding.planned if alert.finding.rule == "dates-disagree" else None,
    )  # fmt: skip
    headline = (named and alert.headline) or item.ref
    what = clean_text(f"{'over: ' if over else ''}{headline}", 120)
    note = Message(
        message_id=_id(name, alert),
        notifier=name,
        person=str(item.key),
        recipient=item.ref,
        subject=f"note on {item.ref}: {what}",
        body=remark.encoded(),
        alerts=((print_, alert.update),),
        reason="cleared" if over else NOTE,
        queued_at=pages.as_of,
        send_after=pages.as_of,
        veiled=() if named else (print_,),
    )
    return thread.waiting_along(note)


def _is_wanted(wants: Wants, finding: Finding, programs: Sequence[Program]) -> bool:
    if is_service(finding) or is_personal(finding):
        return False
    named = set(finding.programs)
    own = named or {one.id for one in programs if set(one.teams) & set(finding.teams)}
    return wants.is_told_of(finding, own)


def _may_write(wants: Wants, item: Item) -> bool:
    is_private = isinstance(item, CalendarEvent) and item.private
    return item.scope in wants.scopes and not is_private


def lines(alert: Alert, today: date, *, over: bool, named: bool) -> tuple[str, ...]:
    """What the note says: everybody who sees the item reads it.

    `named`: they may see all that the finding names; else it says only that there is something.
    """
    finding = alert.finding
    said = finding.summary if named else _neutral(finding)
    number = f"{alert.id}, {finding.rule}, {finding.severity}"
    if over:
        found = [f"This is over since {_day(today)} ({number}).", f"It was: {said}", PROMISE]
    else:
        found = [said, f"To do: {asked(finding.act, finding.by, today)}", f"{number}. {PROMISE}"]
        found = found if named and finding.act else [found[0], found[2]]
    return tuple(clean_text(one, LONGEST) for one in found)


def _neutral(finding: Finding) -> str:
    dates = [
        f"{word} {_day(day)}"
        for word, day in (("planned", finding.planned), ("expected", finding.expected))
        if day
    ]
    when = f": {', '.join(dates)}" if dates else ""
    return f"A date here needs attention{when}."


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def _id(name: str, alert: Alert) -> str:
    """The same for the same update, whatever is said: a repeat is the same message."""
    text = "\x1f".join([name, alert.fingerprint, str(alert.update)])
    return hashlib.sha256(text.encode()).hexdigest()[:32]
