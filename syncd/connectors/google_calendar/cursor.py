"""How far a calendar has been read: opaque outside, written and read here only. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date

MOST = 50
"""Ids kept aside: each costs a request at each pull. The daily listing tries all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """What a cursor holds."""

    sync_token: str
    listed_on: date
    """Day of the newest complete listing of the window."""
    role: str
    """What we were allowed to see then."""
    parameters: str
    """Digest of what the token depends on."""
    aside: tuple[str, ...] = ()
    """Provider's ids of events that could not be read: asked for again at each pull."""

    def text(self) -> str:
        """As text."""
        held = asdict(self) | {"aside": self.aside[:MOST]}
        return json.dumps(held | {"listed_on": self.listed_on.isoformat()}, sort_keys=True)

    @classmethod
    def read(cls, cursor: str | None, parameters: str) -> Position | None:
        """The position of a cursor; None where it is none of ours or for other parameters."""
        try:
            held = json.loads(cursor or "")
            position = cls(
                **{
                    **held,
                    "listed_on": date.fromisoformat(held["listed_on"]),
                    "aside": tuple(held["aside"]),
                }
            )
        except (ValueError, TypeError, KeyError):
            return None
        return position if position.parameters == parameters else None
