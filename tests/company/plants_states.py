"""Planted drift and innocents of `status-mismatch`: two tools tell different stories about done."""

from __future__ import annotations

from datetime import timedelta

from firm import DAYS, Company, ref

RULE = "status-mismatch"
NIGHT = timedelta(days=1)


def merged_and_open(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(2, 24)
    who, at = squad.people[1], squad.at(n, co.rng.randrange(9, 18))
    key = co.active(squad, n - 3)
    pull = co.pull(squad, squad.at(n - 2), key)
    co.office.close_pull(at, pull, who, merged=True)
    co.truth.drift("the code is in, the issue open", RULE, key, co.lasting(squad, at, 2), kind="a")
    more = co.active(squad, n - 3)
    co.office.close_pull(at, co.pull(squad, squad.at(n - 2), more), who, merged=True)
    other = co.pull(squad, squad.at(n - 1), more)
    co.talk(squad, other, n, DAYS + 5, who)
    ready = co.active(squad, n - 3)
    co.office.close_pull(at, co.pull(squad, squad.at(n - 2), ready), who, merged=True)
    co.office.move(at, ready, who, "Ready for release")
    tasks = co.active(squad, n - 3, unchecked_tasks=2)
    co.office.close_pull(at, co.pull(squad, squad.at(n - 2), tasks), who, merged=True)
    back = co.active(squad, n - 3)
    title = f"Add {co.name()}"
    taken = co.pull(squad, squad.at(n - 2), back, title=title)
    co.office.close_pull(at, taken, who, merged=True)
    revert = co.pull(
        squad, at + timedelta(hours=1), back, title=f'Revert "{title}"', is_revert=True
    )
    co.office.close_pull(at + timedelta(hours=2), revert, who, merged=True)
    for case, one in (
        ("another pull request is open", more),
        ("it waits for the release", ready),
        ("tasks are unchecked", tasks),
        ("it was taken back", back),
    ):
        co.truth.innocent(case, RULE, one, kind="a")


def done_and_unmerged(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(2, 24)
    key = co.active(squad, n - 3, n)
    pull = co.pull(squad, squad.at(n - 2), key)
    at = squad.at(n, 16)
    co.done(squad, key, at)
    co.truth.drift("done, and its code is not in", RULE, pull, co.lasting(squad, at, 2), kind="b")
    soon = co.active(squad, n - 3, n)
    late = co.pull(squad, squad.at(n - 2), soon)
    co.done(squad, soon, at)
    co.office.close_pull(squad.at(n + 1, 15), late, squad.people[0], merged=True)
    co.truth.innocent("merged the day after", RULE, late, kind="b")


def all_parts_done(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(2, 22)
    parent = co.active(squad, n - 6)
    parts = [co.active(squad, n - 4 + one, n - 1, parent=ref(parent)) for one in range(2)]
    co.done(squad, parts[0], squad.at(n - 1, 15))
    at = squad.at(n, 15)
    co.done(squad, parts[1], at)
    co.truth.drift(
        "all parts are done, the whole is open", RULE, parent, co.lasting(squad, at, 3), kind="c"
    )
    growing = co.active(squad, n - 6)
    for number in range(n, DAYS + 5, 2):
        made = co.active(squad, number, number + 1, made=number, parent=ref(growing))
        co.done(squad, made, squad.at(number, 15))
    co.truth.innocent("a part is added every other day", RULE, growing, kind="c")


def whole_done_first(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(2, 24)
    parent = co.active(squad, n - 5, n)
    co.active(squad, n - 4, parent=ref(parent))
    at = squad.at(n, 15)
    co.done(squad, parent, at)
    co.truth.drift(
        "the whole is done, a part is open", RULE, parent, co.lasting(squad, at, 1), kind="d"
    )
    here, later = co.version(squad, squad.day(52)), co.version(squad, squad.day(55))
    cut = co.active(squad, n - 5, n, milestones=(here,))
    rest = co.active(squad, n - 4, parent=ref(cut), milestones=(here,))
    co.office.edit(squad.at(n, 12), rest, squad.people[0], milestones=(later,))
    co.done(squad, cut, at)
    co.truth.innocent("the rest went to a later release", RULE, cut, kind="d")


def launched_and_open(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(7, 24)
    release = co.version(squad, squad.day(n))
    item = co.active(squad, n - 3, n - 1, milestones=(release,))
    co.done(squad, item, squad.at(n - 1))
    day = squad.day(n)
    co.event(f"{co.title(release)} launch", day, squad.at(-20))
    over = squad.at(day + NIGHT, 0)
    co.truth.drift(
        "launched, and the version is open",
        RULE,
        f"deliverable:{release}",
        co.lasting(squad, over, 1),
        kind="e",
    )
    moved = co.version(squad, squad.day(n))
    other = co.active(squad, n - 3, n - 1, milestones=(moved,))
    co.done(squad, other, squad.at(n - 1))
    party = co.event(f"{co.title(moved)} launch", day, squad.at(-20))
    co.office.edit(squad.at(n - 4, 16), party, None, status="cancelled")
    subject = f"deliverable:{moved}"
    co.truth.innocent("the launch was called off", RULE, subject, kind="e")
    co.truth.drift(
        "a launch is called off, its release stands",
        "event-moved",
        subject,
        co.lasting(squad, squad.at(n - 4, 16), 1),
        kind=str(party),
    )


def released_with_rest(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(3, 24)
    release = co.version(squad, squad.day(n + 3))
    co.active(squad, n - 2, milestones=(release,))
    at = squad.at(n, 15)
    co.office.edit(at, release, None, state="released", closed_at=at)
    co.truth.drift("released with an open item", RULE, release, co.lasting(squad, at, 1), kind="f")
    next_one, last = co.version(squad, squad.day(52)), co.version(squad, squad.day(n + 20))
    items = [co.issue(squad, squad.at(-9), milestones=(last,)) for _ in range(3)]
    co.office.edit(at, last, None, state="released", closed_at=at)
    for number, key in enumerate(items):
        moved = at + timedelta(hours=2, seconds=number)
        co.office.edit(moved, key, squad.people[0], milestones=(next_one,))
    co.truth.innocent("the rest was moved on", RULE, last, kind="f")


def code_thrown_away(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(3, 24)
    key = co.active(squad, n - 3)
    co.office.move(squad.at(n - 1, 12), key, squad.people[0], "In Review")
    pull = co.pull(squad, squad.at(n - 1), key)
    at = squad.at(n, 15)
    co.office.close_pull(at, pull, squad.people[0], merged=False)
    co.truth.drift(
        "in review, and its code was thrown away", RULE, key, co.lasting(squad, at, 2), kind="h"
    )
    again = co.active(squad, n - 3)
    co.office.move(squad.at(n - 1, 12), again, squad.people[0], "In Review")
    first = co.pull(squad, squad.at(n - 1), again)
    co.office.close_pull(at, first, squad.people[0], merged=False)
    co.pull(squad, squad.at(n, 16), again)
    co.truth.innocent("there is a newer pull request", RULE, again, kind="h")


def begun_too_early(co: Company) -> None:
    squad, other, n = co.ordinary(), co.ordinary(), co.rng.randrange(3, 24)
    before = co.issue(other, other.at(-8))
    key = co.active(squad, n)
    co.office.tie(squad.at(n - 1), key, before)
    begun = squad.at(n, 10)
    co.truth.drift(
        "begun before what it waits for is done", RULE, key, co.lasting(squad, begun, 2), kind="i"
    )
    nearly = co.active(other, n - 7, made=-12)
    co.office.move(other.at(n - 6, 12), nearly, other.people[0], "In Review")
    ahead = co.active(squad, n)
    co.office.tie(squad.at(n - 1), ahead, nearly)
    co.truth.innocent("what it waits for is in review", RULE, ahead, kind="i")


PLANTS = (
    merged_and_open, done_and_unmerged, all_parts_done, whole_done_first, launched_and_open,
    released_with_rest, code_thrown_away, begun_too_early,
)  # fmt: skip
