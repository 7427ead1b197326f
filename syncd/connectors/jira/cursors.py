"""Where a pull of a project stands: what the store keeps between runs, and inside a long one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Self

from syncd.connectors.calendars import zone_of
from syncd.connectors.jira.settings import JiraSettings
from syncd.connectors.jira.values import parse_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far a project was read, and what the next pull has to look at again."""

    updated: datetime
    """The provider's time when the pull began."""
    sprints: Mapping[str, str] = field(default_factory=dict)
    """Id of each sprint that was open → its board, "" where that is unknown."""
    sprints_at: datetime | None = None
    """The provider's time when they were last asked for."""
    boards: Mapping[str, str] = field(default_factory=dict)
    """Board → the project that its sprints belong to."""
    boards_at: datetime | None = None
    """The provider's time when all sprints of these were last listed."""
    aside: tuple[str, ...] = ()
    """Ids of issues that could not be read."""
    settings: str = ""
    """Digest of what decides how issues are read: another one means reading all again."""
    site: str = ""
    """Deployment and address that the pull met, so that the next one need not ask."""
    looked_at: datetime | None = None
    """The provider's time when open issues were last read whether edited or not."""
    reading: str = ""
    """Digest of which fields held what; "" = unknown."""
    statuses: Mapping[str, str] = field(default_factory=dict)
    """Id of each status that issues were met in → its category then."""
    left_out: tuple[str, ...] = ()
    """`type/claim field` of the dates that no issue of that type had an answer for."""

    def text(self) -> str:
        """As the store keeps it."""
        return _dumps(asdict(self))

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Self:
        """From what `text` wrote, also by earlier versions. Raises ValueError and the like."""
        updated = parse_instant(raw["updated"])
        if updated is None:
            raise ValueError("updated is no instant")
        sprints = raw["sprints"]
        return cls(
            updated=updated,
            sprints=_texts(sprints if isinstance(sprints, dict) else dict.fromkeys(sprints, "")),
            sprints_at=parse_instant(raw.get("sprints_at")),
            boards=_texts(raw.get("boards", {})),
            boards_at=parse_instant(raw.get("boards_at")),
            aside=tuple(str(each) for each in raw.get("aside", ())),
            settings=str(raw.get("settings", "")),
            site=str(raw.get("site", "")),
            looked_at=parse_instant(raw.get("looked_at")),
            reading=str(raw.get("reading", "")),
            statuses=_texts(raw.get("statuses", {})),
            left_out=tuple(str(each) for each in raw.get("left_out", ())),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """A place inside a pull.

    Issues come in the order of their creation, which no edit, move or deletion changes: going on
    from an instant skips nothing.
    """

    since: Cursor | None
    """What the pull reads on from; None = everything."""
    reached: Cursor
    """What the pull has found so far; `updated` is when it began."""
    created: datetime
    """When the newest issue read so far was created."""

    @property
    def settings(self) -> str:
        """As of the cursor."""
        return self.reached.settings

    def text(self) -> str:
        """As the store keeps it."""
        return _dumps(asdict(self))


def digest(settings: JiraSettings, scope: str) -> str:
    """Of the settings that decide how issues of a project are read, and where."""
    said = settings.model_dump_json(
        include={"url", "deployment", "fields", "project_fields", "phases", "dropped", "bots"}
    )
    said += zone_of(settings.sprint_zones, scope)
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def parse(text: str | None) -> Cursor | Bookmark | None:
    """Read back either; None, which means everything, for what is neither."""
    try:
        raw = json.loads(text or "null")
        if "reached" not in raw:
            return Cursor.read(raw)
        created = parse_instant(raw["created"])
        since = raw["since"]
        if created is None:
            return None
        return Bookmark(
            since=None if since is None else Cursor.read(since),
            reached=Cursor.read(raw["reached"]),
            created=created,
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _texts(raw: Mapping[Any, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in raw.items()}


def _dumps(value: Any) -> str:
    return json.dumps(value, default=datetime.isoformat, separators=(",", ":"))
