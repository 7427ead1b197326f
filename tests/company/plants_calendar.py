"""Planted drift and innocents of the rules about meetings, absences and what cannot be read."""

from __future__ import annotations

from datetime import timedelta

from firm import Company, Squad

from syncd.model.items import ItemKey

SECOND = "archive"
"""A source that falls silent for some days."""


def launch_moves_alone(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(3, 24)
    release, launch = _with_launch(co, squad)
    at = squad.at(n, co.rng.randrange(9, 18))
    co.office.move_event(at, launch, squad.day(48))
    subject = f"deliverable:{release}"
    co.truth.drift(
        "the launch moves, the release does not",
        "event-moved",
        subject,
        co.lasting(squad, at, 1),
        kind=str(launch),
        follows=(("dates-disagree", subject),),
    )


def launch_moves_with_its_plan(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(6, 24)
    release, launch = _with_launch(co, squad)
    at = squad.at(n, 11)
    co.office.move_event(at, launch, squad.day(48))
    co.office.date(squad.at(n, 13), release, None, squad.day(48), "release")
    subject = f"deliverable:{release}"
    co.truth.drift(
        "launch and release move together",
        "date-moved",
        subject,
        co.first_run(squad.at(n, 13)),
    )
    co.truth.innocent("launch and release move together", "event-moved", subject)
    co.truth.innocent("launch and release move together", "dates-disagree", subject)


def another_hour(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(3, 24)
    release = co.version(squad, squad.day(44))
    co.issue(squad, squad.at(-8), milestones=(release,))
    day = squad.day(44)
    begins = squad.at(day, 10)
    launch = co.event(
        f"{co.title(release)} launch", day, squad.at(-20),
        hours=(begins, begins + timedelta(hours=1)),
    )  # fmt: skip
    later = begins + timedelta(hours=4)
    co.office.edit(squad.at(n), launch, None, start_at=later, end_at=later + timedelta(hours=1))
    subject = f"deliverable:{release}"
    twin, party = _with_launch(co, squad)
    co.event(f"{co.title(twin)} launch", squad.day(44), squad.at(n, 10))
    co.office.edit(squad.at(n, 11), party, None, status="cancelled")
    co.truth.innocent("another hour of the day", "event-moved", subject)
    co.truth.innocent("replaced by a new event", "event-moved", f"deliverable:{twin}")


def _with_launch(co: Company, squad: Squad) -> tuple[ItemKey, ItemKey]:
    release = co.version(squad, squad.day(44))
    co.issue(squad, squad.at(-8), milestones=(release,))
    return release, co.event(f"{co.title(release)} launch", squad.day(44), squad.at(-20))


def away_at_the_end(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(2, 20)
    who, other = squad.people[5], squad.people[2]
    key = co.issue(squad, squad.at(n - 5), assignee=who, due=squad.day(n + 8))
    at = squad.at(n, co.rng.randrange(9, 18))
    co.away(who, squad.day(n + 5), squad.day(n + 8), at)
    co.office.edit(squad.at(n + 4), key, other, assignee=other)
    co.done(squad, key, squad.at(n + 8, 9))
    known = co.first_run(at)
    co.truth.drift("away when it is due", "person-away", key, co.calendar.shift(known, 1), within=1)


def away_and_no_matter(co: Company) -> None:
    squad, n = co.squad(0.1), co.rng.randrange(2, 14)
    due = squad.day(n + 8)
    cases = {}
    for case, who in zip(
        ("not sure yet", "back long before", "two hours", "handed over at once"),
        squad.staff,
        strict=True,
    ):
        cases[case] = co.issue(squad, squad.at(n - 5), assignee=who, due=due)
        co.done(squad, cases[case], squad.at(n + 8, 9))
    at, (unsure, short, brief, gone) = squad.at(n), squad.staff
    co.away(unsure, squad.day(n + 6), squad.day(n + 8), at, status="tentative")
    co.away(short, squad.day(n + 2), squad.day(n + 2), at)
    for number in (n + 6, n + 7, n + 8):
        begins = squad.at(number, 13)
        co.away(
            brief, squad.day(number), squad.day(number), at,
            hours=(begins, begins + timedelta(hours=2)),
        )  # fmt: skip
    co.away(gone, squad.day(n + 6), squad.day(n + 8), at)
    co.office.edit(
        at + timedelta(hours=1), cases["handed over at once"], gone, assignee=squad.people[5]
    )
    for case, key in cases.items():
        co.truth.innocent(case, "person-away", key)


def falls_silent(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(3, 20)
    co.issue(squad, squad.at(-30), source=SECOND, scope="all")
    for number in range(n, n + 3):
        co.outages[co.day(number)] = SECOND
    co.truth.drift("a source falls silent", "source-stale", f"source:{SECOND}", co.day(n))
    co.truth.innocent(
        "sources that are read", "source-stale", "source:jira", "source:github", "source:calendar"
    )


PLANTS = (
    launch_moves_alone, launch_moves_with_its_plan, another_hour, away_at_the_end,
    away_and_no_matter, falls_silent,
)  # fmt: skip
