"""A company of any size in a real store: what one whole pass over it has to read and to judge.

A project has 1,000 items, written page by page as a tracker would tell them: 30 % done over a year,
a sprint, two releases ahead and a backlog; five changes and three links an item, a third of these
to other teams. The world is a function of its size alone.
"""

from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random

from syncd.interfaces import Page
from syncd.model.history import Change
from syncd.model.items import (
    Account,
    DateClaim,
    DateRole,
    Issue,
    ItemKey,
    Kind,
    Level,
    Milestone,
    MilestoneKind,
    Phase,
)
from syncd.model.links import Evidence, Link
from syncd.model.snapshot import Scope
from syncd.reconciler.config import ReconcilerConfig
from syncd.store import open_store
from syncd.testing.organisation import config, team

AS_OF = datetime(2026, 11, 23, 8, tzinfo=UTC)
PULLED = AS_OF - timedelta(minutes=5)
SIZE = 1_000
"""Items of a project."""
DONE, STARTED, SOON, LATER = 300, 350, 380, 460
"""Of each project: done, begun, in the next release, in the one after it; the rest is backlog."""
PHRASES = (
    ("relates to", "relates to"), ("relates to", "relates to"), ("is blocked by", "blocks"),
    ("depends on", "is depended on by"), ("clones", "is cloned by"),
)  # fmt: skip


