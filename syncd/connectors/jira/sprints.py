"""Sprints as Jira writes them: objects (Cloud) or the text of a Java object (Data Center)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from syncd.connectors.jira.values import Malformed, by_number, parse_instant
from syncd.model.calendar import local_time
from syncd.model.items import (
    DateClaim,
    DateRole,
    ItemKey,
    Kind,
    Milestone,
    MilestoneKind,
    Precision,
)

_STATES = {"future": "planned", "active": "active", "closed": "closed"}
_NAMES = (
    "id|rapidViewId|state|name|goal|startDate|endDate|completeDate|activatedDate|sequence|synced"
    "|autoStartStop|incompleteIssuesDestinationId"
)
# A name or goal may hold commas: only ",known=" parts.
_PARTS = re.compile(rf"(?:^|,)({_NAMES})=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sprint:
    """One sprint as an issue, a board or a sprint answer tells of it."""

    id: str
    name: str
    state: str
    """planned, active or closed."""
    board: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    completed: datetime | None = None


def sprint_key(source: str, native_id: str) -> ItemKey:
    """Identity of a sprint; versions and sprints number independently."""
    return ItemKey(source, Kind.MILESTONE, f"sprint-{native_id}")


def read_sprints(value: Any) -> tuple[Sprint, ...]:
    """Sprints of a sprint field, each once, in the order of the field. Raises `Malformed`."""
    if value is None:
        return ()
    entries = value if isinstance(value, list) else [value]
    found = [read_sprint(each) for each in entries if each is not None]
    return tuple({each.id: each for each in found}.values())


def read_sprint(value: Any) -> Sprint:
    """One sprint in either form. Raises `Malformed`."""
    raw = _parts(value) if isinstance(value, str) else value
    if not isinstance(raw, dict) or raw.get("id") in (None, ""):
        raise Malformed("sprint is neither an object nor text with an id")
    told = tuple(map(raw.get, _TOLD))
    try:
        return _sprint(*told)
    except TypeError:  # a list or object in the place of a text
        return _sprint.__wrapped__(*told)


_TOLD = (
    "id", "name", "state", "boardId", "originBoardId", "rapidViewId", "startDate", "endDate",
    "completeDate",
)  # fmt: skip


@lru_cache(maxsize=512, typed=True)  # each is told by many issues
def _sprint(native_id: Any, name: Any, state: Any, *told: Any) -> Sprint:
    *boards, start, end, completed = told
    board = next(filter(None, boards), None)
    return Sprint(
        id=str(native_id),
        name=str(name or f"sprint {native_id}"),
        state=_STATES.get(str(state or "").casefold(), "planned"),
        board=str(board) if board else None,
        start=parse_instant(start),
        end=parse_instant(end),
        completed=parse_instant(completed),
    )


def _parts(text: str) -> Mapping[str, Any]:
    inside = text.partition("[")[2].removesuffix("]")
    marks = list(_PARTS.finditer(inside))
    ends = [mark.start() for mark in marks[1:]] + [len(inside)]
    parts: dict[str, Any] = {}
    for mark, end in zip(marks, ends, strict=False):
        value = inside[mark.end() : end]
        parts.setdefault(mark[1], None if value == "<null>" else value)
    return parts


def current_sprint(sprints: Sequence[Sprint], *, closed: bool) -> Sprint | None:
    """The sprint that an issue is in: active, else next planned; a closed issue's last one.

    An open issue whose sprints are all closed is back in the backlog: None.
    """
    far = datetime.max.replace(tzinfo=UTC)
    for state in ("active", "planned"):
        of_state = [each for each in sprints if each.state == state]
        if of_state:
            return min(of_state, key=lambda each: (each.start or far, by_number(each.id)))
    if closed and sprints:
        return max(sprints, key=lambda each: (each.end or far, by_number(each.id)))
    return None


def sprint_then(ids: str, known: Mapping[str, Sprint], at: datetime) -> str | None:
    """Id of the sprint that a change log's list of ids ("7, 17") put an issue in at `at`.

    The list keeps completed sprints, so the last one that was not over then counts.
    """
    for native_id in reversed([each.strip() for each in ids.split(",") if each.strip()]):
        sprint = known.get(native_id)
        if sprint is None or sprint.completed is None or sprint.completed > at:
            return native_id
    return None


@lru_cache(maxsize=512)  # each is named by many issues
def sprint_milestone(
    sprint: Sprint, *, source: str, scope: str, url: str, zone: str = "UTC"
) -> Milestone:
    """A sprint as a milestone; it starts and ends at instants, told as their days in `zone`."""
    key = sprint_key(source, sprint.id)
    return Milestone(
        key=key,
        ref=f"sprint {sprint.id}",
        scope=scope,
        kind=MilestoneKind.SPRINT,
        name=sprint.name,
        state=sprint.state,
        closed_at=sprint.completed,
        start=local_time(sprint.start, zone).date() if sprint.start else None,
        board=sprint.board,
        url=f"{url}/secure/RapidBoard.jspa?rapidView={sprint.board}" if sprint.board else "",
        claims=tuple(_end(key, sprint.end, zone)),
    )


def _end(key: ItemKey, end: datetime | None, zone: str) -> Iterable[DateClaim]:
    if end is not None:
        day = local_time(end, zone).date()
        yield DateClaim(
            subject=key,
            role=DateRole.END,
            field="end",
            lo=day,
            hi=day,
            precision=Precision.INSTANT,
            zone=zone,
        )
