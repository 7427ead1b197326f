"""An issue's change log as changes of the common model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from syncd.connectors.jira.fields import FieldIds
from syncd.connectors.jira.people import People
from syncd.connectors.jira.phases import Status, Workflow
from syncd.connectors.jira.sprints import Sprint, sprint_key, sprint_then
from syncd.connectors.jira.values import by_number, instant, maybe_text, parse_day, rows
from syncd.model.history import Change
from syncd.model.items import ItemKey, Kind, Phase

DATES = frozenset({"due", "start", "target_start", "target_end"})
"""Claim fields of an issue whose history the change log has."""

_SYSTEM = {
    "duedate": "due", "due date": "due", "fixversions": "milestones", "fix version": "milestones",
    "status": "state", "resolution": "resolution", "assignee": "assignee", "labels": "labels",
    "components": "components", "component": "components", "summary": "title",
    "priority": "priority", "description": "description", "parent": "parent",
    "issueparentassociation": "parent", "epic link": "parent", "parent link": "parent",
    "sprint": "sprint", "story points": "size", "story point estimate": "size",
    "flagged": "flagged", "team": "team", "start date": "start", "target start": "target_start",
    "target end": "target_end", "key": "key", "link": "link",
}  # fmt: skip
"""Id or name of a field, casefolded → the field of the common model."""

_MEANT = {"points": "size", "epic_link": "parent", "parent_link": "parent"}


@dataclass(frozen=True, kw_only=True)
class ChangeReader:
    """What is needed to read the change logs of one site."""

    source: str
    fields: FieldIds
    workflow: Workflow
    versions: Mapping[str, str] = field(default_factory=dict)
    """Casefolded version name → id, for logs that name a version only."""

    def field_of(self, item: Mapping[str, Any]) -> str:
        """Field of the common model that a change log item is about; "" for none."""
        native_id = str(item.get("fieldId") or "")
        known = self._by_id.get(native_id) or _SYSTEM.get(native_id.casefold())
        if known:
            return known
        name = str(item.get("field") or "").casefold()
        meaning = self.fields.names.get(name, "")
        if item.get("fieldtype") == "custom" and meaning:
            return _MEANT.get(meaning, meaning)
        return _SYSTEM.get(name, "")

    @cached_property
    def _by_id(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for meaning, ids in self.fields.by_meaning().items():
            for native_id in ids:
                found.setdefault(native_id, _MEANT.get(meaning, meaning))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What a change log tells."""

    changes: tuple[Change, ...] = ()
    """Oldest first."""
    aliases: tuple[str, ...] = ()
    """Keys that the issue had before."""
    links: Mapping[str, datetime] = field(default_factory=dict)
    """Key of a far issue → when it was last linked."""
    closed_at: datetime | None = None
    """When the current stay in a closed phase began; None if it is open or was never seen open."""


def read_history(
    histories: Sequence[Mapping[str, Any]],
    *,
    item: ItemKey,
    reader: ChangeReader,
    status: Status,
    resolution: str | None,
    sprints: Mapping[str, Sprint],
    people: People,
    zone: str,
) -> History:
    """Read the log of one issue, given in any order, whose status and resolution now are known.

    Of dates with a time the day in `zone` counts. Raises `Malformed` for an entry that cannot be
    read.
    """
    log = _Log(item, reader, sprints, people, zone)
    entries = sorted(map(log.entry, histories), key=lambda each: (each.at, by_number(each.id)))
    log.begin(entries, status, resolution)
    for each in entries:
        log.read(each)
    return History(
        changes=tuple(log.changes),
        aliases=tuple(dict.fromkeys(log.aliases)),
        links=log.links,
        closed_at=log.closed_at if log.phase.is_closed else None,
    )


@dataclass(slots=True)
class _Entry:
    """One entry of the log while it is read: when, by whom, what, and how often each field came."""

    id: str
    at: datetime
    actor: str | None
    is_bot: bool
    items: Sequence[tuple[str, Mapping[str, Any]]]
    """Each with the field of the common model that it is about."""
    seen: dict[str, int] = field(default_factory=dict)