def organisation(items: int) -> ReconcilerConfig:
    """Two projects a team."""
    names = [_project(number) for number in range(items // SIZE)]
    return config(
        teams=tuple(
            team(f"team-{place // 2}", *(f"jira:{name}" for name in names[place : place + 2]))
            for place in range(0, len(names), 2)
        )
    )


def fill(path: Path, items: int) -> None:
    """A new store of that many items."""
    with_ids, random = count(), Random(7)
    store = open_store(f"sqlite:///{path}", now=PULLED)
    for number in range(items // SIZE):
        project = Project(number, items // SIZE, random, with_ids)
        store.commit(Scope("jira", project.name), project.page(), PULLED)
    store.close()


def _project(number):
    return f"P{number:03}"


def _key(project, place, kind=Kind.ISSUE):
    return ItemKey("jira", kind, str(10_000 + project * SIZE + place))


def _at(days):
    """So many days from now, at a time of the day that differs."""
    return PULLED + timedelta(days=days) - timedelta(minutes=int(abs(days) * 977) % 300)


class Project:
    """One project as its tracker tells it."""

    def __init__(self, number, projects, random, ids):
        self.number, self.projects, self.random, self.ids = number, projects, random, ids
        self.name = _project(number)
        self.changes, self.links = [], []

    def page(self):
        things = [*self.milestones(), *(self.item(place) for place in range(SIZE))]
        people = [Account(source="jira", id=f"u{self.number}-{one}", name=f"Person {one}")
                  for one in range(8)]  # fmt: skip
        return Page(
            items=tuple(things), changes=tuple(self.changes), links=tuple(self.links),
            accounts=tuple(people), last=True, listing=True, cursor="1",
        )  # fmt: skip

    def milestones(self):
        version, sprint = MilestoneKind.VERSION, MilestoneKind.SPRINT
        for place, kind, name, state, end in (
            (0, version, "1.0", "released", -120), (1, version, "1.1", "released", -30),
            (2, version, "2.0", "planned", 45), (3, version, "2.1", "planned", 120),
            (4, sprint, "Sprint 41", "closed", -7), (5, sprint, "Sprint 42", "active", 7),
        ):  # fmt: skip
            key = _key(self.number, place, Kind.MILESTONE)
            is_version = kind is version
            yield Milestone(
                key=key, ref=f"{self.name} {name}", scope=self.name, kind=kind, name=name,
                state=state, start=None if is_version else _at(end - 14).date(),
                closed_at=_at(end) if state in ("released", "closed") else None,
                claims=(self.claim(key, "release" if is_version else "end", end),),
            )  # fmt: skip

    def claim(self, key, field, days):
        role = {"release": DateRole.RELEASE, "end": DateRole.END}.get(field, DateRole.DUE)
        day = _at(days).date()
        return DateClaim(subject=key, role=role, field=field, lo=day, hi=day)

    def item(self, place):
        key, is_epic = _key(self.number, place), place % 50 == 0
        born = -380 + place * 0.36
        begun, ended = -270 + place * 0.85, -265 + place * 0.85 + place % 7
        is_done, is_begun = place < DONE, place < STARTED
        phase = Phase.DONE if is_done else Phase.ACTIVE if is_begun else Phase.TODO
        self.history(key, place, born, begun, ended)
        self.relations(key, place, born)
        is_dated = place % 4 == 1 or place % 100 == 50
        due = [self.claim(key, "due", 2 + (place - DONE) * 0.5)] if is_dated else []
        return Issue(
            key=key, ref=f"{self.name}-{place + 1}", scope=self.name,
            title=f"Let the ledger of step {place} close while a batch is open", phase=phase,
            type="Epic" if is_epic else ("Story", "Bug", "Task")[place % 3],
            level=Level.EPIC if is_epic else Level.ITEM, state=phase.value.title(),
            created_at=_at(born), updated_at=_at(ended if is_done else -place % 40),
            done_at=_at(ended) if is_done else None,
            parent=None if is_epic else f"{self.name}-{place // 50 * 50 + 1}",
            milestones=self.releases(place), assignee=self.person(place),
            sprint=_key(self.number, 5, Kind.MILESTONE) if DONE <= place < STARTED + 10 else None,
            labels=("backend",) if place % 5 else (), priority="High" if place % 9 else "Low",
            url=f"https://tracker.test/browse/{self.name}-{place + 1}", claims=tuple(due),
        )  # fmt: skip

    def person(self, place):
        return f"u{self.number}-{place % 8}"

    def releases(self, place):
        ends = (DONE // 2, DONE, SOON, LATER)
        found = [number for number, end in enumerate(ends) if place < end][:1]
        return tuple(_key(self.number, number, Kind.MILESTONE) for number in found)

    def history(self, key, place, born, begun, ended):
        def note(field, old, new, days):
            self.changes.append(
                Change(
                    item=key, field=field, old=old, new=new, at=_at(days),
                    native_id=f"{next(self.ids)}-{field}-0", actor=self.person(place + 1),
                )
            )  # fmt: skip

        note("priority", None, "High", born + 1)
        note("comment", None, None, born + 3)
        for milestone in self.releases(place):
            note("milestones", None, str(milestone), born + 4)
        if place < STARTED:
            note("state", "Todo", "Active", begun)
            note("phase", "todo", "active", begun)
        if place < DONE:
            note("state", "Active", "Done", ended)
            note("phase", "active", "done", ended)
        elif place % 4 == 1:
            was = _at(2 + (place - DONE) * 0.5 - 10).date()
            note("due", str(was), str(was + timedelta(days=10)), -20 - place % 30)
        if place >= STARTED:
            note("comment", None, None, -1 - place % 90)
            note("assignee", None, self.person(place), -1 - place % 80)

    def relations(self, key, place, born):
        if place < 3:
            return
        for number in range(3):
            other = self.number
            if self.random.random() < 0.3:
                other = int(self.random.random() * self.projects)
            far = place - 1 - int(self.random.random() * min(place - 2, 60))
            far -= far % 50 == 0
            phrase, inverse = PHRASES[(place + number * 2) % len(PHRASES)]
            self.links.append(
                Link(
                    id=str(next(self.ids)), near=key, far=_key(other, far),
                    far_ref=f"{_project(other)}-{far + 1}", evidence=Evidence.ISSUE_LINK,
                    phrase=phrase, inverse_phrase=inverse, type_id="10100", outward=False,
                    set_at=_at(born + 2),
                )
            )  # fmt: skip
