"""The same answer in the same bytes (`reconciler.md` §G), to compare, to hash and to keep."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time, timedelta
from enum import Enum
from typing import Any

import orjson

from syncd.model.findings import Evaluation, Finding
from syncd.model.items import ItemKey
from syncd.model.snapshot import Scope, Snapshot
from syncd.reconciler.config import ReconcilerConfig

LOT = 5_000
"""Entries hashed at once, so that a snapshot is never in memory twice."""


def findings_json(evaluation: Evaluation) -> bytes:
    """The evaluation as JSON with sorted keys: byte for byte the same for the same inputs."""
    return _json(evaluation)


def config_hash(config: ReconcilerConfig) -> str:
    """SHA-256, in hex, of all that may change an answer besides the snapshot, holidays included."""
    return hashlib.sha256(_json(config)).hexdigest()


def _json(value: Any) -> bytes:
    return json.dumps(
        plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":")
    ).encode()


def snapshot_hash(snapshot: Snapshot) -> str:
    """SHA-256, in hex, of everything in the snapshot, `as_of` included."""
    digest = hashlib.sha256()
    for one in fields(snapshot):
        for lot in _lots(getattr(snapshot, one.name)):
            digest.update(orjson.dumps(lot, default=tuple))
    return digest.hexdigest()


def _lots(value: Any) -> Iterator[Any]:
    """A collection in its order, sets and mappings by key, in pieces; at least one piece."""
    if isinstance(value, Mapping):
        value = tuple(sorted(value.items()))
    elif isinstance(value, frozenset):
        value = tuple(sorted(value))
    if not isinstance(value, tuple):
        value = (value,)
    for start in range(0, max(1, len(value)), LOT):
        yield value[start : start + LOT]


_AS_TEXT = (ItemKey, Scope, Enum, time, timedelta)


def plain(value: Any) -> Any:
    """Made of what JSON knows; sets become sorted lists, identities become their text."""
    if isinstance(value, _AS_TEXT):
        return str(value)
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, frozenset | tuple | list):
        made = [plain(one) for one in value]
        return sorted(made, key=str) if isinstance(value, frozenset) else made
    return _of_dataclass(value)


def _of_dataclass(value: Any) -> dict[str, Any]:
    if not is_dataclass(value):
        raise TypeError(f"{type(value).__name__} has no canonical form")
    found = {one.name: plain(getattr(value, one.name)) for one in fields(value) if one.compare}
    if isinstance(value, Finding):
        found["fingerprint"] = value.fingerprint
    return found
