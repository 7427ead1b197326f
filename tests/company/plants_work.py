"""Planted drift and innocents of the rules about pace, scope and what really goes on."""

from __future__ import annotations

from datetime import timedelta

from firm import DAYS, Company, Squad, ref

from syncd.model.items import ItemKey, Level


def far_too_much(co: Company) -> None:
    squad, n = co.squad(0.4, trains=False), co.rng.randrange(1, 18)
    at = squad.at(n, co.rng.randrange(9, 18))
    release = co.version(squad, squad.day(n + 20), at)
    _fill(co, squad, release, at, 20)
    subject = f"deliverable:{release}"
    co.truth.drift(
        "twenty items at two a week, in four weeks",
        "forecast-late",
        subject,
        co.first_run(at),
        within=3,
    )
    co.office.edit(squad.at(n + 12), release, None, state="archived")


def in_good_time(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(1, 22)
    release = co.version(squad, squad.day(100), squad.at(n))
    _fill(co, squad, release, squad.at(n), 6)
    co.truth.innocent("few items, much time", "forecast-late", f"deliverable:{release}")
    new, m = co.squad(0.06), co.rng.randrange(1, 10)
    unknown = co.version(new, new.day(50), new.at(m))
    _fill(co, new, unknown, new.at(m), 30)
    co.truth.innocent("hardly any history", "forecast-late", f"deliverable:{unknown}")


def review_before_the_end(co: Company) -> None:
    n = co.rng.randrange(1, 18)
    squad = co.squad(0.5, until=n + 6)
    at = squad.at(n, 9)
    release = co.version(squad, squad.day(n + 60), at)
    gate = co.event(f"{co.title(release)} go/no-go", squad.day(n + 8), at)
    for number in range(10):
        co.routine(squad, n + 6 + 2 * number, made=n, milestones=(release,))
    co.truth.drift(
        "a review of what takes until a week later",
        "gate-too-early",
        f"deliverable:{release}",
        co.first_run(squad.at(n, 9.5)),
        within=3,
        kind=str(gate),
    )


def reviews_that_can_judge(co: Company) -> None:
    n = co.rng.randrange(1, 10)
    squad = co.squad(0.5, until=n + 6)
    at = squad.at(n, 9)
    release = co.version(squad, squad.day(n + 60), at)
    for number in range(10):
        co.routine(squad, n + 6 + 2 * number, made=n, milestones=(release,))
    name, refs = co.title(release), (f"{squad.project} {co.title(release)}",)
    co.event(f"{name} go/no-go", squad.day(n + 40), at)
    off = co.event(f"{name} readiness review", squad.day(n + 9), at)
    co.office.edit(squad.at(n, 9.5), off, None, status="cancelled")
    for day in (n + 7, n + 14, n + 45):
        co.event(f"{name} sign-off", squad.day(day), at, recurring_id="weekly", refs=refs)
    co.truth.innocent(
        "after the end, cancelled, and one that meets again", "gate-too-early",
        f"deliverable:{release}",
    )  # fmt: skip


def work_arrives_as_it_leaves(co: Company) -> None:
    n = co.rng.randrange(13, 17)
    squad, release = _running(co, n, items=12, target=50)
    for number in range(n, n + 10):
        co.issue(squad, squad.at(number, 9.5), milestones=(release,))
    subject = f"deliverable:{release}"
    co.truth.drift(
        "an item comes for each that is done",
        "not-converging",
        subject,
        co.first_run(squad.at(n + 4, 16)),
        follows=(("scope-growth", subject), ("forecast-late", subject)),
    )


def some_work_arrives(co: Company) -> None:
    n = co.rng.randrange(13, 17)
    squad, release = _running(co, n, items=32, target=110)
    for number in range(n, n + 12, 2):
        co.issue(squad, squad.at(number, 9.5), milestones=(release,))
    co.truth.innocent("half as much comes", "not-converging", f"deliverable:{release}")
    squad, release = _running(co, n, items=25, target=110)
    whole = co.issue(squad, squad.at(-30), milestones=(release,))
    for number in range(n, n + 10):
        _part(co, squad, whole, number)
    co.truth.innocent("an item is cut into parts", "not-converging", f"deliverable:{release}")


def _running(co: Company, n: int, *, items: int, target: int) -> tuple[Squad, ItemKey]:
    """A squad that from day `n` on finishes an item a day of a release with so many."""
    squad = co.squad(1.0, until=n)
    release = co.version(squad, squad.day(target))
    for number in range(items):
        co.routine(squad, n + number, made=-30, milestones=(release,))
    return squad, release


def scope_grows(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(8, 20)
    release = co.version(squad, squad.day(100))
    _fill(co, squad, release, squad.at(-20), 10)
    for number in range(4):
        co.issue(squad, squad.at(n + number), milestones=(release,))
    subject = f"deliverable:{release}"
    co.truth.drift(
        "four items on top of ten", "scope-growth", subject, co.first_run(squad.at(n + 2))
    )


def scope_stays(co: Company) -> None:
    squad, n = co.squad(2.0), co.rng.randrange(8, 20)
    swapped, parted, little = (co.version(squad, squad.day(110)) for _ in range(3))
    old = _fill(co, squad, swapped, squad.at(-20), 6)
    for key in old[:4]:
        co.office.edit(squad.at(n, 10), key, squad.people[0], milestones=())
        co.issue(squad, squad.at(n, 11), milestones=(swapped,))
    whole = _fill(co, squad, parted, squad.at(-20), 6)[0]
    for _ in range(5):
        _part(co, squad, whole, n)
    _fill(co, squad, little, squad.at(-20), 6)
    _fill(co, squad, little, squad.at(n), 2)
    fresh = co.version(squad, squad.day(110), squad.at(n))
    _fill(co, squad, fresh, squad.at(n), 3)
    _fill(co, squad, fresh, squad.at(n + 1), 4)
    for case, one in (
        ("four in, four out", swapped),
        ("an item is cut into parts", parted),
        ("two items", little),
        ("still being planned", fresh),
    ):
        co.truth.innocent(case, "scope-growth", f"deliverable:{one}")


def nobody_planned_it(co: Company) -> None:
    squad, n = co.scrum, co.rng.randrange(18, 28)
    release = co.version(squad, squad.day(n))
    _late_start(co, squad, n, release)
    subject = f"deliverable:{release}"
    co.truth.drift(
        "in no sprint ten days before the release",
        "uncovered-scope",
        subject,
        co.first_run(squad.day(n - 10)),
    )


def planned_in_time(co: Company) -> None:
    n = co.rng.randrange(18, 28)
    squad = co.scrum
    dated = co.version(squad, squad.day(n))
    _late_start(co, squad, n, dated, due=squad.day(n))
    plain = co.ordinary()
    unplanned = co.version(plain, plain.day(n))
    _late_start(co, plain, n, unplanned)
    pull = co.scrums(0.5)[0]
    co.pull_teams.append(pull.id)
    queued = co.version(pull, pull.day(n))
    _late_start(co, pull, n, queued)
    for case, one in (
        ("it has a day of its own", dated),
        ("a team without sprints", unplanned),
        ("a team that pulls from a queue", queued),
    ):
        co.truth.innocent(case, "uncovered-scope", f"deliverable:{one}")


def sprint_leaves_work(co: Company) -> None:
    squad, (current, following, _) = co.scrum, co.sprints
    left = co.active(squad, 6, sprint=current)
    at = squad.at(9, 17)
    co.truth.drift(
        "a closed sprint holds an open item",
        "status-mismatch",
        current,
        co.lasting(squad, at, 1),
        kind="g",
        follows=(("forecast-late", f"deliverable:{current}"),),
    )
    co.office.edit(squad.at(14), left, squad.people[0], sprint=following)
    co.done(squad, left, squad.at(15))
    co.truth.innocent("its items were done", "status-mismatch", following, kind="g")


def _fill(co: Company, squad: Squad, release: ItemKey, at: object, count: int) -> list[ItemKey]:
    return [
        co.issue(squad, at + timedelta(minutes=1 + n), milestones=(release,)) for n in range(count)
    ]


def _late_start(co: Company, squad: Squad, n: int, release: ItemKey, **fields: object) -> None:
    """An item that is planned long before, and begun and done in the last days."""
    key = co.active(squad, n - 6, n - 2, made=-6, milestones=(release,), **fields)
    co.done(squad, key, squad.at(n - 2, 15))
    at = squad.at(n - 1, 16)
    co.office.edit(at, release, None, state="released", closed_at=at)


def _part(co: Company, squad: Squad, whole: ItemKey, number: int) -> None:
    co.issue(
        squad, squad.at(number, 10), level=Level.SUBTASK, type="Sub-task",
        parent=ref(whole),
    )  # fmt: skip


def stuck_in_review(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(2, 22)
    key = co.active(squad, n - 2, n)
    co.office.move(squad.at(n, 14), key, squad.people[0], "In Review")
    co.office.comment(squad.at(n + 2, 12), key, "rule-bot", bot=True)
    co.office.edit(squad.at(n + 2, 13), key, squad.people[0], labels=("next",))
    co.office.comment(squad.at(n + 8, 12), key, squad.people[1])
    co.done(squad, key, squad.at(n + 9))
    co.truth.drift(
        "four days in review, and nobody looks", "stalled", key, co.first_run(squad.day(n + 4))
    )


def quiet_for_a_reason(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(2, 20)
    who = squad.people[2]
    waits = co.active(squad, n - 2, n, assignee=who)
    before = co.active(squad, n - 1)
    co.office.tie(squad.at(n), waits, before)
    co.office.move(squad.at(n, 12), waits, who, "Blocked")
    talked = co.active(squad, n - 2)
    parent = co.active(squad, n - 2, n)
    child = co.issue(squad, squad.at(n), parent=ref(parent))
    co.talk(squad, child, n, DAYS + 5, squad.people[1])
    coded = co.active(squad, n - 2, n)
    pull = co.pull(squad, squad.at(n, 12), coded)
    for number in range(n + 1, DAYS + 5, 2):
        co.office.review(squad.at(number, 12), pull, squad.people[1], "commented")
    absent = co.active(squad, n - 2, n, assignee=squad.people[4])
    co.away(squad.people[4], squad.day(n), squad.day(n + 10), squad.at(-20))
    co.done(squad, absent, squad.at(n + 10, 17))
    idle = co.issue(squad, squad.at(-30))
    for case, key in (
        ("it waits for what is open", waits),
        ("somebody talks of it", talked),
        ("its parts are worked on", parent),
        ("its code is reviewed", coded),
        ("its holder is away", absent),
        ("not begun", idle),
    ):
        co.truth.innocent(case, "stalled", key)


PLANTS = (
    far_too_much, in_good_time, review_before_the_end, reviews_that_can_judge,
    work_arrives_as_it_leaves, some_work_arrives, scope_grows, scope_stays, nobody_planned_it,
    planned_in_time, sprint_leaves_work, stuck_in_review, quiet_for_a_reason,
)  # fmt: skip
