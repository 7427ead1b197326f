"""What a reader can do about a mail: links, reply addresses, or commands, each bound to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from syncd.model.alerts import Alert, NoticeKind, Notification, Transition
from syncd.model.grants import LINK_LIFE, Deed, Grant, reply_about
from syncd.model.people import Person, Role
from syncd.notifiers.email.settings import Actions, EmailSettings
from syncd.notifiers.email.words import ANSWERED, ENDS
from syncd.signing import Signing

UNSTOPPABLE = (NoticeKind.SERVICE,)
"""Kinds of mail that carry no way to unsubscribe: operators are named in the configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing to do: `words` for a button, and how."""

    words: str
    url: str
    """`mailto:` or `https:`; "" where there is nothing to press."""
    reply: str = ""
    """What to write in a reply."""
    weighty: bool = False
    """Shown as a button."""


_OPEN = (
    ("I have it", Deed.ACK, "ack", True),
    ("Quiet 2 working days", Deed.SNOOZE, "snooze 2d", True),
)
_LINKED = {"Quiet 2 working days": "Quiet for a while"}
"""The page of a link asks for how long."""
_WORTH = (
    ("useful", Deed.USEFUL, "useful", False),
    ("not useful", Deed.NOT_USEFUL, "not useful", False),
    ("already known", Deed.KNOWN, "known", False),
)
_STOP = (("no more of this", Deed.STOP, "stop", False),)


class Ways:
    """How the mails of one sender can be answered."""

    def __init__(self, settings: EmailSettings, signing: Signing, public_url: str) -> None:
        self._signing, self._public_url = signing, public_url.rstrip("/")
        self._has_inbox = settings.inbox is not None
        self._local, _, self._host = settings.reply_address.rpartition("@")
        self.mode = settings.actions
        if self.mode is Actions.LINK and not self._public_url:
            self.mode = Actions.NONE

    def reply_to(self, notification: Notification, person: Person) -> str:
        """The address that a reply goes to; "" where nobody reads it."""
        if self.mode is not Actions.MAILTO or not notification.transitions:
            return ""
        alone = notification.transitions[0].alert if len(notification.transitions) == 1 else None
        return self._address(reply_about(person.id, alone))

    def unsubscribe(self, notification: Notification, person: Person) -> tuple[str, ...]:
        """Addresses that turn this kind of mail off, the mail address first."""
        if notification.kind in UNSTOPPABLE:
            return ()
        grant = Grant(person=person.id, deed=Deed.STOP, kind=notification.kind.value)
        found = []
        if self._has_inbox:
            found.append(f"mailto:{self._address(grant)}?subject=unsubscribe")
        if self._public_url:
            found.append(f"{self._public_url}/u/{self._signing.link(grant)}")
        return tuple(found)

    def actions(
        self, transition: Transition, person: Person, as_of: datetime
    ) -> tuple[Action, ...]:
        """What the reader can do about one alert, the weightiest first."""
        if self.mode is Actions.NONE:
            return ()
        is_over = transition.reason in ENDS
        is_leader = person.role is Role.EXEC
        offered = (*(() if is_over or is_leader else _OPEN), *_WORTH, *(() if is_over else _STOP))
        alert = transition.alert
        return tuple(
            Action(
                words=_LINKED.get(words, words) if self.mode is Actions.LINK else words,
                url=self._url(alert, person, deed, reply, as_of),
                reply=reply if self.mode is Actions.MAILTO else "",
                weighty=weighty,
            )
            for words, deed, reply, weighty in offered
        )

    def _url(self, alert: Alert, person: Person, deed: Deed, reply: str, as_of: datetime) -> str:
        if self.mode is Actions.MAILTO:
            address = quote(self._address(reply_about(person.id, alert)), safe="@+")
            subject = quote(f"Re: {alert.id}", safe="")
            return f"mailto:{address}?subject={subject}&body={quote(reply, safe='')}"
        grant = Grant(
            person=person.id, deed=deed, fingerprint=alert.fingerprint, number=alert.number,
            update=alert.update, expires=as_of.replace(microsecond=0) + LINK_LIFE,
        )  # fmt: skip
        return f"{self._public_url}/a/{self._signing.link(grant)}"

    def _address(self, grant: Grant) -> str:
        return f"{self._local}+{self._signing.tag(grant)}@{self._host}"


def answering_of(
    ways: Ways | None, shown: Iterable[Transition], notification: Notification, person: Person
) -> dict[str, Any]:
    """For the templates: `actions` by alert number, and `answers`, lines of plain mail.

    Both are empty where readers are not to answer, or there is no way to.
    """
    if ways is None or ways.mode is Actions.NONE or notification.kind not in ANSWERED:
        return {"actions": {}, "answers": []}
    actions = {one.alert.id: ways.actions(one, person, notification.as_of) for one in shown}
    has_several = len(notification.transitions) != 1
    return {"actions": actions, "answers": list(_lines(actions, has_several=has_several))}


def _lines(actions: Mapping[str, tuple[Action, ...]], *, has_several: bool) -> Iterator[str]:
    """Where the mail tells of several alerts a reply must name one."""
    offered = next(iter(actions.values()))
    if any(action.reply for action in offered):
        yield from _replies(offered, "D-… " if has_several else "")
    elif not has_several:
        for action in offered:
            yield f"{action.words[:1].upper()}{action.words[1:]}:\n  {action.url}"


def _replies(offered: tuple[Action, ...], name: str) -> Iterator[str]:
    said = {action.reply: f'"{name}{action.reply}"' for action in offered}
    if "ack" in said:
        quiet = f"Quiet 2 working days: reply {said['snooze 2d']}"
        yield f"I have it: reply {said['ack']}        {quiet}"
    worth = [said[reply] for _, _, reply, _ in _WORTH]
    yield f"Was it worth telling? Reply {', '.join(worth[:-1])} or {worth[-1]}."
    if "stop" in said:
        yield f"No more of this: reply {said['stop']}. Anything else you write is kept as a note."
