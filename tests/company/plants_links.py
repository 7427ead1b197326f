"""Planted drift and innocents of the rules about who waits for whom."""

from __future__ import annotations

from datetime import timedelta

from firm import SQUADS, Company, Squad

from syncd.model.items import ItemKey
from syncd.model.links import Evidence

NIGHT = timedelta(days=1)


def needed_before_it_is_there(co: Company) -> None:
    (ours, theirs), n = _two(co), co.rng.randrange(2, 24)
    late = co.issue(theirs, theirs.at(-9), due=theirs.day(73))
    key = co.issue(ours, ours.at(-9), due=ours.day(68))
    at = ours.at(n, co.rng.randrange(9, 18))
    if co.rng.random() < 0.5:
        co.office.tie(at, key, late, "depends on", "is depended on by")
    else:
        co.office.tie(at, late, key, "is dependent of", "depends on")
    co.truth.drift(
        "due before what it waits for", "dep-inversion", key, co.first_run(at), kind=str(late)
    )
    early = co.issue(theirs, theirs.at(-9), due=theirs.day(65))
    fits = co.issue(ours, ours.at(-9), due=ours.day(72))
    co.office.tie(at, early, fits, "blocks", "is blocked by")
    related = co.issue(ours, ours.at(-9), due=ours.day(68))
    co.office.tie(at, related, late, "relates to", "relates to")
    built = co.active(ours, n - 3, due=ours.day(68))
    co.office.move(ours.at(n - 1), built, ours.people[0], "In Review")
    co.office.tie(at, built, late)
    for case, one in (
        ("due after what it waits for", fits),
        ("merely related", related),
        ("built without waiting", built),
    ):
        co.truth.innocent(case, "dep-inversion", one)


def late_for_others(co: Company) -> None:
    (ours, theirs), n = _two(co), co.rng.randrange(5, 17)
    late = co.active(ours, n - 4, n + 9, made=n - 12, due=ours.day(n))
    co.done(ours, late, ours.at(n + 8))
    waiting = [co.issue(theirs, theirs.at(n - 9), due=ours.day(n + 3 + more)) for more in range(4)]
    for key in waiting:
        co.office.tie(theirs.at(n - 8), key, late)
        co.done(theirs, key, theirs.at(ours.day(n + 9), 9))
    co.truth.drift(
        "one item makes four of another team late",
        "dep-late",
        late,
        co.first_run(ours.day(n - 2)),
        within=5,
        follows=(("overdue", late), *(("overdue", key) for key in waiting)),
    )


def late_with_slack(co: Company) -> None:
    (ours, theirs), n = _two(co), co.rng.randrange(5, 20)
    late = co.active(ours, n - 4, n + 2, made=n - 12, due=ours.day(n))
    co.done(ours, late, ours.at(n + 2))
    waiting = co.issue(theirs, theirs.at(n - 9), due=theirs.day(75))
    co.office.tie(theirs.at(n - 8), waiting, late)
    related = co.issue(theirs, theirs.at(n - 9), due=theirs.day(80))
    co.office.tie(theirs.at(n - 8), related, late, "relates to", "relates to")
    co.truth.drift("late, but nobody minds", "overdue", late, co.first_run(ours.day(n) + NIGHT))
    co.truth.innocent("who waits has weeks to spare", "dep-late", late)


def held_by_nobody(co: Company) -> None:
    (ours, theirs), n = _two(co), co.rng.randrange(14, 20)
    release = co.version(ours, ours.day(33))
    member = co.issue(ours, ours.at(-9), milestones=(release,))
    weak = co.issue(theirs, theirs.at(-9), assignee=None)
    at = ours.at(n, 12)
    co.office.tie(at, member, weak)
    co.truth.drift("a release waits for what nobody holds", "dep-weak", weak, co.first_run(at))
    held = co.issue(theirs, theirs.at(-9), due=theirs.day(20 + 6))
    co.office.tie(at, member, held)
    co.done(theirs, held, theirs.at(25))
    fresh = co.version(ours, ours.day(40), ours.at(27))
    other = co.issue(ours, ours.at(27), milestones=(fresh,))
    loose = co.issue(theirs, theirs.at(-9), assignee=None)
    co.office.tie(ours.at(27, 12), other, loose)
    co.truth.innocent("it has an owner and a date", "dep-weak", held)
    co.truth.innocent("the release is promised by nobody yet", "dep-weak", loose)


def will_not_come(co: Company) -> None:
    (ours, theirs), n = _two(co), co.rng.randrange(2, 24)
    gone = co.issue(theirs, theirs.at(-9))
    key = co.issue(ours, ours.at(-9), due=ours.day(75))
    co.office.tie(ours.at(-4), key, gone)
    at = theirs.at(n, 15)
    co.done(theirs, gone, at, "Won't do")
    co.truth.drift(
        "what it waits for was dropped", "dep-dropped", key, co.first_run(at), kind=str(gone)
    )
    same = co.issue(theirs, theirs.at(-9), due=theirs.day(70))
    twin = co.issue(theirs, theirs.at(-9))
    safe = co.issue(ours, ours.at(-9), due=ours.day(75))
    co.office.tie(ours.at(-4), safe, twin)
    co.office.tie(theirs.at(n, 14), twin, same, "duplicates", "is duplicated by")
    co.done(theirs, twin, at, "Duplicate")
    co.truth.innocent("dropped for its double", "dep-dropped", safe)


