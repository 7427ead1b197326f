"""The part of `syncd status` about syncd itself: is it at work, and with which configuration."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from syncd import cycle_progress, trouble_notes
from syncd.cli.screen import Screen, clean
from syncd.cli.words import moment
from syncd.interfaces import Store
from syncd.selfcheck import troubles
from syncd.settings import Settings


def own_health(settings: Settings, store: Store, current: datetime) -> dict[str, Any]:
    """`unwell`: what keeps it from its work; `config_rejected`: what a service refused to load.

    `cycle_moved`: when a service that is in a long cycle took in a page last.
    """
    refused = trouble_notes.held(settings.state / trouble_notes.CONFIG)
    moved = cycle_progress.moved(settings.state)
    return {
        "cycle_moved": moved.isoformat() if moved else None,
        "unwell": [
            {
                "part": trouble.part.value,
                "since": trouble.since.isoformat() if trouble.since else None,
                "error": clean(trouble.text),
                "hint": trouble.hint,
            }
            for trouble in troubles(store, settings, current)
        ],
        "config_rejected": refused
        and {
            "at": refused.at.isoformat(), "error": clean(refused.text), "hint": clean(refused.hint),
        },
    }  # fmt: skip


def print_own_health(
    screen: Screen, document: dict[str, Any], zone: ZoneInfo, today: date, *, live: bool
) -> None:
    """Nothing while all is well. `live` asks for nothing else: then cycles are told of, too."""
    refused = document["config_rejected"]
    if refused:
        at = moment(datetime.fromisoformat(refused["at"]), zone, today)
        words = f"configuration refused {at}, the older one goes on: {refused['error']}"
        screen.text(words, hanging=2)
        screen.note(refused["hint"][:1].upper() + refused["hint"][1:])
    for trouble in document["unwell"]:
        # Without a service, the age of the last run is told already.
        if live or trouble["part"] != "cycle":
            screen.text(trouble["error"], hanging=2)
            screen.note(trouble["hint"])
