"""What waits is told as things stand when it leaves, and to whom it concerns then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from syncd.alerts.budget import COUNTED
from syncd.alerts.grouping import ENDS, Recall
from syncd.model.alerts import (
    Alert,
    AlertState,
    Hold,
    Message,
    MessageState,
    NoticeKind,
    Transition,
)

SOON = timedelta(hours=1)
"""Before it leaves a message is made anew by each pass, changed or not: it tells its data's age."""
NEWS = COUNTED | {str(NoticeKind.SERVICE)}


def renewed(
    waiting: Iterable[Message], transitions: Iterable[Transition], recall: Recall, as_of: datetime
) -> dict[str, Message]:
    """By id the waiting messages that are to be made anew.

    An alert of theirs changed in this pass, or they leave soon. What was tried once, or was to
    leave at once, keeps its bytes, and so does what is not kept whole any more.
    """
    changed = {transition.alert.fingerprint for transition in transitions}
    return {
        one.message_id: one
        for one in waiting
        if one.state is MessageState.WAITING and not one.attempts and one.reason in NEWS
        if one.hold is not Hold.NONE
        if any(print_ in changed for print_, _ in one.alerts) or _is_soon(one, as_of)
        if one.alerts and all(recall(*pair) for pair in one.alerts)
    }


def _is_soon(message: Message, as_of: datetime) -> bool:
    return message.hold is not Hold.BATCHING and message.send_after - as_of <= SOON


def as_now(recall: Recall, current: Mapping[str, Alert]) -> Recall:
    """Recalls news with its alert as it is now, under the update that the news has."""

    def recalled(fingerprint: str, update: int) -> Transition | None:
        then, now = recall(fingerprint, update), current.get(fingerprint)
        if then is None or now is None or now.number != then.alert.number:
            return then
        if then.reason in ENDS or now.state is AlertState.RESOLVED:
            return then
        return replace(then, alert=replace(now, update=update))

    return recalled