class _Log:
    def __init__(
        self,
        item: ItemKey,
        reader: ChangeReader,
        sprints: Mapping[str, Sprint],
        people: People,
        zone: str,
    ) -> None:
        self.item, self.reader, self.sprints, self.people = item, reader, sprints, people
        self.zone = zone
        self.changes: list[Change] = []
        self.aliases: list[str] = []
        self.links: dict[str, datetime] = {}
        self.status = Status()
        self.resolution: str | None = None
        self.phase = Phase.TODO
        self.closed_at: datetime | None = None
        self.parent: str | bool | None = False

    def entry(self, history: Mapping[str, Any]) -> _Entry:
        """An entry as it is told. Raises `Malformed`."""
        at = instant(history, "created")
        account = self.people.read(history.get("author"))
        return _Entry(
            id=str(history.get("id") or at.isoformat()),
            at=at,
            actor=account.id if account else None,
            # Only Jira itself changes something without being somebody.
            is_bot=account is None or account.is_bot,
            items=[(self.reader.field_of(each), each) for each in rows(history, "items")],
        )

    def begin(self, entries: Iterable[_Entry], status: Status, resolution: str | None) -> None:
        """Find the status and resolution that the issue was created with."""
        first: dict[str, Mapping[str, Any]] = {}
        for entry in entries:
            for name, item in entry.items:
                first.setdefault(name, item)
        self.status = _status(first["state"], "from") if "state" in first else status
        self.resolution = resolution
        if "resolution" in first:
            self.resolution = maybe_text(first["resolution"], "fromString")
        self.phase = self.reader.workflow.phase(self.status, self.resolution)

    def read(self, entry: _Entry) -> None:
        """Take up what an entry changed."""
        before = self.status, self.resolution
        for name, item in entry.items:
            self._item(entry, name, item)
        if before != (self.status, self.resolution):
            self._settle_phase(entry)

    def _item(self, entry: _Entry, name: str, item: Mapping[str, Any]) -> None:
        if name in DATES:
            self._date(entry, name, item)
        elif name in _PLAIN:
            for old, new in _PLAIN[name](item):
                self._add(entry, name, old, new)
        elif name in _WITH_SITE:
            _WITH_SITE[name](self, entry, item)

    def state(self, entry: _Entry, item: Mapping[str, Any]) -> None:
        """A transition; the phase follows when the whole entry is read."""
        self.status = _status(item, "to")
        self._add(entry, "state", _text(item, "from"), _text(item, "to"))

    def resolved(self, entry: _Entry, item: Mapping[str, Any]) -> None:
        """A resolution: it decides between done and dropped, and says why."""
        self.resolution = maybe_text(item, "toString")
        self._add(entry, "resolution", _text(item, "from"), self.resolution)

    def moved(self, entry: _Entry, item: Mapping[str, Any]) -> None:  # noqa: ARG002 # one shape for all
        """Another key."""
        self.aliases += filter(None, [maybe_text(item, "fromString")])

    def linked(self, entry: _Entry, item: Mapping[str, Any]) -> None:
        """A link was made (or removed, which says nothing here)."""
        far = maybe_text(item, "to")
        if far:
            self.links[far] = entry.at

    def adopted(self, entry: _Entry, item: Mapping[str, Any]) -> None:
        """Another parent. An epic link is logged twice, as epic link and as parent."""
        new = _text(item, "to")
        if self.parent is False or new != self.parent:
            self._add(entry, "parent", _text(item, "from"), new)
        self.parent = new

    def planned(self, entry: _Entry, item: Mapping[str, Any]) -> None:
        """Fix versions came or went."""
        for old, new in _elements(self._version(item, "from"), self._version(item, "to")):
            self._add(entry, "milestones", old, new)

    def scheduled(self, entry: _Entry, item: Mapping[str, Any]) -> None:
        """Another sprint."""
        old, new = (self._sprint(item, side, entry.at) for side in ("from", "to"))
        self._add(entry, "sprint", old, new)

    def _settle_phase(self, entry: _Entry) -> None:
        """Status and resolution change in one entry: the phase is told once, after both."""
        after = self.reader.workflow.phase(self.status, self.resolution)
        if after is self.phase:
            return
        self._add(entry, "phase", str(self.phase), str(after))
        if after.is_closed and not self.phase.is_closed:
            self.closed_at = entry.at
        self.phase = after

    def _date(self, entry: _Entry, name: str, item: Mapping[str, Any]) -> None:
        old, new = _day(item, "from", self.zone), _day(item, "to", self.zone)
        # A date in a form with two readings is not taken for "no date".
        if old is not _UNREADABLE and new is not _UNREADABLE:
            self._add(entry, name, old, new)

    def _add(self, entry: _Entry, name: str, old: str | None, new: str | None) -> None:
        if old == new and name != "description":
            return
        entry.seen[name] = entry.seen.get(name, 0) + 1
        self.changes.append(
            Change(
                item=self.item,
                field=name,
                old=old,
                new=new,
                at=entry.at,
                native_id=f"{entry.id}-{name}-{entry.seen[name]}",
                actor=entry.actor,
                is_bot=entry.is_bot,
            )
        )

    def _version(self, item: Mapping[str, Any], side: str) -> str | None:
        name = (_text(item, side) or "").casefold()
        native_id = maybe_text(item, side) or self.reader.versions.get(name)
        return str(version_key(self.reader.source, native_id)) if native_id else None

    def _sprint(self, item: Mapping[str, Any], side: str, at: datetime) -> str | None:
        native_id = sprint_then(maybe_text(item, side) or "", self.sprints, at)
        return str(sprint_key(self.reader.source, native_id)) if native_id else None


