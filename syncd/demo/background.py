"""What had happened before the story begins: half a year of work in three teams.

Made from a fixed seed, so that the same day gives the same world.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Self

from syncd.demo.calendar import Days
from syncd.demo.simulators.github import GitHubSimulator
from syncd.demo.simulators.google_calendar import GoogleCalendarSimulator
from syncd.demo.simulators.jira import JiraSimulator

PLANS, FREEZES = "checkout@group.calendar.example.com", "freeze@group.calendar.example.com"
GITHUB_TOKEN = "simulated-github-token"  # noqa: S105 - opens nothing but the simulator
STAFF = {
    "dli": "Dana Li", "rosei": "R. Osei", "wtan": "W. Tan", "mfox": "M. Fox", "akaya": "A. Kaya",
    "jsen": "J. Sen", "lmora": "L. Mora", "pnowak": "P. Nowak", "tito": "T. Ito",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Team:
    """One of the three teams: where it works and what about."""

    project: str
    repo: str
    people: tuple[str, ...]
    topics: tuple[str, ...]
    first_issue: int
    issues: int
    first_pull: int


TEAMS = (
    Team("PAY", "acme/payments-api", ("mfox", "akaya", "lmora"),
         ("capture", "refund", "3-D Secure", "payout", "dispute", "receipt"), 56, 61, 180),
    Team("LED", "acme/ledger", ("rosei", "jsen", "pnowak"),
         ("posting", "balance", "write path", "audit trail", "export", "rounding"), 20, 61, 290),
    Team("MOB", "acme/mobile-app", ("wtan", "tito"),
         ("checkout screen", "wallet", "deep link", "offline mode", "login", "basket"), 2, 41, 210),
)  # fmt: skip
VERBS = ("Rework", "Add", "Test", "Document", "Measure", "Harden", "Translate", "Migrate")
WORKFLOW = ("In Progress", "In Review", "Done")
LONG = ((1, 17), (28, 0), (2, 0), (30, 1), (0, 0), (29, 18), (1, 1), (31, 0))
"""Days that an item waits more than others until it is begun, and takes more: by these past ones
the forecast knows what may become of those that are open."""
LATEST = -8
"""Day of the last begin that leaves room to be done before the story."""


@dataclass(slots=True)
class World:
    """The three simulators, and the names by which the story finds things."""

    jira: JiraSimulator
    github: GitHubSimulator
    calendar: GoogleCalendarSimulator
    days: Days
    version: str = ""
    events: dict[str, str] = field(default_factory=dict)
    pulls: dict[str, str] = field(default_factory=dict)

    def set_clock(self, now: datetime) -> None:
        """All three providers live at the same moment."""
        self.jira.now = self.github.now = self.calendar.now = now

    def __enter__(self) -> Self:
        for simulator in (self.jira, self.github, self.calendar):
            simulator.start()
        return self

    def __exit__(self, *_: object) -> None:
        for simulator in (self.jira, self.github, self.calendar):
            simulator.stop()


def build(days: Days) -> World:
    """The world as it is on the evening before day 0."""
    start = days.at(-130)
    world = World(
        JiraSimulator("cloud", now=start),
        GitHubSimulator(now=start),
        GoogleCalendarSimulator(now=start),
        days,
    )
    chance = random.Random(41)
    for login, name in STAFF.items():
        world.jira.add_user(login, name)
        world.github.user(login, name)
    world.github.add_token(GITHUB_TOKEN, "dli")
    world.jira.add_project("REL", "Releases")
    for team in TEAMS:
        world.jira.add_project(team.project, team.repo.partition("/")[2])
        world.github.add_repo(team.repo)
        _issues(world, team, chance)
        _pulls(world, team, chance)
    _meetings(world)
    world.set_clock(days.at(-1, time(18)))
    return world


def _issues(world: World, team: Team, chance: random.Random) -> None:
    """Work that is all done by now, the last of it on the day before the story."""
    jira, days = world.jira, world.days
    jira.number_from(team.project, team.first_issue)
    for number in range(team.issues):
        begun = -126 + number * 118 // team.issues
        title = f"{VERBS[number % len(VERBS)]} {chance.choice(team.topics)}"
        who = chance.choice(team.people)
        key = jira.add_issue(team.project, title, by=who, at=_some_time(days, begun, chance),
                             assignee=who)  # fmt: skip
        wait, more = LONG[number % len(LONG)]
        if begun + wait + more > LATEST:
            wait = more = 0
        day = begun + wait
        for status in WORKFLOW:
            day += chance.choice((1, 1, 1, 2, 2)) + (more if status == "In Review" else 0)
            jira.edit(key, by=who, at=_some_time(days, day, chance), status=status)


def _pulls(world: World, team: Team, chance: random.Random) -> None:
    """Pull requests, reviewed and merged, each for an issue of the team done about then."""
    github, days = world.github, world.days
    done = {
        issue.key: issue.resolved
        for issue in world.jira.issues.values()
        if issue.project == team.project and issue.resolved
    }
    for number in range(19):
        author, reviewer = chance.sample(team.people, 2)
        opened = -124 + 6 * number
        merged = days.at(opened + 1)
        key = min(done, key=lambda key: abs(done[key] - merged))
        del done[key]
        github.now = _some_time(days, opened, chance)
        ref = github.open_pull(team.repo, f"{key} {chance.choice(team.topics)}", by=author,
                               head=f"{key.lower()}-work")  # fmt: skip
        if number == 0:
            ref = renumber(github, ref, team.first_pull)
        github.request_review(ref, reviewer, by=author)
        github.now = _some_time(days, opened + chance.choice((1, 1, 2)), chance)
        github.review(ref, by=reviewer)
        github.now += timedelta(hours=1)
        github.merge(ref, by=author)


def _meetings(world: World) -> None:
    calendar, days = world.calendar, world.days
    calendar.add_calendar(PLANS, summary="Checkout relaunch", zone="Europe/Berlin")
    calendar.add_calendar(FREEZES, summary="Freezes", zone="Europe/Berlin")
    calendar.now = days.at(-20)
    for offset in range(0, 30, 5):
        start = days.at(offset, time(9, 30))
        calendar.add_event(PLANS, "Programme stand-up", start, start + timedelta(minutes=30),
                           attendees=_guests("dana", "r.osei", "w.tan"))  # fmt: skip
        calendar.add_event(PLANS, "Risk meeting", days.at(offset + 3, time(14)))
    start = days.at(-5, time(8, 45))
    calendar.add_event(
        PLANS, "Ledger stand-up", start, start + timedelta(minutes=15),
        recurrence="FREQ=WEEKLY", attendees=_guests("dana", "r.osei", "somebody.else"),
    )  # fmt: skip
    for offset, who in ((9, "J. Sen"), (17, "T. Ito")):
        calendar.add_event(PLANS, f"{who} away", days.day(offset), days.day(offset + 2),
                           eventType="outOfOffice")  # fmt: skip
    calendar.add_event(FREEZES, "Year-end freeze", days.day(34), days.day(44))


def _guests(*names: str) -> list[dict[str, str]]:
    return [{"email": f"{name}@example.com", "responseStatus": "accepted"} for name in names]


def renumber(github: GitHubSimulator, ref: str, number: int) -> str:
    """Give an issue or pull request another number, so that later ones follow it."""
    item = github.item(ref)
    del item.repo.items[item.number]
    item.number = number
    item.repo.items[number] = item
    return item.ref


def _some_time(days: Days, index: int, chance: random.Random) -> datetime:
    return days.at(index, time(chance.randrange(9, 17), chance.randrange(60)))
