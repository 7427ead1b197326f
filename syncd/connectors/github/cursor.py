"""How far a repository has been read: opaque outside, written and read here only. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta

from syncd.connectors.github.details import ProjectValue
from syncd.errors import CursorExpired

OVERLAP = timedelta(minutes=5)
"""Read again at each pull, for what was still on its way when the last one ended."""

_MOST_ASIDE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How far a pull is that has not ended: what makes a cursor a bookmark."""

    began: str | None
    """When it began, by the provider's clock."""
    whole: bool
    """It names every item, so its end is that of a complete listing."""
    reached: str | None
    """`updated_at` up to which it has read."""


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
    mark: str = ""
    """`Glimpse.mark` when it was written; "" where there was no GraphQL."""
    milestones: str = ""
    """`Glimpse.milestones` when `titles` were read."""
    titles: tuple[tuple[str, str], ...] = ()
    """Titles of all milestones, with their native ids; histories tell only titles."""
    settled: bool = False
    """No late edit can hide behind the mark or the tags."""
    etags: tuple[str, ...] = ()
    """Without GraphQL: tags of the answers that tell whether anything is new."""
    owners: str = ""
    """`Glimpse.owners_id` that code owners were read by."""
    looked: str | None = None
    """Day on which all open items were read last, by the provider's clock."""
    sprints: tuple[ProjectValue, ...] = ()
    """Iterations that were not over: no list names them once their items are closed."""
    way: Way | None = None

    def write(self) -> str:
        """As text."""
        return json.dumps({**asdict(self), "aside": self.aside[:_MOST_ASIDE]}, sort_keys=True)

    @classmethod
    def read(cls, text: str) -> Cursor:
        """Back from text. Raises CursorExpired for one that another version wrote."""
        try:
            found = json.loads(text)
            found |= {name: tuple(found[name]) for name in ("former", "aside", "etags")}
            found["titles"] = tuple((str(k), str(v)) for k, v in found["titles"])
            found["sprints"] = tuple(ProjectValue(**each) for each in found["sprints"])
            found["way"] = Way(**found["way"]) if found["way"] else None
            cursor = cls(**found)
            cursor.start()
            cursor.is_due(date.max)
        except (ValueError, TypeError, KeyError) as error:
            raise CursorExpired("the stored position can't be read; reading all again") from error
        return cursor

    def start(self) -> str | None:
        """`since` of the next pull."""
        if self.way is not None:
            return self.way.reached
        if self.since is None:
            return None
        return stamp(datetime.fromisoformat(self.since).astimezone(UTC) - OVERLAP)

    def is_due(self, today: date | None) -> bool:
        """Whether open items are to be read again, as once a day.

        Edits of dependencies and of project fields do not mark them as updated.
        """
        if self.looked is None or today is None:
            return self.looked is None
        return today > date.fromisoformat(self.looked)


def instant(text: str | None) -> datetime | None:
    """Back from what `stamp` wrote."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def stamp(at: datetime) -> str:
    """An instant as GitHub writes it, whole seconds in UTC."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
