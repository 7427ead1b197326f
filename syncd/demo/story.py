"""Three weeks of three teams: the plan they start with, and what becomes of it day by day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time

from syncd.demo.background import FREEZES, GITHUB_TOKEN, PLANS, World
from syncd.demo.calendar import LAST

LAUNCH, REVIEW = 29, 24
"""Days of the launch and of the go / no-go review in the plan."""


TALK = (
    ("LED-88", "jsen"), ("LED-97", "rosei"), ("MOB-55", "wtan"),
    ("PAY-120", "mfox"), ("PAY-131", "lmora"), ("PAY-150", "mfox"),
)  # fmt: skip
"""Work that goes on, and who talks about it."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that somebody does at a time of the story."""

    day: int
    clock: time
    do: Callable[[World], object]

    def at(self, world: World) -> datetime:
        """When, as UTC."""
        return world.days.at(self.day, self.clock)


def plan(world: World) -> None:
    """The plan of day 0: one launch, three teams, what waits for what."""
    jira, days = world.jira, world.days
    world.version = jira.add_version("REL", "checkout-v3", release=days.day(LAUNCH))
    _work(world)
    jira.link("PAY-142", "is blocked by", "LED-88", by="dli")
    jira.link("MOB-60", "is blocked by", "PAY-142", by="dli")
    jira.link("REL-1", "is blocked by", "MOB-60", by="dli")
    for repo in ("acme/payments-api", "acme/ledger", "acme/mobile-app"):
        world.github.add_milestone(repo, "checkout-v3", due=days.day(LAUNCH), by="dli")
    world.pulls["ledger"] = world.github.open_pull(
        "acme/ledger", "LED-88 write path, last part", by="rosei", head="led-88-write-path",
        milestone="checkout-v3",
    )  # fmt: skip
    calendar = world.calendar
    world.events["review"] = calendar.add_event(
        PLANS, "Checkout go / no-go review", days.at(REVIEW, time(10)), description="For REL-1"
    )
    world.events["launch"] = calendar.add_event(
        PLANS, "Checkout launch", days.day(LAUNCH), description="REL-1, version checkout-v3"
    )
    calendar.add_event(FREEZES, "Freeze before launch", days.day(LAUNCH - 2), days.day(LAUNCH))


def _work(world: World) -> None:
    """(key, title, who, due day, status) of the issues that the story is about."""
    rows = (
        ("REL-1", "Launch checkout v3", "dli", LAUNCH, "To Do"),
        ("LED-88", "Ledger API v2", "rosei", 16, "In Progress"),
        ("LED-93", "Balance read model", "jsen", 22, "In Review"),
        ("LED-97", "Audit trail for refunds", "pnowak", 9, "In Progress"),
        ("PAY-131", "Retire capture v1", "akaya", 6, "In Progress"),
        ("PAY-142", "Capture on Ledger v2", "mfox", 21, "To Do"),
        ("PAY-150", "Dispute webhooks", "lmora", 20, "In Progress"),
        ("MOB-55", "Wallet on checkout", "tito", 18, "In Progress"),
        ("MOB-57", "Checkout screens", "wtan", 23, "To Do"),
        ("MOB-60", "Checkout end to end", "wtan", 25, "To Do"),
        ("PAY-120", "Refund reasons", "akaya", -6, "In Progress"),
        ("MOB-44", "Login on shared devices", "tito", -9, "To Do"),
    )
    jira, days = world.jira, world.days
    for key, title, who, due, status in sorted(rows, key=lambda row: _number(row[0])):
        project = key.partition("-")[0]
        jira.number_from(project, _number(key))
        jira.add_issue(project, title, by=who, at=days.at(-12), assignee=who,
                       due=days.day(due), versions=(world.version,))  # fmt: skip
        if status != "To Do":
            jira.edit(key, by=who, at=days.at(-3), status="In Progress")
        if status == "In Review":
            jira.edit(key, by=who, at=days.at(-1, time(11)), status=status)


def _number(key: str) -> int:
    return int(key.rpartition("-")[2])


def acts() -> list[Act]:
    """All of it, in order."""
    return sorted([*_turns(), *_talk()], key=lambda act: (act.day, act.clock))


def _turns() -> Iterator[Act]:
    yield Act(5, time(10), _due("LED-88", 19, by="rosei"))
    yield Act(7, time(11), lambda w: w.github.set_due("acme/mobile-app", "checkout-v3",
                                                     w.days.day(LAUNCH - 4)))  # fmt: skip
    yield Act(8, time(15), _merge_wallet)
    yield Act(9, time(16), lambda w: w.jira.edit("PAY-131", by="akaya", status="Done"))
    yield Act(11, time(9), lambda w: w.github.set_due("acme/mobile-app", "checkout-v3",
                                                     w.days.day(LAUNCH)))  # fmt: skip
    yield Act(12, time(16), _due("LED-88", 22, by="rosei"))
    yield Act(13, time(13), lambda w: w.calendar.move_event(PLANS, w.events["launch"],
                                                           w.days.day(LAUNCH + 2)))  # fmt: skip
    yield Act(14, time(8), lambda w: w.github.revoke(GITHUB_TOKEN))
    yield Act(14, time(9, 30), _close_wallet)
    yield Act(14, time(10), lambda w: w.github.add_token(GITHUB_TOKEN, "dli"))
    yield Act(14, time(15), lambda w: w.jira.link("PAY-150", "is blocked by", "MOB-60",
                                                 by="lmora"))  # fmt: skip
    yield Act(14, time(15, 10), lambda w: w.jira.link("PAY-142", "is blocked by", "PAY-150",
                                                     by="mfox"))  # fmt: skip


def _talk() -> Iterator[Act]:
    """Work that goes on is talked about; LED-93 is what nobody looks at."""
    for day in range(LAST):
        for key, who in TALK:
            if (day + len(who) + _number(key)) % 2 == 0:
                yield Act(day, time(14, day), _comment(key, who))


def _comment(key: str, who: str) -> Callable[[World], object]:
    return lambda world: world.jira.comment(key, "A little further.", by=who)


def moments() -> Iterator[tuple[int, time]]:
    """(day, time) of each cycle of syncd: every morning, and once the token is back."""
    for day in range(LAST + 1):
        yield day, time(8, 25)
        if day == 14:
            yield day, time(10, 25)


def _due(key: str, day: int, *, by: str) -> Callable[[World], object]:
    return lambda world: world.jira.edit(key, by=by, due=world.days.day(day))


def _merge_wallet(world: World) -> None:
    ref = world.github.open_pull("acme/mobile-app", "MOB-55 wallet on checkout", by="tito",
                                 head="mob-55-wallet")  # fmt: skip
    world.github.review(ref, by="wtan")
    world.github.merge(ref, by="tito")


def _close_wallet(world: World) -> None:
    world.jira.edit("MOB-55", by="tito", status="Done")
