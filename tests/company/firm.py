"""A made-up company: squads in several zones, their calendars and people, and their daily work.

A seed gives a company. `Company.day(n)` counts working days of everybody, `Squad.day(n)` those of a
squad, both from the Monday on which syncd reads for the first time. What is planted into it, and
so the truth that syncd is held against, is in the modules `plants_*`; this one is healthy by
itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from office import PHASES, Office
from truth import Truth

from syncd.model.calendar import WorkingCalendar
from syncd.model.items import Attendee, ItemKey
from syncd.model.links import Evidence
from syncd.testing.builders import event, github_milestone, issue, pull_request, sprint, version

DAYS = 30
"""Working days that are lived through."""
PAST = 65
"""Working days of history that the first reading finds."""
READ_AT = time(10)
"""UTC; at this hour it is the same day in every zone of the company."""
ZONES = (
    "Europe/Berlin", "America/New_York", "Asia/Singapore", "Europe/London",
    "America/Los_Angeles", "Australia/Sydney", "Asia/Kolkata",
)  # fmt: skip
SQUADS = 5
"""Squads that do a bit of everything; more come with plants that need one of their own."""
SOURCES = ("archive", "calendar", "depot", "github", "jira", "plans")
TRAIN = 20
"""Working days of one ordinary release."""
CALENDAR = "plans@example.com"
BOT = "rule-bot"


@dataclass(frozen=True, eq=False)
class Squad:
    """A team with a project, a repository and a calendar of its own."""

    id: str
    project: str
    calendar: WorkingCalendar
    start: date
    people: tuple[str, ...]

    @property
    def repo(self) -> str:
        return f"acme/{self.id}"

    def day(self, number: int) -> date:
        """Its working day `number`, from the first reading on."""
        first = self.calendar.shift(self.start - timedelta(days=1), 1)
        return self.calendar.shift(first, number)

    @property
    def staff(self) -> tuple[str, ...]:
        """Those who do the daily work; the others are there for plants that need somebody."""
        return self.people[:4]

    def at(self, day: int | date, hour: float = 11) -> datetime:
        """An instant of local working hours."""
        local = self.day(day) if isinstance(day, int) else day
        minutes = round(hour * 60)
        zoned = datetime.combine(local, time(minutes // 60, minutes % 60), self.zone)
        return zoned.astimezone(UTC)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.calendar.zone)


class Company:
    """The company, the acts of its people, and the truth about it."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        monday = date(2026, 1, 5) + timedelta(weeks=self.rng.randrange(104))
        self.start, self.calendar = monday, WorkingCalendar()
        self.office, self.truth = Office(), Truth()
        self.squads: list[Squad] = []
        self.outages: dict[date, str] = {}
        """Days on which a source cannot be read."""
        self.skews: dict[date, tuple[str, int]] = {}
        """Days on which a source's clock is so many seconds ahead."""
        self.losses: dict[date, tuple[str, list[ItemKey]]] = {}
        """Days on which a complete listing of a source names only these."""
        self.decisions: list[tuple[datetime, ItemKey, ItemKey]] = []
        """(at, dependant, prerequisite) of suspected dependencies that somebody rejects."""
        self.tables: list[str] = []
        """Further tables of the configuration."""
        self.pull_teams: list[str] = []
        self.owns: dict[str, str] = {}
        """What a squad owns besides its project and repository."""
        self._numbers: dict[str, int] = {}
        self._names = _names(self.rng)
        for _ in range(SQUADS):
            self.squad()
        self.scrum, self.sprints = self.scrums(1.0)

    # days

    def day(self, number: int) -> date:
        """A working day of the company as a whole."""
        return self.calendar.shift(self.start, number)

    def run(self, number: int) -> datetime:
        """The instant at which syncd works on that day."""
        return datetime.combine(self.day(number), READ_AT, UTC)

    def first_run(self, since: datetime | date) -> date:
        """The day of the first run that can know of it: of an instant, or of a day begun."""
        if not isinstance(since, datetime):
            return next(day for n in range(DAYS * 3) if (day := self.day(n)) >= since)
        return next(self.day(n) for n in range(DAYS * 3) if self.run(n) >= since)

    def lasting(self, squad: Squad, since: datetime, days: int) -> date:
        """The first run by which so many working days have gone by since an instant."""
        local = since.astimezone(squad.zone)
        end = squad.calendar.shift(local.date(), days)
        return self.first_run(datetime.combine(end, local.time(), squad.zone))

    # names

    def name(self) -> str:
        """A word that nothing else in the company is called."""
        return next(self._names)

    def squad(self, pace: float = 1.5, *, until: int = DAYS + 8, trains: bool = True) -> Squad:
        """A new squad that finishes `pace` items a day, up to its working day `until`."""
        number = len(self.squads)
        zone = ZONES[number % len(ZONES)]
        off = {self.day(self.rng.randrange(-40, 60)) for _ in range(3)}
        worked = self.start + timedelta(weeks=11, days=5)
        name = self.name()
        squad = Squad(
            id=name,
            project=name[:3].upper() + chr(65 + number // 26) + chr(65 + number % 26),
            calendar=WorkingCalendar(
                zone=zone, days_off=frozenset(off), days_on=frozenset({worked})
            ),
            start=self.start,
            people=tuple(f"{name}{n}" for n in range(6)),
        )
        self.squads.append(squad)
        self._work(squad, pace, until, trains=trains)
        return squad

    def ordinary(self) -> Squad:
        """One of the squads that do a bit of everything."""
        return self.rng.choice(self.squads[:SQUADS])

    def _work(self, squad: Squad, pace: float, until: int, *, trains: bool) -> None:
        """What is finished every day, most of it for the release of these four weeks."""
        due, releases = 0.0, dict[int, ItemKey]()
        for number in range(-PAST, until):
            weeks = number // TRAIN
            if trains and weeks not in releases:
                releases[weeks] = self._train(squad, weeks)
            due += pace
            while due >= 1:
                due -= 1
                if trains and self.rng.random() < 0.7:
                    made = weeks * TRAIN - 7
                    self.routine(squad, number, made=made, milestones=(releases[weeks],))
                else:
                    self.routine(squad, number)

    def _train(self, squad: Squad, number: int) -> ItemKey:
        """A release for what is finished in some weeks, and promised for much later."""
        first, last = number * TRAIN, (number + 1) * TRAIN
        key = self.version(squad, squad.day(last + TRAIN - 2), squad.at(first - 7, 9))
        at = squad.at(last, 12)
        self.office.edit(at, key, None, state="released", closed_at=at)
        return key

    def routine(self, squad: Squad, number: int, **fields: Any) -> ItemKey:
        """An ordinary item that is done on working day `number` of the squad."""
        rng, office = self.rng, self.office
        who = fields.pop("assignee", None) or rng.choice(squad.staff)
        review, active = rng.choice((1, 2)), rng.choice((1, 2, 3))
        begun = number - review - active
        made = fields.pop("made", begun - rng.randrange(2, 8))
        key = self.issue(squad, squad.at(made, 9.5), state="To Do", assignee=who, **fields)
        office.move(squad.at(begun, 10), key, who, "In Progress")
        office.move(squad.at(number - review, 14), key, who, "In Review")
        if rng.random() < 0.5:
            asked = rng.choice([one for one in squad.staff if one != who])
            pull = self.pull(
                squad, squad.at(number - review, 13), key, author=who, requested_reviewers=(asked,)
            )
            office.review(squad.at(number, 11), pull, asked)
            office.close_pull(squad.at(number, 15), pull, who, merged=True)
        if rng.random() < 0.15:
            office.comment(squad.at(begun, 15), key, BOT, bot=True)
        office.move(squad.at(number, 16), key, who, "Done")
        return key

    # things

    def issue(self, squad: Squad, at: datetime, *, state: str = "To Do", **fields: Any) -> ItemKey:
        """A new issue of the squad; its first assignee is one of it, if none is given."""
        fields.setdefault("assignee", self.rng.choice(squad.staff))
        fields.setdefault("source", "jira")
        scope = fields.pop("scope", squad.project)
        made = issue(self._ref(scope), scope=scope, phase=PHASES[state], state=state, **fields)
        return self.office.add(at, made)

    def active(self, squad: Squad, begun: int, until: int = DAYS + 5, **fields: Any) -> ItemKey:
        """An issue on which somebody works from `begun` on: they say so every other day."""
        who = fields.setdefault("assignee", self.rng.choice(squad.staff))
        made = fields.pop("made", begun - self.rng.randrange(2, 6))
        key = self.issue(squad, squad.at(made, 9.5), **fields)
        self.office.move(squad.at(begun, 10), key, who, "In Progress")
        self.talk(squad, key, begun, until, who)
        return key

    def talk(self, squad: Squad, key: ItemKey, begun: int, until: int, who: str) -> None:
        """Comments every other working day."""
        for number in range(begun + 1, until + 2, 2):
            self.office.comment(squad.at(number, 14), key, who)

    def done(self, squad: Squad, key: ItemKey, at: datetime, state: str = "Done") -> None:
        """It is closed."""
        self.office.move(at, key, squad.people[0], state)

    def pull(self, squad: Squad, at: datetime, what: ItemKey, **fields: Any) -> ItemKey:
        """A pull request that closes an issue, opened at `at`."""
        fields.setdefault("author", self.rng.choice(squad.staff))
        number = self._ref(squad.repo).rpartition("-")[2]
        made = pull_request(f"{squad.repo}#{number}", **fields)
        self.office.add(at, made)
        self.office.tie(at, made.key, what, "", "", Evidence.CLOSES)
        return made.key

    def version(
        self, squad: Squad, release: date | None, at: datetime | None = None, **fields: Any
    ) -> ItemKey:
        """A version of the squad's project, there since long ago if `at` is not given."""
        name = fields.pop("name", None) or self.name()
        scope = fields.pop("scope", squad.project)
        made = version(name, release=release, scope=scope, **fields)
        return self.office.add(at or squad.at(-PAST), made)

    def milestone(self, squad: Squad, name: str, due: date, at: datetime | None = None) -> ItemKey:
        """A milestone of the squad's repository."""
        made = github_milestone(name, due=due, scope=squad.repo)
        return self.office.add(at or squad.at(-PAST), made)

    def scrums(self, pace: float) -> tuple[Squad, list[ItemKey]]:
        """A squad that works in sprints of two weeks, and the three sprints of these days."""
        squad = self.squad(0.0, until=-PAST)
        first = -PAST // TRAIN * TRAIN
        sprints = {one: self.sprint(squad, one, one + 9) for one in range(first, DAYS, 10)}
        releases = {one: self._train(squad, one // TRAIN) for one in range(first, DAYS + 8, TRAIN)}
        due = 0.0
        for number in range(first + 10, DAYS + 8):
            due += pace
            while due >= 1:
                due -= 1
                if number % 10 < 6 and number < DAYS:
                    made = {
                        "made": number // 10 * 10 - 7,
                        "sprint": sprints[number // 10 * 10],
                        "assignee": squad.staff[number % 4],
                    }
                else:
                    weeks = number // TRAIN * TRAIN
                    made = {"made": weeks - 7, "milestones": (releases[weeks],)}
                self.routine(squad, number, **made)
        return squad, [sprints[one] for one in (0, 10, 20)]

    def sprint(self, squad: Squad, first: int, last: int, **fields: Any) -> ItemKey:
        """A sprint from working day `first` to `last`; it opens and closes by itself."""
        made = sprint(
            f"{self.name()} sprint", start=squad.day(first), end=squad.day(last),
            scope=squad.project, board=squad.id, state="planned", **fields,
        )  # fmt: skip
        key = self.office.add(squad.at(first - 3), made)
        self.office.edit(squad.at(first, 8.5), key, None, state="active")
        closed = squad.at(last, 17)
        self.office.edit(closed, key, None, state="closed", closed_at=closed)
        return key

    def event(
        self,
        title: str,
        day: date,
        at: datetime,
        *,
        hours: tuple[datetime, datetime] | None = None,
        **fields: Any,
    ) -> ItemKey:
        """An event of the calendar of plans: all day, or from an instant to another."""
        fields.setdefault("organiser", "dana@example.com")
        fields.setdefault("ref", f"{title} {self._ref('event')}")
        made = event(title, day.isoformat(), scope=CALENDAR, **fields)
        if hours:
            made = replace(made, start_at=hours[0], end_at=hours[1], all_day=False)
        return self.office.add(at, made)

    def away(self, who: str, first: date, last: date, at: datetime, **fields: Any) -> ItemKey:
        """Somebody is out of office; their calendar says so."""
        mail = f"{who}@example.com"
        return self.event(
            "", first, at, last=last, type="out_of_office", organiser=mail, private=True,
            ref=f"away {self._ref('away')}",
            attendees=(Attendee(account=mail, response="accepted"),), **fields,
        )  # fmt: skip

    def declare(self, key: str, **fields: Any) -> str:
        """A deliverable in the configuration; gives its subject."""
        lines = [f"{name} = {_toml(value)}" for name, value in fields.items()]
        self.tables.append("\n".join([f"[deliverables.{key}]", *lines]))
        return f"deliverable:{key}"

    def title(self, key: ItemKey) -> str:
        """The name of a version, which is known before it is there."""
        return ref(key).rpartition(" ")[2]

    def _ref(self, scope: str) -> str:
        self._numbers[scope] = self._numbers.get(scope, 0) + 1
        return f"{scope}-{self._numbers[scope]}"

    # configuration

    def configuration(self) -> str:
        """The syncd.toml of this company."""
        return "\n".join(
            [
                'timezone = "UTC"',
                '[schedule]\nevery = "7h"',
                *(f'[sources.{name}]\nkind = "file"\npaths = ["unused"]' for name in SOURCES),
                '[mail]\nfrom = "syncd <syncd@example.com>"\nto_outbox = true',
                *map(_calendar, self.squads),
                *(_team(squad, self.owns.get(squad.id)) for squad in self.squads),
                *(table for squad in self.squads for table in _people(squad)),
                _PEOPLE,
                f'[programs.all]\nname = "Everything"\nteams = {_toml([s.id for s in self.squads])}',
                f"[rules.uncovered-scope]\npull_teams = {_toml(self.pull_teams)}",
                *self.tables,
            ]
        )


def ref(key: ItemKey) -> str:
    """What people call an item of the builders."""
    return key.native_id.removeprefix("n-")


_PEOPLE = """\
[people.dana]
name = "Dana Li"
email = "dana@example.com"
role = "tpm"
programs = ["all"]
[people.vp]
name = "S. Moreau"
email = "vp@example.com"
role = "exec"
[people.ops]
name = "O. Perez"
email = "ops@example.com"
operator = true
"""


def _calendar(squad: Squad) -> str:
    days = sorted(squad.calendar.days_off), sorted(squad.calendar.days_on)
    return f"[calendars.{squad.id}]\ndays_off = {_toml(days[0])}\ndays_on = {_toml(days[1])}"


def _team(squad: Squad, more: str | None) -> str:
    owns = [f"jira:{squad.project}", f"github:{squad.repo}", *([more] if more else [])]
    return (
        f"[teams.{squad.id}]\nowns = {_toml(owns)}\ncalendar = {_toml(squad.id)}\n"
        f"timezone = {_toml(squad.calendar.zone)}\nlead = {_toml(squad.people[0])}"
    )


def _people(squad: Squad) -> Iterable[str]:
    for number, who in enumerate(squad.people):
        mail = f"{who}@example.com"
        role = "engineer" if number else "lead"
        yield (
            f"[people.{who}]\nname = {_toml(who.title())}\nemail = {_toml(mail)}\n"
            f'role = "{role}"\nteam = {_toml(squad.id)}\n'
            f"accounts = {{ jira = {_toml(who)}, github = {_toml(who)}, "
            f"calendar = {_toml(mail)} }}"
        )


def _toml(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return value.isoformat() if isinstance(value, date) else f'"{value}"'


def _names(rng: Random) -> Iterator[str]:
    """Words of three syllables, each once, that stand in no pattern of events."""
    heads, tails = "bdfgklmnprstvz", "aeiou"
    seen: set[str] = set()
    while True:
        word = "".join(rng.choice(heads) + rng.choice(tails) for _ in range(3))
        if word not in seen:
            seen.add(word)
            yield word
