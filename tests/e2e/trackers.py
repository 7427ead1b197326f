"""Recorded trackers as they stood on a day: items, versions and sprints of `jira_titanium_small`.

The export has no change log. An item counts as begun when it was made, and as planned for the
versions and sprints that it carries in the end, since no earlier state of it is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache

from replays import DATA, rows

from syncd.model.history import Change
from syncd.model.items import Issue, ItemKey, Milestone, Phase
from syncd.model.snapshot import Snapshot
from syncd.testing.builders import change, issue, snapshot, version

FOLDER = DATA / "jira_titanium_small"
PROJECTS = ("ALOY", "DAEMON", "MOD")
DELIVERED = {"Fixed", "Done", "Resolved", "Completed", "Implemented", "Complete"}
MORNING = time(8, tzinfo=UTC)


@dataclass(frozen=True)
class Item:
    """An item over its whole life; times are UTC."""

    ref: str
    type: str
    made: datetime
    closed: datetime | None
    delivered: bool
    versions: tuple[str, ...]

    def is_open(self, at: datetime) -> bool:
        """Whether it was there and not closed."""
        return self.made <= at and (self.closed is None or self.closed > at)


@dataclass(frozen=True)
class Tracker:
    """A project: its items, and the release day of each version."""

    name: str
    items: tuple[Item, ...]
    releases: dict[str, date]

    def members(self, name: str) -> list[Item]:
        """Items that carry a version in the end."""
        return [item for item in self.items if name in item.versions]

    def at(self, now: datetime) -> Snapshot:
        """What could be seen then; versions whose day is over are released."""
        versions = {
            name: version(
                name,
                release=day,
                scope=self.name,
                state="released" if day < now.date() else "planned",
            )
            for name, day in self.releases.items()
        }
        things: list[Issue | Change | Milestone] = list(versions.values())
        for item in self.items:
            if item.made <= now:
                things += _seen(item, now, {name: one.key for name, one in versions.items()})
        return snapshot(*things, as_of=now)


def _seen(item: Item, now: datetime, keys: dict[str, ItemKey]) -> list[Issue | Change]:
    closed = item.closed if item.closed and item.closed <= now else None
    ended = Phase.DONE if item.delivered else Phase.DROPPED
    found = issue(
        item.ref,
        type=item.type,
        phase=ended if closed else Phase.ACTIVE,
        created_at=item.made,
        done_at=closed,
        milestones=tuple(keys[name] for name in item.versions),
    )
    steps: list[Issue | Change] = [found, change(found, "phase", "todo", "active", item.made)]
    if closed:
        steps.append(change(found, "phase", "active", ended.value, closed, actor=item.ref))
    return steps


@cache
def tracker(name: str) -> Tracker:
    """One of `PROJECTS`."""
    items, releases = [], {}
    for row in rows(f"jira_titanium_small/{name}.issues.jsonl.gz"):
        told = row["fields"]
        dated = [one for one in told.get("fixVersions") or [] if one.get("releaseDate")]
        releases |= {one["name"]: date.fromisoformat(one["releaseDate"]) for one in dated}
        items.append(
            Item(
                ref=row["key"],
                type=told["issuetype"]["name"],
                made=_instant(told["created"]),
                closed=_instant(told["resolutiondate"]) if told["resolutiondate"] else None,
                delivered=(told["resolution"] or {}).get("name") in DELIVERED,
                versions=tuple(one["name"] for one in dated),
            )
        )
    return Tracker(name, tuple(items), releases)


def morning(day: date) -> datetime:
    """When the tracker is looked at."""
    return datetime.combine(day, MORNING)


def _instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z").astimezone(UTC)
