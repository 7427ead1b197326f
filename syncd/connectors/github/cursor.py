"""How far a repository has been read: opaque outside, written and read here only. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from syncd.errors import CursorExpired

OVERLAP = timedelta(minutes=5)
"""Read again at each pull, for what was still on its way when the last one ended."""

_MOST_ASIDE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A position in one repository."""

    repo: int
    name: str
    """`owner/name` at the time."""
    settings: str
    """Digest of what decides how rows are read: another one means reading all again."""
    since: str | None = None
    """The newest `updated_at` seen, by the provider's clock."""
    former: tuple[str, ...] = ()
    aside: tuple[int, ...] = ()
    """Numbers of items that could not be read: tried again at each pull."""

    def write(self) -> str:
        """As text."""
        return json.dumps({**asdict(self), "aside": self.aside[:_MOST_ASIDE]}, sort_keys=True)

    @classmethod
    def read(cls, text: str) -> Cursor:
        """Back from text. Raises CursorExpired for one that another version wrote."""
        try:
            found = json.loads(text)
            found |= {"former": tuple(found["former"]), "aside": tuple(found["aside"])}
            cursor = cls(**found)
            cursor.start()
        except (ValueError, TypeError, KeyError) as error:
            raise CursorExpired("the stored position can't be read; reading all again") from error
        return cursor

    def start(self) -> str | None:
        """`since` of the next pull."""
        if self.since is None:
            return None
        at = datetime.fromisoformat(self.since).astimezone(UTC) - OVERLAP
        return f"{at:%Y-%m-%dT%H:%M:%SZ}"
