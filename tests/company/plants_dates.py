"""Planted drift and innocents of the rules about dates: what was promised, moved, or cannot hold."""

from __future__ import annotations

from datetime import timedelta

from firm import DAYS, PAST, Company, Squad, ref

from syncd.model.items import ItemKey, Precision

NIGHT = timedelta(days=1)
PLANS = "plans"
"""A source of releases whose dates are moved again and again."""


def due_day_passes(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(4, 20)
    key = co.active(squad, n - 3, due=squad.day(n))
    co.truth.drift(
        "the due day of an item passes", "overdue", key, co.first_run(squad.day(n) + NIGHT)
    )


def release_day_passes(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(8, 20)
    release = co.version(squad, squad.day(n))
    item = co.active(squad, n - 3, milestones=(release,))
    subject = f"deliverable:{release}"
    co.truth.drift(
        "a release day passes with an open item",
        "overdue",
        subject,
        co.first_run(squad.day(n) + NIGHT),
        follows=(("forecast-late", subject), ("date-doubtful", subject)),
    )
    co.truth.innocent("its items only inherit the date", "overdue", item)


def forgotten_date(co: Company) -> None:
    squad = co.ordinary()
    old = co.issue(squad, squad.at(-80), due=squad.day(-66))
    co.truth.drift(
        "a date that nobody heeds any more", "overdue", f"team:{squad.id}", co.day(0), kind="zombie"
    )
    co.truth.innocent("one line a month for all forgotten dates", "overdue", old)


def done_in_the_last_hour(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(4, 24)
    key = co.active(squad, n - 3, n, due=squad.day(n))
    co.done(squad, key, squad.at(n, 23.5))
    dropped = co.active(squad, n - 2, n, due=squad.day(n))
    co.done(squad, dropped, squad.at(n, 17), "Won't do")
    weekend = co.active(squad, n - 3, n, due=squad.day(n) + NIGHT)
    co.done(squad, weekend, squad.at(squad.day(n) + NIGHT, 13))
    co.truth.innocent("closed before its day was over", "overdue", key, dropped, weekend)


def date_moves(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(3, 24)
    key = co.issue(squad, squad.at(-10), due=squad.day(68))
    at = squad.at(n, co.rng.randrange(9, 18))
    co.office.date(at, key, squad.people[1], squad.day(68 + co.rng.choice((-3, 2, 4))))
    co.truth.drift("a due date moves", "date-moved", key, co.first_run(at))


def release_moves(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(6, 24)
    release = co.version(squad, squad.day(45))
    heirs = [co.issue(squad, squad.at(-8), milestones=(release,)) for _ in range(3)]
    at = squad.at(n, 15)
    co.office.date(at, release, None, squad.day(48), "release")
    subject = f"deliverable:{release}"
    co.truth.drift("a release date moves", "date-moved", subject, co.first_run(at))
    co.truth.innocent("members inherit the move", "date-moved", *heirs)


def small_move_of_a_promise(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(6, 24)
    release = co.version(squad, squad.day(45))
    co.issue(squad, squad.at(-8), milestones=(release,))
    subject = co.declare(
        f"promise_{co.name()}", tier="A", match=[f"jira:fixVersion={co.title(release)}"]
    )
    at = squad.at(n, 15)
    co.office.date(at, release, None, squad.day(46), "release")
    co.truth.drift("a promise of tier A moves by a day", "date-moved", subject, co.first_run(at))


def harmless_moves(co: Company) -> None:
    squad, n, rng = co.ordinary(), co.rng.randrange(3, 22), co.rng
    who, office = rng.choice(squad.people), co.office
    undone = co.issue(squad, squad.at(-10), due=squad.day(70))
    office.date(squad.at(n, 15), undone, who, squad.day(77))
    office.date(squad.at(n, 15.5 + rng.random()), undone, who, squad.day(70))
    first = co.issue(squad, squad.at(-10))
    office.date(squad.at(n), first, who, squad.day(70))
    little = co.issue(squad, squad.at(-10), due=squad.day(70))
    office.date(squad.at(n), little, who, squad.day(71))
    co.truth.innocent("a move that was undone", "date-moved", undone)
    co.truth.innocent("the first date ever set", "date-moved", first)
    co.truth.innocent("a move of one day", "date-moved", little)


def moved_in_bulk(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(3, 24)
    many = [co.issue(squad, squad.at(-10), due=squad.day(80)) for _ in range(22)]
    for number, key in enumerate(many):
        at = squad.at(n, 14) + timedelta(seconds=10 * number)
        co.office.date(at, key, squad.people[0], squad.day(90))
    co.truth.innocent("one of many edits at once", "date-moved", *many)


def agreed_move(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(6, 22)
    release = co.version(squad, squad.day(45))
    co.issue(squad, squad.at(-8), milestones=(release,))
    subject = co.declare(
        f"agreed_{co.name()}",
        match=[f"jira:fixVersion={co.title(release)}"],
        baseline=squad.day(50),
    )
    co.office.date(squad.at(n), release, None, squad.day(50), "release")
    co.truth.innocent("the new date is the declared baseline", "date-moved", subject)
    co.truth.innocent("the new date is the declared baseline", "slip-creep", subject)


def date_creeps(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(3, 24)
    key = _moves(co, squad, n - 24, n - 12, n)
    co.truth.drift("a day later, three times", "slip-creep", key, co.first_run(squad.at(n)))


def two_slips(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(3, 24)
    twice = _moves(co, squad, n - 12, n)
    undone = _moves(co, squad, n - 12, n)
    co.office.date(squad.at(n, 12), undone, squad.people[1], squad.day(71))
    old = _moves(co, squad, n - 24, n - 12)
    co.truth.innocent("two small moves", "slip-creep", twice, old)
    co.truth.innocent("the third was taken back", "slip-creep", undone)


def _moves(co: Company, squad: Squad, *days: int) -> ItemKey:
    """An item whose date moves a working day on each of these."""
    key = co.issue(squad, squad.at(-40), due=squad.day(70))
    for number, day in enumerate(days, start=1):
        co.office.date(squad.at(day), key, squad.people[1], squad.day(70 + number))
    return key


def tools_disagree(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(6, 24)
    release = co.version(squad, squad.day(44))
    other = co.milestone(squad, co.title(release), squad.day(44))
    co.issue(squad, squad.at(-8), milestones=(release,))
    at = squad.at(n, co.rng.randrange(9, 18))
    co.office.date(at, other, None, squad.day(48), "due")
    co.truth.drift(
        "version and milestone part",
        "dates-disagree",
        f"deliverable:{release}",
        co.lasting(squad, at, 1),
    )


def child_ends_last(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(3, 24)
    parent = co.issue(squad, squad.at(-8), due=squad.day(64))
    at = squad.at(n)
    co.issue(squad, at, due=squad.day(68), parent=ref(parent))
    co.truth.drift(
        "a child is due after its parent", "dates-disagree", parent, co.lasting(squad, at, 1)
    )


def item_after_release(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(6, 24)
    release = co.version(squad, squad.day(64))
    at = squad.at(n)
    late = co.issue(squad, at, due=squad.day(67), milestones=(release,))
    co.truth.drift(
        "an item is due after its release", "dates-disagree", late, co.lasting(squad, at, 1)
    )


def dates_that_fit(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(6, 22)
    near = co.version(squad, squad.day(44))
    co.milestone(squad, co.title(near), squad.day(45))
    co.issue(squad, squad.at(-8), milestones=(near,))
    brief = co.version(squad, squad.day(44))
    other = co.milestone(squad, co.title(brief), squad.day(44))
    co.issue(squad, squad.at(-8), milestones=(brief,))
    co.office.date(squad.at(n, 10), other, None, squad.day(50), "due")
    co.office.date(squad.at(n, 16), other, None, squad.day(44), "due")
    coarse = co.version(squad, squad.day(44))
    month = squad.day(44).replace(day=1)
    end = (month + timedelta(days=31)).replace(day=1) - NIGHT
    roughly = co.issue(squad, squad.at(-8), milestones=(coarse,))
    co.office.date(
        squad.at(n), roughly, squad.people[0], month, until=end, precision=Precision.MONTH
    )
    names = [f"deliverable:{one}" for one in (near, brief, coarse)]
    co.truth.innocent("a day apart", "dates-disagree", names[0])
    co.truth.innocent("apart for some hours", "dates-disagree", names[1])
    co.truth.innocent("some day of the month", "dates-disagree", names[2], roughly)


def released_on_a_saturday(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(1, 24)
    at = squad.at(n, co.rng.randrange(9, 18))
    saturday = co.start + timedelta(weeks=9, days=5)
    release = co.version(squad, saturday, at)
    co.issue(squad, at + timedelta(minutes=5), milestones=(release,))
    co.truth.drift(
        "released on a Saturday", "dead-date", f"deliverable:{release}", co.first_run(at)
    )


def released_in_a_freeze(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(2, 22)
    first = co.day(85)
    freeze = co.event("Stocktaking freeze", first, squad.at(-20), last=co.day(88))
    at = squad.at(n)
    inside = co.version(squad, co.day(86), at)
    co.issue(squad, at, milestones=(inside,))
    subject = f"deliverable:{inside}"
    lifted = squad.at(n + 3)
    co.office.edit(lifted, freeze, None, status="cancelled")
    co.truth.drift("released in a freeze", "dead-date", subject, co.first_run(at))
    later = squad.at(n + 5)
    after = co.version(squad, co.day(87), later)
    co.issue(squad, later, milestones=(after,))
    co.truth.innocent("the freeze was called off", "dead-date", f"deliverable:{after}")


def days_that_are_worked(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(1, 24)
    worked = co.version(squad, min(squad.calendar.days_on), squad.at(n))
    others = {day for one in co.squads for day in one.calendar.days_off if day > co.day(DAYS)}
    free = sorted(day for day in others - squad.calendar.days_off if squad.calendar.works(day))
    co.truth.innocent("a Saturday that is worked", "dead-date", f"deliverable:{worked}")
    for day in free[:1]:
        foreign = co.version(squad, day, squad.at(n))
        co.truth.innocent("a holiday of others", "dead-date", f"deliverable:{foreign}")


def dates_that_never_hold(co: Company) -> None:
    squad, n = co.squad(0, until=-PAST), co.rng.randrange(2, 12)
    co.owns[squad.id] = f"{PLANS}:all"
    fields = {"source": PLANS, "scope": "all"}
    others = [co.version(squad, squad.day(70), **fields) for _ in range(12)]
    near = co.version(squad, squad.day(n + 14), **fields)
    far = co.version(squad, squad.day(75), **fields)
    at = squad.at(n, 14)
    for key in others:
        co.office.date(at, key, None, squad.day(71), "release")
    gone = squad.at(n + 12)
    co.office.edit(gone, near, None, state="archived", closed_at=gone)
    co.truth.drift(
        "a date comes near where twelve did not hold",
        "date-doubtful",
        f"deliverable:{near}",
        co.first_run(at),
    )
    co.truth.innocent("it is far away", "date-doubtful", f"deliverable:{far}")


PLANTS = (
    due_day_passes, release_day_passes, forgotten_date, done_in_the_last_hour,
    date_moves, release_moves, small_move_of_a_promise, harmless_moves, moved_in_bulk, agreed_move,
    date_creeps, two_slips, tools_disagree, child_ends_last, item_after_release, dates_that_fit,
    released_on_a_saturday, released_in_a_freeze, days_that_are_worked,
    dates_that_never_hold,
)  # fmt: skip
