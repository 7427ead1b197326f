"""The report for scripts: schema `syncd/report/1`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import date, datetime
from enum import Enum
from typing import Any

from syncd.report.contents import Block, Report
from syncd.text import safe_url

_PLAIN = re.compile(r"[a-z0-9_:-]*")
SCHEMA = "syncd/report/1"
_OF_BLOCK = {
    Block.NUMBERS: ("numbers",),
    Block.ATTENTION: ("attention", "more_attention"),
    Block.TIMELINE: ("rows", "rest", "more_rows"),
    Block.SLIPS: ("slips",),
    Block.WAITS: ("groups", "waits"),
    Block.LOG: ("log", "log_since", "more_log"),
    Block.DATA: ("ages", "gaps", "counts"),
}


def document(report: Report) -> dict[str, Any]:
    """All of it that the blocks name. Days are YYYY-MM-DD, slips working days, chances 0 to 1."""
    found: dict[str, Any] = {
        "schema": SCHEMA,
        "audience": str(report.audience),
        "for": report.reader or None,
        "title": report.title,
        "program": report.program or None,
        "as_of": report.as_of.isoformat(),
        "timezone": report.zone,
        "today": report.today.isoformat(),
        "blocks": [str(block) for block in report.blocks],
        "week": plain(report.weekly),
    }
    for block in report.blocks:
        found |= {name: plain(getattr(report, name)) for name in _OF_BLOCK[block]}
    return found


def lines(report: Report) -> Iterator[dict[str, Any]]:
    """The same as one object a line, each with its type: the head first."""
    whole = document(report)
    parts = {key: value for key, value in whole.items() if isinstance(value, list)}
    blocks = parts.pop("blocks")
    head = {key: value for key, value in whole.items() if key not in parts}
    yield head | {"type": "report", "blocks": blocks}
    for name, entries in parts.items():
        for entry in entries:
            yield {"type": name} | (entry if isinstance(entry, dict) else {"text": entry})


def _url(value: str) -> str | None:
    return safe_url(value) or None


def _id(value: str) -> str:
    """The same for the same row; a provider's own id only where it is but a number or a name."""
    return value if _PLAIN.fullmatch(value) else hashlib.sha256(_bytes(value)).hexdigest()[:16]


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


_CAREFUL: dict[str, Callable[[Any], Any]] = {"url": _url, "id": _id, "pushed_by": _id}


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, Enum):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    if hasattr(value, "__dataclass_fields__"):
        return {
            field.name: _CAREFUL.get(field.name, plain)(got)
            for field in fields(value)
            for got in (getattr(value, field.name),)
        }
    return value
