"""Notes on items on the screen: what would be written where, and what could not be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from syncd.cli.screen import Screen, clean
from syncd.cli.words import count
from syncd.interfaces import Store
from syncd.model.alerts import Message, MessageState
from syncd.model.remarks import FOREIGN, Remark
from syncd.writing import Annotator

if TYPE_CHECKING:
    from syncd.app import App

SHOWN = 5
"""Notes of other instances that `status` names."""


def notes_in(app: App) -> frozenset[str]:
    """Names of the notifiers that write on items."""
    return frozenset(name for name, one in app.notifiers.items() if isinstance(one, Annotator))


def counted(messages: Iterable[Message], writers: frozenset[str]) -> str:
    """`2 mails, 1 note`, or `1 note` alone: what people get, and what is written on items."""
    kinds = [message.notifier in writers for message in messages]
    notes, mails = sum(kinds), len(kinds) - sum(kinds)
    words = [count(mails, "mail")] if mails or not notes else []
    return ", ".join([*words, *([count(notes, "note")] if notes else [])])


def text_of(message: Message) -> str:
    """What the note of a message says, one paragraph for each sentence."""
    return "\n".join(clean(line) for line in Remark.decoded(message.body).lines)


def print_notes(
    screen: Screen, due: Iterable[Message], shown: Iterable[Message], writers: frozenset[str]
) -> None:
    """Each note with its whole text: those to be written, then those of writers that only show."""
    for message in due:
        if message.notifier in writers:
            _print(screen, message, "will be written")
    for message in shown:
        _print(screen, message, f"dry_run: only shown by {clean(message.notifier)}")


def _print(screen: Screen, message: Message, what: str) -> None:
    screen.line("")
    screen.text(f"{clean(message.recipient)} ({what})")
    for line in text_of(message).split("\n"):
        screen.text(line, indent=2)


def troubles(store: Store) -> list[dict[str, Any]]:
    """Notes that another instance's stand in the way of, newest first."""
    found = [one for one in store.messages(MessageState.DEAD) if FOREIGN in one.error]
    return [
        {"item": clean(one.recipient), "error": clean(one.error), "notifier": one.notifier}
        for one in found[: -SHOWN - 1 : -1]
    ]
