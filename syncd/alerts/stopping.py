"""Who asked for no more mail: about one alert, or of one kind. Laid over what is to be queued."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from syncd.alerts.answers import tells_of
from syncd.model.acts import Act, ActKind, Seen
from syncd.model.alerts import Alert, Message, MessageState, NoticeKind, Notification
from syncd.text import clean_text

UNASKED = "asked for no more mail of this"
"""Why a mail was not sent, in the outbox."""
ALWAYS = (NoticeKind.SERVICE,)
"""Kinds that nobody can turn off by a mail: operators are named in the configuration."""

_MAILS = {
    "alert": "mails at once", "digest": "digests", "adoption": "first summaries",
    "brief": "morning briefs", "pack": "meeting packs", "weekly": "weeklies",
}  # fmt: skip
"""What kinds of mail are called; others by their own name."""


def mails(kind: str) -> str:
    """What mail of a kind is called."""
    return _MAILS.get(kind, f"mails of the kind {clean_text(kind)}")


class Stops:
    """The last word of each person, from acts in the order in which they were kept."""

    def __init__(self, acts: Iterable[Act]) -> None:
        self._alerts: dict[tuple[str, int], dict[str, tuple[int, Seen]]] = {}
        self._kinds: set[tuple[str, str]] = set()
        self._back: dict[tuple[str, int], int] = {}
        for place, act in enumerate(acts):
            if act.kind is ActKind.STOP:
                self._stop(act, place)
            elif act.kind is ActKind.REOPEN:
                self._reopen(act, place)

    def _stop(self, act: Act, place: int) -> None:
        if act.seen is None:
            self._kinds.add((act.by, act.name))
        else:
            about = (act.seen.fingerprint, act.seen.number)
            self._alerts.setdefault(about, {})[act.by] = place, act.seen

    def _reopen(self, act: Act, place: int) -> None:
        if act.seen is None:
            self._kinds.discard((act.by, act.name))
        else:
            about = (act.seen.fingerprint, act.seen.number)
            self._alerts.pop(about, None)
            self._back[about] = place

    def of(self, alert: Alert) -> frozenset[str]:
        """Ids of those who want no more mail about it in this episode, or about many with it."""
        about = (alert.fingerprint, alert.number)
        found, since = set(self._alerts.get(about, ())), self._back.get(about, -1)
        for voice in alert.voices:
            stops = self._alerts.get((voice.fingerprint, voice.number), {}).items()
            found |= {by for by, (place, seen) in stops if place > since and tells_of(seen, alert)}
        return frozenset(found)

    def has(self, person: str, kind: str) -> bool:
        """Whether the person wants no more mail of a kind."""
        return (person, kind) in self._kinds

    def heeded(
        self, notifications: Iterable[Notification]
    ) -> tuple[tuple[Notification, ...], tuple[Notification, ...]]:
        """What may go out, without the alerts that its reader stopped, and what may not."""
        kept: list[Notification] = []
        dropped: list[Notification] = []
        for one in notifications:
            wanted = tuple(t for t in one.transitions if one.person not in self.of(t.alert))
            is_over = bool(one.transitions) and not wanted
            if one.kind not in ALWAYS and (is_over or self.has(one.person, one.kind.value)):
                dropped.append(one)
            elif one.kind in ALWAYS or len(wanted) == len(one.transitions):
                kept.append(one)
            else:
                kept.append(replace(one, transitions=wanted))
        return tuple(kept), tuple(dropped)


def unasked(messages: Iterable[Message]) -> tuple[Message, ...]:
    """The same as superseded: their end is recorded, and nobody gets them (promise M1)."""
    return tuple(
        replace(one, state=MessageState.SUPERSEDED, error=UNASKED)
        for one in messages
        if one.state is MessageState.WAITING
    )


def withdrawn(act: Act, waiting: Iterable[Message]) -> tuple[Message, ...]:
    """Messages to the person that still wait, and that this act stops."""
    mine = [one for one in waiting if one.person == act.by]
    if act.seen is None:
        return unasked(one for one in mine if kind_of(one) == act.name)
    alone = {act.seen.fingerprint}
    return unasked(one for one in mine if {print_ for print_, _ in one.alerts} == alone)


def kind_of(message: Message) -> str:
    """Which kind of mail it is: that of one alert tells its reason in place of its kind."""
    kinds = {kind.value for kind in NoticeKind}
    return message.reason if message.reason in kinds else NoticeKind.ALERT.value
