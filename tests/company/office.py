"""The tools of one company: what they hold, who did what and when, and what syncd has not read yet.

Work is written as acts at instants; `until` carries them out in order, so that the past of an
item is made the same way as its present. Versions, milestones and events keep no history, as at
their providers: what becomes of them syncd must see by itself.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from syncd.interfaces import Page
from syncd.model.history import Change
from syncd.model.items import (
    Issue,
    Item,
    ItemKey,
    Milestone,
    Phase,
    PullRequest,
    Review,
)
from syncd.model.links import Evidence, Link
from syncd.model.snapshot import Scope
from syncd.model.values import scalars, sets
from syncd.testing.builders import claim, link

PHASES = {
    "To Do": Phase.TODO,
    "In Progress": Phase.ACTIVE,
    "Ready for release": Phase.ACTIVE,
    "Blocked": Phase.WAITING,
    "In Review": Phase.REVIEW,
    "Done": Phase.DONE,
    "Won't do": Phase.DROPPED,
    "Duplicate": Phase.DROPPED,
}

Act = Callable[[], None]


class Office:
    """All tools of the company."""

    def __init__(self) -> None:
        self.items: dict[ItemKey, Item] = {}
        self._changes: dict[ItemKey, list[Change]] = defaultdict(list)
        self._links: dict[ItemKey, dict[str, Link]] = defaultdict(dict)
        self._acts: list[tuple[datetime, int, Act]] = []
        self._unread: dict[Scope, dict[ItemKey, None]] = defaultdict(dict)
        self._count = 0
        self.doing = "ordinary work"
        """What is being planned; kept of each item for whoever wonders where it comes from."""
        self.made_by: dict[str, str] = {}

    def plan(self, at: datetime, act: Act) -> None:
        """Something that somebody is going to do."""
        self._count += 1
        heapq.heappush(self._acts, (at, self._count, act))

    def until(self, now: datetime) -> None:
        """Let all that was planned up to `now` be done."""
        while self._acts and self._acts[0][0] <= now:
            heapq.heappop(self._acts)[2]()

    def scopes(self, source: str) -> tuple[str, ...]:
        """Names of the parts of a source."""
        return tuple(sorted(scope.name for scope in self._unread if scope.source == source))

    def read(self, scope: Scope, named: Collection[ItemKey] | None = None) -> Page:
        """What changed there since it was last read; with `named` a listing of no more than those."""
        if named is not None:
            return Page(seen=tuple(named), last=True, listing=True, cursor="c")
        keys, self._unread[scope] = tuple(self._unread[scope]), {}
        return Page(
            items=tuple(self.items[key] for key in keys),
            changes=tuple(one for key in keys for one in self._changes.pop(key, ())),
            links=tuple(one for key in keys for one in self._links[key].values()),
            last=True,
            cursor="c",
        )

    def add(self, at: datetime, item: Item) -> ItemKey:
        """A new item, from `at` on."""
        self.made_by[str(item.key)] = self.doing
        born = {"created_at": at} if not isinstance(item, Milestone) else {}
        self.plan(at, lambda: self._put(replace(item, updated_at=at, **born)))
        return item.key

    def edit(self, at: datetime, key: ItemKey, by: str | None, **fields: Any) -> None:
        """Attributes of an item get new values; `claims` by the builder `dated`."""
        self.plan(at, lambda: self._edit(at, key, by, fields))

    def date(
        self,
        at: datetime,
        key: ItemKey,
        by: str | None,
        day: date | None,
        field: str = "due",
        **more: Any,
    ) -> None:
        """A date of an item is set, moved or (None) taken away."""

        def act() -> None:
            kept = [one for one in self.items[key].claims if one.field != field]
            role = next((one.role for one in self.items[key].claims if one.field == field), None)
            told = {"role": role} if role else {}
            made = [claim(key, day, field=field, **told, **more)] if day else []
            self._edit(at, key, by, {"claims": (*kept, *made)})

        self.plan(at, act)

    def move(self, at: datetime, key: ItemKey, by: str, state: str) -> None:
        """An issue goes into another state."""
        phase = PHASES[state]
        done = at if phase.is_closed else None
        self.edit(at, key, by, state=state, phase=phase, done_at=done)

    def comment(self, at: datetime, key: ItemKey, by: str, *, bot: bool = False) -> None:
        """Somebody says something; it moves no field."""
        self.plan(at, lambda: self._note(at, key, by, "comment", None, None, bot=bot))

    def review(self, at: datetime, key: ItemKey, by: str, verdict: str = "approved") -> None:
        """A pull request is reviewed."""

        def act() -> None:
            pull = self.items[key]
            self._note(at, key, by, "review", None, None)
            made = Review(at=at, author=by, verdict=verdict)
            self._put(replace(pull, updated_at=at, reviews=(*pull.reviews, made)))

        self.plan(at, act)

    def close_pull(self, at: datetime, key: ItemKey, by: str, *, merged: bool) -> None:
        """A pull request is merged, or closed without that."""
        state = {"state": "merged", "merged_at": at} if merged else {"state": "closed"}
        self.edit(at, key, by, closed_at=at, **state)

    def move_event(self, at: datetime, key: ItemKey, day: date, **fields: Any) -> None:
        """An all-day event is put on another day."""
        self.date(at, key, None, day, "event")
        self.edit(at, key, None, first_day=day, last_day=day, **fields)

    def tie(
        self,
        at: datetime,
        near: ItemKey,
        far: ItemKey | str,
        phrase: str = "is blocked by",
        inverse: str = "blocks",
        evidence: Evidence = Evidence.ISSUE_LINK,
    ) -> None:
        """A link from the near end; `far` may be a name of which nothing is held."""

        def act() -> None:
            end = far if isinstance(far, str) else self.items[far]
            made = link(
                self.items[near], end, phrase, inverse, evidence=evidence, outward=True, set_at=at
            )
            self._links[near][made.id] = made
            self._touch(near, at)

        self.plan(at, act)

    def _edit(self, at: datetime, key: ItemKey, by: str | None, fields: dict[str, Any]) -> None:
        old = self.items[key]
        new = replace(old, updated_at=at, **fields)
        self._put(new)
        if not isinstance(new, Issue | PullRequest):
            return
        was, now = scalars(old), scalars(new)
        for field in sorted(was.keys() | now.keys()):
            if was.get(field) != now.get(field):
                self._note(at, key, by, field, was.get(field), now.get(field))
        had = sets(old)
        for field, elements in sets(new).items():
            for one in sorted(had[field] - elements):
                self._note(at, key, by, field, one, None)
            for one in sorted(elements - had[field]):
                self._note(at, key, by, field, None, one)

    def _note(
        self,
        at: datetime,
        key: ItemKey,
        by: str | None,
        field: str,
        old: str | None,
        new: str | None,
        *,
        bot: bool = False,
    ) -> None:
        self._count += 1
        self._changes[key].append(
            Change(
                item=key,
                field=field,
                old=old,
                new=new,
                at=at,
                native_id=str(self._count),
                actor=by,
                is_bot=bot,
            )
        )
        self._touch(key, at)

    def _touch(self, key: ItemKey, at: datetime) -> None:
        self._put(replace(self.items[key], updated_at=at))

    def _put(self, item: Item) -> None:
        self.items[item.key] = item
        self._unread[Scope(item.key.source, item.scope)][item.key] = None
