"""Alerts, acts and forecasts as versioned JSON text, by the type hints of their data classes.

A field that an older document lacks gets its default; one that is unknown is left out.
"""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Callable
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from syncd.model.acts import Act
from syncd.model.alerts import Alert
from syncd.model.forecasts import Forecast
from syncd.store.columns import from_micros, to_json, to_micros

VERSION = 1

Decoder = Callable[[Any], Any]
T = TypeVar("T")


def alert_text(alert: Alert) -> str:
    """The alert with its finding, as JSON."""
    return _document("alert", alert)


def alert_of(text: str) -> Alert:
    """What `alert_text` wrote. Raises ValueError for a version that this program does not know."""
    return _content(Alert, "alert", text)


def act_text(act: Act) -> str:
    """What a person did, as JSON."""
    return _document("act", act)


def act_of(text: str) -> Act:
    """What `act_text` wrote. Raises ValueError for a version that is not known."""
    return _content(Act, "act", text)


def forecast_text(forecast: Forecast) -> str:
    """The forecast as JSON; odds to a hundredth, as they are shown."""
    late = None if forecast.late is None else round(forecast.late, 2)
    return _document("forecast", dataclasses.replace(forecast, late=late))


def forecast_of(text: str) -> Forecast:
    """What `forecast_text` wrote. Raises ValueError for a version that is not known."""
    return _content(Forecast, "forecast", text)


def rewritten(text: str, change: Callable[[str], str]) -> str:
    """The document with `change` made to every text in it that people may have written."""
    document = json.loads(text)
    new = _rewritten(document, change)
    return text if new == document else to_json(new)


_CODES = frozenset(
    {"rule", "subject", "severity", "standing", "state", "fingerprint", "kind", "verdict", "tier",
     "inhibited_by", "root", "deliverable", "planned", "expected", "discriminator", "scopes",
     "teams", "programs", "told_teams", "explains", "material", "told_material",
     "told_dates"}
)  # fmt: skip
"""Names of values that are no text: whatever somebody is called, these stay."""


def _rewritten(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {
            name: one if name in _CODES else _rewritten(one, change) for name, one in value.items()
        }
    if isinstance(value, list):
        return [_rewritten(one, change) for one in value]
    return change(value) if isinstance(value, str) else value


def _document(name: str, content: Any) -> str:
    return to_json({"version": VERSION, name: _plain(content)})


def _content(cls: Callable[..., T], name: str, text: str) -> T:
    document = json.loads(text)
    if document["version"] != VERSION:
        raise ValueError(f"{name} document of version {document['version']}, {VERSION} is known")
    found: T = _decoder(cls)(document[name])
    return found


def _plain(value: Any) -> Any:
    """JSON's own types: instants as microseconds, days as text, data classes as objects."""
    kind: Callable[..., Any] = type(value)
    if value is None or kind in _AS_THEY_ARE:
        return value
    if names := _names(kind):
        return {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, tuple | frozenset):
        return [_plain(one) for one in (sorted(value) if isinstance(value, frozenset) else value)]
    return _plain_scalar(value)


_AS_THEY_ARE = frozenset({str, int, float, bool})


@cache
def _names(cls: Callable[..., Any]) -> tuple[str, ...]:
    """Fields of a data class; () of anything else."""
    return (
        tuple(one.name for one in dataclasses.fields(cls)) if dataclasses.is_dataclass(cls) else ()
    )


def _plain_scalar(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return to_micros(value)
    return value.isoformat() if isinstance(value, date) else value


@cache
def _decoder(kind: Any) -> Decoder:
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        (inner,) = (_decoder(arg) for arg in args if arg is not type(None))
        return lambda value: None if value is None else inner(value)
    if origin is tuple and args[-1] is not Ellipsis:
        parts = [_decoder(arg) for arg in args]
        return lambda value: tuple(part(one) for part, one in zip(parts, value, strict=True))
    if origin in (tuple, frozenset):
        element = _decoder(args[0])
        return lambda value: origin(element(one) for one in value)
    return _of_class(kind) if dataclasses.is_dataclass(kind) else _scalar_decoder(kind)


def _scalar_decoder(kind: Any) -> Decoder:
    if kind is datetime:
        return from_micros
    if kind is date:
        return date.fromisoformat
    return kind if isinstance(kind, type) and issubclass(kind, Enum) else _itself


def _itself(value: Any) -> Any:
    return value


def _of_class(cls: Any) -> Decoder:
    hints = get_type_hints(cls)
    decoders = {
        field.name: _decoder(hints[field.name]) for field in dataclasses.fields(cls) if field.init
    }

    def decode(value: dict[str, Any]) -> Any:
        return cls(
            **{name: decoders[name](content) for name, content in value.items() if name in decoders}
        )

    return decode
