"""`syncd log`: what people decided, with their reasons, newest last."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from syncd.addressing import declared_now
from syncd.cli.acts import act_entry
from syncd.cli.options import Options, Usage
from syncd.cli.screen import Cell, Column, Screen, clean
from syncd.cli.wiring import now, open_reading, zone_of
from syncd.cli.words import NBSP, day
from syncd.interfaces import Store
from syncd.model.acts import Act
from syncd.model.items import Item
from syncd.model.links import LinkDecision
from syncd.report.deeds import as_called_now, did
from syncd.settings import Settings

COLUMNS = (
    Column(title="When", head=True),
    Column(title="Who"),
    Column(title="What", flexible=True),
    Column(title="Why", flexible=True),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log, in words and for scripts."""

    at: datetime
    by: str
    what: str
    why: str
    document: dict[str, Any]


def log(options: Options, since: str) -> int:
    """Everything decided since a day; all of it without one."""
    screen = Screen(options)
    with open_reading(options) as (settings, store):
        zone = zone_of(options, settings)
        today = now().astimezone(zone).date()
        begun = since_of(since, today, zone, command="syncd log")
        every = _entries(settings, store, today)
        found = [one for one in every if begun is None or one.at >= begun]
    if screen.is_json:
        screen.entries("syncd/log/1", "entries", [one.document for one in found])
    else:
        alike = (list(same) for _, same in groupby(found, attrgetter("by", "what", "why")))
        rows = [_row(same[-1], len(same), zone, today) for same in alike]
        if rows:
            screen.table(COLUMNS, rows)
        else:
            screen.text("Nothing was decided" + (" since then." if since else " yet."))
    return 0


def _entries(settings: Settings, store: Store, today: date) -> Sequence[Entry]:
    called = {f"deliverable:{one.id}": one.name for one in declared_now(settings, store)}
    alerts = {one.fingerprint: one for one in store.alerts()} if called else {}
    acts = [_of_act(as_called_now(act, called, alerts), today) for act in store.acts()]
    names = _Names(store)
    links = [_of_link(one, names) for one in store.link_decisions()]
    return sorted([*acts, *links], key=lambda one: one.at)


class _Names:
    """What the items are called whose links people decided on."""

    def __init__(self, store: Store) -> None:
        decided = store.link_decisions()
        self._refs: dict[str, str] = {}
        if decided:
            held = store.snapshot(now())
            items: tuple[Item, ...] = (*held.issues, *held.pull_requests, *held.milestones)
            self._refs = {str(one.key): one.ref for one in items}

    def of(self, key: object) -> str:
        """Its ref, or its key where it is not held any more."""
        return clean(self._refs.get(str(key), str(key)))


def _of_act(act: Act, today: date) -> Entry:
    about = f"D-{act.seen.number} {clean(act.seen.title)} " if act.seen else ""
    what = f"{about}{did(act, today)}"
    return Entry(act.at, clean(act.by), what, clean(act.text), act_entry(act))


def _of_link(one: LinkDecision, names: _Names) -> Entry:
    dependant, prerequisite = names.of(one.dependant), names.of(one.prerequisite)
    waits = "waits for" if one.accepted else "does not wait for"
    document = {
        "type": "link-decision",
        "at": one.at.isoformat(),
        "by": clean(one.by),
        "dependant": dependant,
        "prerequisite": prerequisite,
        "accepted": one.accepted,
        "text": clean(one.reason) or None,
    }
    what = f"{dependant} {waits} {prerequisite}"
    return Entry(one.at, clean(one.by), what, clean(one.reason), document)


def _row(one: Entry, times: int, zone: ZoneInfo, today: date) -> list[Cell]:
    """The last of so many alike in a row."""
    local, again = one.at.astimezone(zone), f" ({times} times)" if times > 1 else ""
    return [
        Cell(text=f"{day(local.date(), today)}{NBSP}{local:%H:%M}"),
        Cell(text=one.by),
        Cell(text=one.what + again),
        Cell(text=one.why or "—"),
    ]


def since_of(text: str, today: date, zone: ZoneInfo, *, command: str) -> datetime | None:
    """Start of a local day that is not ahead, None for "". Raises Usage."""
    if not text:
        return None
    match = re.fullmatch(r"(\d{1,4})([dw])", text)
    try:
        if match:
            begun = today - timedelta(days=int(match[1]) * (7 if match[2] == "w" else 1))
        else:
            begun = date.fromisoformat(text)
    except ValueError:
        raise Usage(
            f'--since "{text}" is not a day such as 2026-11-20, or a time such as 7d',
            f"{command} --help",
        ) from None
    if begun > today:
        raise Usage(f'--since "{text}" is ahead', f"{command} --help")
    return datetime.combine(begun, time(), zone)