def nobody_takes_over(co: Company) -> None:
    (ours, theirs), n = _two(co), co.rng.randrange(2, 22)
    key = _handed_over(co, theirs, ours, n, assignee=None)
    since = theirs.at(n, 16).astimezone(ours.zone).date()
    co.truth.drift(
        "free to start, and nobody has it",
        "dep-orphan",
        key,
        co.first_run(ours.calendar.shift(since, 4)),
    )
    taken = _handed_over(co, theirs, ours, n)
    inside = _handed_over(co, ours, ours, n, assignee=None)
    co.truth.innocent("somebody has it", "dep-orphan", taken)
    co.truth.innocent("within one team", "dep-orphan", inside)


def _handed_over(co: Company, first: Squad, then: Squad, n: int, **fields: object) -> ItemKey:
    """Something of `then` that waits for what `first` finishes on day `n`."""
    before = co.active(first, n - 3, n, made=-10)
    key = co.issue(then, then.at(-9), due=then.day(75), **fields)
    co.office.tie(then.at(-2), key, before)
    co.done(first, before, first.at(n, 16))
    return key


def only_said(co: Company) -> None:
    (ours, theirs), n = _two(co), co.rng.randrange(8, 24)
    release = co.version(ours, ours.day(78))
    words = Evidence.WAITS_PHRASE
    said, linked, refused, named = (
        co.issue(ours, ours.at(-9), milestones=(release,)) for _ in range(4)
    )
    far = co.issue(theirs, theirs.at(-9), due=theirs.day(62))
    near = co.issue(ours, ours.at(-9), due=ours.day(62))
    at = ours.at(n, 12)
    co.office.tie(at, said, far, "waits for", "", words)
    co.truth.drift(
        "waits for another team in words only", "dep-hidden", said, co.first_run(at), kind=str(far)
    )
    co.office.tie(at, linked, far, "waits for", "", words)
    co.office.tie(at, linked, far)
    co.decisions.append((ours.at(n - 1), refused, far))
    co.office.tie(at, refused, far, "waits for", "", words)
    co.office.tie(at, named, far, "", "", Evidence.CROSS_REFERENCE)
    co.office.tie(at, named, near, "waits for", "", words)
    for case, one in (
        ("there is a link", linked),
        ("somebody said no", refused),
        ("only mentioned; and of the own team", named),
    ):
        co.truth.innocent(case, "dep-hidden", one)


def out_of_sight(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(2, 24)
    key = co.issue(squad, squad.at(-9), due=squad.day(75))
    at = squad.at(n, 12)
    co.office.tie(at, key, f"SEC-{n}")
    co.truth.drift("waits for what cannot be read", "dep-blind", key, co.first_run(at))
    undated = co.issue(squad, squad.at(-9))
    co.office.tie(at, undated, f"SEC-{n}")
    known = co.issue(squad, squad.at(-9), due=squad.day(75))
    there = co.issue(squad, squad.at(-9), due=squad.day(70))
    co.office.tie(at, known, there)
    co.truth.innocent("nothing hangs on it", "dep-blind", undated)
    co.truth.innocent("it can be read", "dep-blind", known)


def in_a_circle(co: Company) -> None:
    (ours, theirs), n = _two(co), co.rng.randrange(2, 24)
    keys = [co.issue(squad, squad.at(-9)) for squad in (ours, theirs, ours)]
    for one, other in ((0, 1), (1, 2)):
        co.office.tie(ours.at(-4), keys[one], keys[other])
    at = ours.at(n, 12)
    co.office.tie(at, keys[2], keys[0])
    co.truth.drift("three wait in a circle", "dep-cycle", min(keys), co.first_run(at))
    chain = [co.issue(squad, squad.at(-9)) for squad in (ours, theirs, ours)]
    for one, other in ((0, 1), (1, 2)):
        co.office.tie(ours.at(-4), chain[one], chain[other])
    co.office.tie(at, chain[2], chain[0], "relates to", "relates to")
    co.truth.innocent("a chain that is closed by a mention", "dep-cycle", *chain)


def _two(co: Company) -> tuple[Squad, Squad]:
    one = co.ordinary()
    return one, co.rng.choice([other for other in co.squads[:SQUADS] if other is not one])


PLANTS = (
    needed_before_it_is_there, late_for_others, late_with_slack, held_by_nobody, will_not_come,
    nobody_takes_over, only_said, out_of_sight, in_a_circle,
)  # fmt: skip
