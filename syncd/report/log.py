"""Changes and decisions: what moved, what was dropped and what people decided, newest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from syncd.model.acts import Act, ActKind
from syncd.model.calendar import local_time
from syncd.model.history import Change
from syncd.model.items import ItemKey, Kind
from syncd.model.links import LinkDecision
from syncd.reconciler.facts.growth import dropped
from syncd.reconciler.facts.wording import day, listing, plural
from syncd.reconciler.resolve.claims import day_of
from syncd.report.contents import Audience, Entry
from syncd.report.deeds import as_called_now, did
from syncd.report.material import RESTRICTED, Material
from syncd.text import clean_text, grouped

SHOWN = 40
SINCE_BD = 5
"""Working days that are told."""
DATES = {
    "due": "due date",
    "release": "release date",
    "end": "end",
    "target_end": "target end",
    "first_day": "day",
}
"""Fields of which a change is told, and what they are called."""
FOR_LEADERS = frozenset({ActKind.BASELINE, ActKind.ACCEPT})


def log(material: Material, *, decisions_only: bool) -> tuple[tuple[Entry, ...], date, int]:
    """(entries, the day they begin on, how many are left out)."""
    begins = material.view.config.calendar.shift(material.today, -SINCE_BD)
    start = datetime.combine(begins, time(), ZoneInfo(material.zone)).astimezone(UTC)
    found = [*_decided(material, start, leaders=decisions_only), *_dropped(material, start)]
    if not decisions_only:
        found += _moved(material, start)
    found.sort(key=lambda entry: (entry.at, entry.what), reverse=True)
    return tuple(found[:SHOWN]), begins, max(0, len(found) - SHOWN)


def _decided(material: Material, start: datetime, *, leaders: bool) -> Iterator[Entry]:
    end = material.view.snapshot.as_of
    for act in material.acts:
        is_meant = act.kind in FOR_LEADERS if leaders else act.kind is not ActKind.FEEDBACK
        if start <= act.at <= end and is_meant:
            yield _of_act(material, act)
    for decision in material.decisions:
        if start <= decision.at <= end and not leaders:
            yield _of_link(material, decision)


def _of_act(material: Material, act: Act) -> Entry:
    leaders = material.audience is Audience.LEAD
    names = {one.subject: one.name for one in material.view.deliverables if one.declared}
    act, about = as_called_now(act, names, material.alerts), ""
    if act.seen:
        alert = material.alerts.get(act.seen.fingerprint)
        hidden = alert is None or alert.finding.restricted
        title = RESTRICTED if hidden else clean_text(act.seen.title, 90)
        about = f"{title}: " if leaders else f"D-{act.seen.number} {title}: "
    words = f"{about}{did(act, material.today)}"
    why = "" if act.seen and RESTRICTED in about else clean_text(act.text, 200)
    return Entry(
        at=act.at,
        day=_day(material, act.at),
        who="" if leaders else _speaker(material, act.by),
        what=material.plainly(words) if leaders else words,
        why=material.plainly(why) if leaders else why,
        source="decision",
    )


def _speaker(material: Material, by: str) -> str:
    names = {one.id: one.name for one in material.view.config.people}
    return clean_text(names.get(by, by), 40)


def _of_link(material: Material, one: LinkDecision) -> Entry:
    waits = "waits for" if one.accepted else "does not wait for"
    return Entry(
        at=one.at,
        day=_day(material, one.at),
        who=_speaker(material, one.by),
        what=f"{material.ref(one.dependant)} {waits} {material.ref(one.prerequisite)}",
        why=clean_text(one.reason, 200),
        source="decision",
    )


def _dropped(material: Material, start: datetime) -> Iterator[Entry]:
    """One for each deliverable of which anything was."""
    leaders = material.audience is Audience.LEAD
    for whole, issues in dropped(material.view, material.deliverables, start):
        shown = [one for one in issues if one.done_at and not material.is_hidden(one.key)]
        refs = {one.key: "" if leaders else f"{material.ref(one.key)} " for one in shown}
        names = [f"{ref}{material.title(key)}" for key, ref in refs.items()]
        if names:
            at = max(one.done_at for one in shown if one.done_at)
            what = f"{listing(names, 3)} of {material.name(whole)}: dropped"
            yield Entry(at=at, day=_day(material, at), who="", what=what, why="",
                        source=issues[0].key.source)  # fmt: skip


def _moved(material: Material, start: datetime) -> Iterator[Entry]:
    """Dates of the program that moved; many that were changed at once are one line."""
    view, keys = material.view, _meant(material)
    many: Counter[tuple[str, str, date, str]] = Counter()
    last: dict[tuple[str, str, date, str], datetime] = {}
    for change in view.snapshot.changes:
        if change.at < start or change.field not in DATES or change.item not in keys:
            continue
        if view.bulk(change):
            who = view.account_name(change.item.source, change.actor)
            together = (change.field, change.item.source, _day(material, change.at), who)
            many[together] += 1
            last[together] = max(change.at, last.get(together, change.at))
        elif not material.is_hidden(change.item):
            yield _of_change(material, change)
    for together, count in many.items():
        field, source, on, who = together
        what = f"{plural(count, DATES[field])} changed at once"
        yield Entry(at=last[together], day=on, who=clean_text(who, 40), what=what, why="",
                    source=source)  # fmt: skip


def _meant(material: Material) -> frozenset[ItemKey]:
    if not material.program:
        held = material.view.snapshot
        every: Iterable[ItemKey] = (
            item.key for group in (held.issues, held.milestones, held.events) for item in group
        )
        return frozenset(every)
    return frozenset(
        key for one in material.deliverables for key in (*one.bound, *one.members, *one.gates)
    )


def _of_change(material: Material, change: Change) -> Entry:
    view, today = material.view, material.today
    calendar = view.calendar(change.item)
    old, new = (day_of(value, calendar) for value in (change.old, change.new))
    was, now = (day(value, today) if value else "none" for value in (old, new))
    moved = calendar.between(old, new) if old and new else 0
    name, title = material.ref(change.item), material.title(change.item)
    is_named = change.item.kind in (Kind.EVENT, Kind.MILESTONE)
    called = (title if change.item.kind is Kind.EVENT else name) if is_named else f"{name} {title}"
    slip = f" ({grouped(moved, signed=True)} wd)" if moved else ""
    return Entry(
        at=change.at,
        day=_day(material, change.at),
        who=clean_text(view.account_name(change.item.source, change.actor), 40),
        what=f"{called}: {DATES[change.field]} {was} → {now}{slip}",
        why="",
        source=change.item.source,
    )


def _day(material: Material, at: datetime) -> date:
    return local_time(at, material.zone).date()
