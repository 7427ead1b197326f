"""Whatever happened on the way, a store that was kept up to date knows what a new reader knows.

Random walks: people work on a provider, time passes, pulls meet faults and limits, are cut off
between two pages, and others edit while they page. Every few steps a pull is left alone, and a
second store reads everything for the first time. What may differ, and why, is in `Known`.
Each run is the same one; `SYNCD_LOTS=1` draws another, `SYNCD_WALK_SEED` repeats that.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random, SystemRandom
from typing import Any

import pytest
from silent import Silent
from stage import without_sleep

from syncd.connectors.github.connector import GitHubConnector
from syncd.connectors.google_calendar.connector import GoogleCalendarConnector
from syncd.connectors.jira.connector import JiraConnector
from syncd.connectors.jira.sprints import sprint_key
from syncd.demo.simulators.github import GitHubSimulator
from syncd.demo.simulators.google_calendar import GoogleCalendarSimulator
from syncd.demo.simulators.jira import JiraSimulator
from syncd.demo.simulators.server import Request
from syncd.interfaces import Connector, Store, Sweeping
from syncd.model.items import ItemKey, Kind
from syncd.model.snapshot import Snapshot
from syncd.pulling import Source, pull
from syncd.store import open_store

DRAWN = SystemRandom().randrange(10**9) if os.environ.get("SYNCD_LOTS") else 1
SEED = int(os.environ.get("SYNCD_WALK_SEED") or DRAWN)
STEPS = 200
LOOK_EVERY = 20
START = datetime(2026, 9, 7, 8, tzinfo=UTC)
REPO, PLAN = "acme/ledger", "plan@example.com"
PEOPLE = ("dli", "mfox", "rosei")


@dataclass(frozen=True)
class Known:
    """What is comparable of a store.

    Left out, since no provider tells it to somebody who comes later: when and by whom the date of a
    milestone or event was moved, changes that were only observed, former names of an item (GitHub
    tells none), which project first met a sprint of several. Links to what was deleted are left
    out: no provider touches the near end then. Refs are compared by whom they name.
    """

    items: Mapping[ItemKey, Any]
    links: frozenset[Any]
    changes: frozenset[Any]
    accounts: frozenset[Any]

    @classmethod
    def of(cls, held: Snapshot) -> Known:
        groups = (held.issues, held.pull_requests, held.milestones, held.events)
        items = {item.key: item for group in groups for item in group}
        named = {
            name: item.key for item in items.values() for name in (item.ref, *item.aliases)
        } | {item.ref: item.key for item in items.values()}
        return cls(
            items={key: _plain(item, named) for key, item in items.items()},
            links=frozenset(
                (one.id, one.near, named[one.far_ref], one.evidence, one.phrase)
                for one in held.links
                if one.far_ref in named
            ),
            changes=frozenset(
                (
                    one.item,
                    one.field,
                    named.get(one.old, one.old),
                    named.get(one.new, one.new),
                    one.at,
                )
                for one in held.changes
                if not one.native_id.startswith("observed:")
            ),
            accounts=frozenset(held.accounts),
        )

    def without(self, keys: set[ItemKey]) -> Known:
        """As if these items were not there."""
        return Known(
            items={key: item for key, item in self.items.items() if key not in keys},
            links=frozenset(one for one in self.links if not {one[1], one[2]} & keys),
            changes=frozenset(one for one in self.changes if one[0] not in keys),
            accounts=self.accounts,
        )


def _plain(item: Any, named: Mapping[str, ItemKey]) -> Any:
    item = replace(item, aliases=())
    if item.key.kind in (Kind.MILESTONE, Kind.EVENT):
        claims = tuple(replace(each, set_at=None, set_by=None) for each in item.claims)
        item = replace(item, claims=claims)
    if item.key.native_id.startswith("sprint-"):
        return replace(item, scope="")
    if item.key.kind is Kind.ISSUE and item.parent in named:
        return replace(item, parent=str(named[item.parent]))
    return item


@dataclass
class Walk:
    """A provider, those who work there, and the store that follows."""

    rng: Random
    simulator: Any
    build: Callable[[], Connector]
    folder: Path
    at: datetime = START
    log: list[str] = field(default_factory=list)
    made: int = 0

    def acts(self) -> Mapping[str, Callable[[], object]]:
        raise NotImplementedError

    def is_list(self, request: Request) -> bool:
        raise NotImplementedError

    def unmet(self, fresh: Known) -> set[ItemKey]:
        """What is there, but somebody who comes later has no way to find."""
        return set()

    @property
    def source(self) -> str:
        return self.build().name

    def open(self, name: str = "held") -> Store:
        return open_store(f"sqlite:///{self.folder}/{name}/syncd.db", now=self.at)

    def pass_time(self, most: timedelta = timedelta(minutes=90)) -> None:
        passed = timedelta(seconds=self.rng.randrange(1, int(most.total_seconds())))
        self.at = self.simulator.now = max(self.at, self.simulator.now) + passed

    def act(self) -> None:
        name, act = self.rng.choice(list(self.acts().items()))
        self.log.append(name)
        self.simulator.now += timedelta(seconds=1)
        act()

    def pull(self, store: Store, *, full: bool = False, stop_after: int | None = None) -> Any:
        stop = threading.Event()
        progress = Stopping(stop, stop_after)
        source = Source(name="walked", build=lambda: without_sleep(self.build()))
        # Walks may delete a third of all at once: whether that is believed is tested elsewhere.
        return pull(
            [source], store, self.at, progress=progress, full=full, accept_loss=True, stop=stop
        )

    def disturbed(self) -> None:
        """A pull that meets a fault, an edit or its end on the way."""
        kind = self.rng.choice(("calm", "fault", "passing fault", "edited", "edited", "cut off"))
        nth, seen = self.rng.randrange(1, 6), []

        def picks(request: Request) -> bool:
            if self.is_list(request):
                seen.append(request)
            return self.is_list(request) and len(seen) >= nth

        if "fault" in kind:
            name, fault = self.rng.choice(list(FAULTS.items()))
            self.simulator.fail(picks, times=1 if kind.startswith("passing") else None, **fault)
            kind = f"{kind} ({name})"
        elif kind == "edited":
            self.simulator.fail(lambda request: self.edit())
        self.log.append(f"pull {kind}")
        store = self.open()
        self.pull(store, stop_after=nth if kind == "cut off" else None)
        store.close()
        self.simulator.mend()

    def edit(self) -> bool:
        """Somebody edits while we page, and the paging takes its time."""
        if self.rng.random() < 0.3:
            self.act()
            self.simulator.now += timedelta(seconds=self.rng.randrange(400))
        return False

    def look(self) -> None:
        """Left alone, it must know what a new reader knows; what is gone, after two listings."""
        self.at = self.simulator.now = max(self.at, self.simulator.now) + timedelta(minutes=20)
        fresh = self.fresh()
        store = self.open()
        self.report(self.pull(store))
        held = Known.of(store.snapshot(self.at))
        extra = held.items.keys() - fresh.items.keys()
        self.compare(held.without(extra), fresh, "after a pull")
        sweeps = isinstance(self.build(), Sweeping)
        for hours in (7, 2):
            self.at += timedelta(hours=hours)
            self.simulator.now = self.at
            self.report(self.pull(store, full=not sweeps))
        snapshot = store.snapshot(self.at)
        store.close()
        fresh = self.fresh()
        assert not snapshot.invisible, self.said("still not visible")
        # What is over falls out of a calendar's window: that it is not listed proves nothing.
        over = {e.key for e in snapshot.events if e.last_day < self.at.date() - timedelta(days=1)}
        # Of what was deleted a new reader never heard.
        over |= {e.key for e in snapshot.events if e.status == "cancelled"}
        held = Known.of(snapshot).without((over | self.unmet(fresh)) - fresh.items.keys())
        self.compare(held, fresh, "after two listings")

    def fresh(self) -> Known:
        self.made += 1
        store = self.open(f"fresh-{self.made}")
        self.report(self.pull(store, full=True))
        found = Known.of(store.snapshot(self.at))
        store.close()
        return found

    def report(self, reports: Any) -> None:
        assert not any(each.failures or each.problems for each in reports), self.said(reports)

    def compare(self, held: Known, fresh: Known, when: str) -> None:
        for key in held.items.keys() | fresh.items.keys():
            one, other = held.items.get(key), fresh.items.get(key)
            assert one == other, self.said(f"{when} an item differs")
        assert held.links == fresh.links, self.said(f"{when} links differ")
        here = frozenset(one for one in held.changes if one[0] in fresh.items)
        assert here == fresh.changes, self.said(f"{when} changes differ")
        assert held.accounts >= fresh.accounts, self.said(f"{when} an account is missing")

    def said(self, what: object) -> str:
        return f"{what}; SYNCD_WALK_SEED={SEED}; the last steps: {', '.join(self.log[-30:])}"


class Stopping(Silent):
    """Ends the pull after so many pages, as a killed process does."""

    def __init__(self, stop: threading.Event, after: int | None) -> None:
        self.stop, self.left = stop, after

    def advanced(self, source: str, items: int, expected: int | None) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left <= 0:
                self.stop.set()


FAULTS: Mapping[str, Mapping[str, Any]] = {
    "500": {"status": 500},
    "401": {"status": 401},
    "404": {"status": 404},
    "a short limit": {"status": 429, "headers": {"Retry-After": "90"}},
    "reset": {"reset": True},
    "cut": {"truncate": True},
    "login page": {"status": 200, "body": "<html><form>sign in</form></html>"},
    "no list": {"status": 200, "body": {"odd": []}},
}


class JiraWalk(Walk):
    def is_list(self, request: Request) -> bool:
        return "/search/jql" in request.path or "/agile/" in request.path

    def unmet(self, fresh: Known) -> set[ItemKey]:
        """A board is known by the issues that are in one of its sprints."""
        sprints = {sprint_key(self.source, each) for each in self.simulator.sprints}
        return set() if sprints & fresh.items.keys() else sprints

    def key(self) -> str:
        return self.rng.choice(sorted(each.key for each in self.simulator.issues.values()))

    def day(self) -> date | None:
        return self.rng.choice((None, START.date() + timedelta(days=self.rng.randrange(90))))

    def acts(self) -> Mapping[str, Callable[[], object]]:
        sim, rng = self.simulator, self.rng
        by = rng.choice(PEOPLE)
        return {
            "add": lambda: sim.add_issue(rng.choice(("PAY", "LED")), f"New {self.at}", by=by),
            "due": lambda: sim.edit(self.key(), by=by, due=self.day()),
            "status": lambda: sim.edit(
                self.key(), by=by, status=rng.choice(("To Do", "In Progress", "Done"))
            ),
            "who": lambda: sim.edit(self.key(), by=by, assignee=rng.choice((None, *PEOPLE))),
            "summary": lambda: sim.edit(self.key(), by=by, summary=f"PAY-{rng.randrange(9)} waits"),
            "labels": lambda: sim.edit(self.key(), by=by, labels=tuple(rng.sample("abc", 2))),
            "versions": lambda: self._versions(by),
            "sprint": lambda: sim.edit(
                self.key(), by=by, sprints=(rng.choice(sorted(sim.sprints)),)
            ),
            "comment": lambda: sim.comment(self.key(), f"see {self.key()}", by=by),
            "link": lambda: sim.link(self.key(), "is blocked by", self.key(), by=by),
            "move": lambda: sim.move(self.key(), rng.choice(("PAY", "LED")), by=by),
            "delete": self._delete,
            "release": lambda: sim.edit_version(
                rng.choice(sorted(sim.versions)), release=self.day(), released=rng.random() < 0.5
            ),
            "sprint moves": lambda: sim.edit_sprint(
                rng.choice(sorted(sim.sprints)), end=self.at + timedelta(days=rng.randrange(20))
            ),
        }  # fmt: skip

    def _versions(self, by: str) -> None:
        key = self.key()
        project = self.simulator.issue(key).project
        mine = [v.id for v in self.simulator.versions.values() if v.project == project]
        self.simulator.edit(key, by=by, versions=tuple(self.rng.sample(sorted(mine), 1)))

    def _delete(self) -> None:
        if len(self.simulator.issues) > 12:
            key = self.key()
            native_id = self.simulator.issue(key).id
            self.simulator.links = [each for each in self.simulator.links if native_id not in each]
            self.simulator.delete(key)


class GitHubWalk(Walk):
    def is_list(self, request: Request) -> bool:
        return request.path.endswith("/issues")

    def ref(self, *, pull: bool | None = None) -> str:
        items = [
            item for item in self.simulator.items() if pull is None or bool(item.pull_id) is pull
        ]
        return self.rng.choice(items).ref

    def acts(self) -> Mapping[str, Callable[[], object]]:
        sim, rng, by = self.simulator, self.rng, self.rng.choice(PEOPLE)
        repo = next(iter(sim.repos.values())).full_name
        titles = sorted(each.title for each in sim.repo(repo).milestones.values())
        return {
            "open issue": lambda: sim.open_issue(repo, f"Work {self.at}", by=by, body=f"#{rng.randrange(9)}"),
            "open pull": lambda: sim.open_pull(repo, "Change", by=by, head="x", body=f"fixes #{rng.randrange(9)}"),
            "comment": lambda: sim.comment(self.ref(), by=by, text=f"waits for #{rng.randrange(9)}"),
            "rename": lambda: sim.rename(self.ref(), f"Title {self.at}", by=by),
            "label": lambda: self._label(rng.choice("abc"), by),
            "assign": lambda: self._assign(by),
            "milestone": lambda: sim.set_milestone(self.ref(), rng.choice((None, *titles)), by=by),
            "close": lambda: sim.close(self.ref(), by=by),
            "reopen": lambda: self._reopen(by),
            "due": lambda: sim.set_due(repo, rng.choice(titles), START.date() + timedelta(days=rng.randrange(90))),
            "block": lambda: sim.block(self.ref(pull=False), self.ref(pull=False), by=by),
            "parent": lambda: sim.set_parent(self.ref(pull=False), self.ref(pull=False), by=by),
            "push": lambda: sim.push(self.ref(pull=True), by=by),
            "review": lambda: sim.review(self.ref(pull=True), by=by),
            "ask": lambda: sim.request_review(self.ref(pull=True), by),
            "merge": lambda: self._merge(by),
            "delete": self._delete,
            "rename repository": self._rename,
        }  # fmt: skip

    def _label(self, name: str, by: str) -> None:
        ref = self.ref()
        held = name in self.simulator.item(ref).labels
        (self.simulator.unlabel if held else self.simulator.label)(ref, name, by=by)

    def _assign(self, by: str) -> None:
        ref = self.ref()
        held = by in {each.login for each in self.simulator.item(ref).assignees}
        (self.simulator.unassign if held else self.simulator.assign)(ref, by, by=by)

    def _reopen(self, by: str) -> None:
        ref = self.ref()
        item = self.simulator.item(ref)
        if item.state == "closed" and item.merged_at is None:
            self.simulator.reopen(ref, by=by)

    def _merge(self, by: str) -> None:
        ref = self.ref(pull=True)
        if self.simulator.item(ref).state == "open":
            self.simulator.merge(ref, by=by)

    def _delete(self) -> None:
        alone = [
            item.ref for item in self.simulator.items()
            if item.pull_id is None and not item.blocked_by
            and not any(item in each.blocked_by or each.parent is item for each in self.simulator.items())
            and not any(e.data.get("source") is item for each in self.simulator.items() for e in each.events)
        ]  # fmt: skip
        if len(alone) > 4:
            self.simulator.delete(self.rng.choice(alone))

    def _rename(self) -> None:
        repo = next(iter(self.simulator.repos.values()))
        if len(repo.former) < 2:
            self.simulator.rename_repo(repo.full_name, f"acme/ledger-{len(repo.former)}")


class CalendarWalk(Walk):
    def is_list(self, request: Request) -> bool:
        return request.path.endswith("/events")

    def event(self, *, series: bool = False) -> str | None:
        held = self.simulator.calendars[PLAN].events
        found = [
            name for name, raw in held.items()
            if ("recurrence" in raw) is series and raw["status"] != "cancelled"
            and "recurringEventId" not in raw
        ]  # fmt: skip
        return self.rng.choice(sorted(found)) if found else None

    def when(self) -> date | datetime:
        moment = START + timedelta(days=self.rng.randrange(20, 150), hours=self.rng.randrange(9))
        return moment if self.rng.random() < 0.5 else moment.date()

    def acts(self) -> Mapping[str, Callable[[], object]]:
        sim, rng = self.simulator, self.rng
        one, series = self.event(), self.event(series=True)
        acts: dict[str, Callable[[], object]] = {
            "add": lambda: sim.add_event(PLAN, f"Event {self.at}", self.when()),
            "add series": lambda: sim.add_event(
                PLAN, "Weekly", START + timedelta(days=rng.randrange(9)),
                recurrence=f"FREQ=WEEKLY;COUNT={rng.randrange(3, 9)}",
            ),
            "expire": lambda: sim.expire_sync_tokens(PLAN),
        }  # fmt: skip
        if one:
            acts |= {
                "move": lambda: self._move(one),
                "title": lambda: sim.edit_event(PLAN, one, summary=f"Named {self.at}"),
                "guests": lambda: sim.edit_event(PLAN, one, attendees=[{"email": "a@example.com"}]),
                "cancel": lambda: sim.cancel_event(PLAN, one, bare=rng.random() < 0.5),
            }
        if series:
            began = datetime.fromisoformat(sim.calendars[PLAN].events[series]["start"]["dateTime"])
            third = began + timedelta(days=14)
            acts |= {
                "move instance": lambda: sim.move_instance(
                    PLAN, series, third, third + timedelta(hours=rng.randrange(1, 50))
                ),
                "cancel instance": lambda: sim.cancel_instance(PLAN, series, third),
                "cancel series": lambda: rng.random() < 0.2 and sim.cancel_event(PLAN, series),
            }
        return acts

    def _move(self, event: str) -> None:
        when = self.when()
        length = timedelta(hours=1) if isinstance(when, datetime) else timedelta(days=1)
        self.simulator.move_event(PLAN, event, when, when + length)


def jira_walk(rng: Random, folder: Path) -> Iterator[Walk]:
    with JiraSimulator("cloud", now=START) as sim:
        for name in PEOPLE:
            sim.add_user(name, name)
        for project in ("PAY", "LED"):
            sim.add_project(project, project)
            sim.add_version(project, f"{project} 1")
            sim.add_version(project, f"{project} 2", release=START.date())
            for number in range(8):
                sim.add_issue(project, f"Part {number}", by="dli")
        for number in range(3):
            sim.add_sprint(f"S {number}", state="active", start=START, end=START + timedelta(14))
        settings = JiraConnector.Settings(
            url=sim.url, user=sim.user, token=sim.token, projects=("PAY", "LED"), page_size=2
        )
        yield JiraWalk(rng, sim, lambda: JiraConnector("walked", settings), folder)


def github_walk(rng: Random, folder: Path) -> Iterator[Walk]:
    with GitHubSimulator(now=START) as sim:
        sim.rate_limit = 10**6
        sim.add_token("walked", "dli")
        sim.add_repo(REPO)
        for title in ("v1", "v2"):
            sim.add_milestone(REPO, title)
        for number in range(8):
            sim.open_issue(REPO, f"Work {number}")
        sim.open_pull(REPO, "Change", head="x")
        settings = GitHubConnector.Settings(url=sim.url, token="walked", repos=(REPO,), per_page=2)
        yield GitHubWalk(rng, sim, lambda: GitHubConnector("walked", settings), folder)


def calendar_walk(rng: Random, folder: Path) -> Iterator[Walk]:
    with GoogleCalendarSimulator(now=START) as sim:
        sim.page_limit = 6
        sim.add_calendar(PLAN, zone="Europe/Berlin")
        for number in range(8):
            sim.add_event(PLAN, f"Event {number}", START.date() + timedelta(days=30 + number))
        settings = GoogleCalendarConnector.Settings.model_validate(
            {"url": sim.url, "calendars": [PLAN], "credentials": sim.service_account()}
        )
        yield CalendarWalk(rng, sim, lambda: GoogleCalendarConnector("walked", settings), folder)


@pytest.mark.parametrize(
    "walk", [jira_walk, github_walk, calendar_walk], ids=["jira", "github", "calendar"]
)
def test_a_store_kept_up_to_date_knows_what_a_new_reader_knows(walk, tmp_path: Path):
    print(f"SYNCD_WALK_SEED={SEED}")
    rng = Random(SEED)
    for walked in walk(rng, tmp_path):
        for step in range(1, STEPS + 1):
            rng.choice((*[walked.act] * 4, walked.pass_time, walked.disturbed))()
            if step % LOOK_EVERY == 0:
                walked.look()
