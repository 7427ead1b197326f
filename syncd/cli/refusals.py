"""The part of `syncd status` about messages that were not accepted: why, and what to type."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from syncd.cli.screen import Screen, clean
from syncd.interfaces import Store
from syncd.model.alerts import Message, MessageState

LATELY = timedelta(hours=24)


def refusals(store: Store, current: datetime) -> list[dict[str, Any]]:
    """Of each notifier the newest error of what it tries again, and of what it gave up lately."""
    return list(_found(store, current))


def _found(store: Store, current: datetime) -> Iterator[dict[str, Any]]:
    tried = [one for one in store.messages(MessageState.WAITING) if one.attempts]
    dead = [one for one in store.messages(MessageState.DEAD) if current - one.send_after < LATELY]
    for messages, hint in ((tried, "syncd doctor {}"), (dead, "syncd notify --dead")):
        for notifier, one in sorted(_newest(messages).items()):
            yield {
                "notifier": notifier, "state": str(one.state), "error": clean(one.error),
                "hint": hint.format(notifier),
            }  # fmt: skip


def _newest(messages: list[Message]) -> dict[str, Message]:
    return {one.notifier: one for one in sorted(messages, key=lambda one: one.send_after)}


def mail_words(mail: dict[str, Any]) -> str:
    """`mail: 1 waiting, 6 sent in 24 h`, and how much was given up."""
    words = f"mail: {mail['waiting']} waiting, {mail['sent_24h']} sent in 24 h"
    return words + (f", {mail['dead']} refused for good" if mail["dead"] else "")


def print_refusals(screen: Screen, document: dict[str, Any]) -> None:
    """Nothing while all was accepted; what fails for an hour is told with its start elsewhere."""
    is_told = any(trouble["part"] == "mail" for trouble in document["unwell"])
    for one in document["mail"]["refusals"]:
        if one["state"] == str(MessageState.WAITING) and is_told:
            continue
        screen.text(f"{one['notifier']}: {one['error']}", hanging=2)
        if one["hint"] not in one["error"]:
            screen.note(one["hint"])