def version_key(source: str, native_id: str) -> ItemKey:
    """Identity of a version; versions and sprints number independently."""
    return ItemKey(source, Kind.MILESTONE, f"version-{native_id}")


_UNREADABLE = "unreadable"
_Pairs = Iterator[tuple[str | None, str | None]]


def _status(item: Mapping[str, Any], side: str) -> Status:
    return Status(maybe_text(item, side) or "", _text(item, side) or "")


def _text(item: Mapping[str, Any], side: str) -> str | None:
    return maybe_text(item, f"{side}String")


def _day(item: Mapping[str, Any], side: str, zone: str) -> str | None:
    values = [item.get(side), item.get(f"{side}String")]
    days = [day for value in values if (day := parse_day(value, zone)) is not None]
    if days:
        return days[0].isoformat()
    return _UNREADABLE if any(values) else None


def _elements(old: str | None, new: str | None) -> _Pairs:
    if old:
        yield old, None
    if new:
        yield None, new


def _scalar(item: Mapping[str, Any]) -> _Pairs:
    yield _text(item, "from"), _text(item, "to")


def _account(item: Mapping[str, Any]) -> _Pairs:
    yield maybe_text(item, "from"), maybe_text(item, "to")


def _number(item: Mapping[str, Any]) -> _Pairs:
    yield _plain(_text(item, "from")), _plain(_text(item, "to"))


def _plain(text: str | None) -> str | None:
    try:
        return f"{float(text):g}" if text else None
    except ValueError:
        return None


def _flag(item: Mapping[str, Any]) -> _Pairs:
    yield "true" if _text(item, "from") else "false", "true" if _text(item, "to") else "false"


def _labels(item: Mapping[str, Any]) -> _Pairs:
    before = set((_text(item, "from") or "").split())
    after = set((_text(item, "to") or "").split())
    yield from ((label, None) for label in sorted(before - after))
    yield from ((None, label) for label in sorted(after - before))


def _components(item: Mapping[str, Any]) -> _Pairs:
    yield from _elements(_text(item, "from"), _text(item, "to"))


def _nothing(_: Mapping[str, Any]) -> _Pairs:
    yield None, None


_PLAIN: Mapping[str, Callable[[Mapping[str, Any]], _Pairs]] = {
    "assignee": _account,
    "labels": _labels,
    "components": _components,
    "title": _scalar,
    "priority": _scalar,
    "team": _scalar,
    "description": _nothing,
    "size": _number,
    "flagged": _flag,
}
_WITH_SITE: Mapping[str, Callable[[_Log, _Entry, Mapping[str, Any]], None]] = {
    "state": _Log.state,
    "resolution": _Log.resolved,
    "key": _Log.moved,
    "link": _Log.linked,
    "parent": _Log.adopted,
    "milestones": _Log.planned,
    "sprint": _Log.scheduled,
}
