"""Planted drift and innocents of the rules about people, hand-offs, and syncd's own sources."""

from __future__ import annotations

from datetime import datetime, timedelta

from firm import Company, Squad

from syncd.model.items import Attendee, ItemKey

DEPOT = "depot"
"""A source of which much is wrong: nobody's, unread, half gone, and by another clock."""


def nobody_reviews(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(2, 22)
    pull = _asked(co, squad, n)
    co.truth.drift(
        "two days without a review",
        "review-wait",
        pull,
        co.first_run(squad.at(n + 2, 11)),
        within=2,
        follows=(("status-mismatch", pull),),
    )
    draft = _asked(co, squad, n, draft=True)
    robot = _asked(co, squad, n, is_bot=True)
    early = _asked(co, squad, n, title="WIP: not yet")
    unasked = _asked(co, squad, n, requested_reviewers=())
    co.truth.innocent(
        "a draft, a robot's, not ready, and nobody was asked",
        "review-wait", draft, robot, early, unasked,
    )  # fmt: skip


def _asked(co: Company, squad: Squad, n: int, **fields: object) -> ItemKey:
    """A pull request that waits for a review from day `n` on, of work that goes on."""
    fields.setdefault("requested_reviewers", (squad.people[2],))
    key = co.active(squad, n - 1, n + 7)
    pull = co.pull(squad, squad.at(n, 13), key, author=squad.people[1], **fields)
    co.office.review(squad.at(n + 7, 10), pull, squad.people[2])
    co.office.close_pull(squad.at(n + 7, 11), pull, squad.people[1], merged=True)
    co.done(squad, key, squad.at(n + 7, 12))
    return pull


def blocked_by_nothing(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(2, 24)
    at = squad.at(n, 10.5)
    key = _flagged(co, squad, n, at)
    co.truth.drift(
        "blocked, and nothing says by what",
        "blocked-unattended",
        key,
        co.lasting(squad, at, 2),
    )
    told = _flagged(co, squad, n, at)
    co.office.comment(at + timedelta(hours=1), told, squad.people[1])
    linked = _flagged(co, squad, n, at)
    co.office.tie(at, linked, co.issue(squad, squad.at(-9)))
    co.office.move(at, linked, squad.people[1], "Blocked")
    co.truth.innocent("somebody said why", "blocked-unattended", told)
    co.truth.innocent("a link says why", "blocked-unattended", linked)


def _flagged(co: Company, squad: Squad, n: int, at: datetime) -> ItemKey:
    """Begun and flagged on day `n`, closed three days later."""
    key = co.active(squad, n, n - 2)
    co.office.edit(at, key, squad.people[1], flagged=True)
    co.done(squad, key, squad.at(n + 3, 18), "Won't do")
    return key


def too_much_for_one(co: Company) -> None:
    squad, n = co.squad(1.0), co.rng.randrange(1, 14)
    laden, fine, patient = squad.people[3:]
    at = squad.at(n, 10)
    for who, count in ((laden, 7), (fine, 3)):
        for number in range(count):
            due = squad.day(n + 12 + number % 3)
            key = co.issue(squad, at, assignee=who, due=due)
            co.done(squad, key, squad.at(n + 9))
    release = co.version(squad, squad.day(100))
    for _ in range(8):
        co.issue(squad, at, assignee=patient, milestones=(release,))
    co.truth.drift(
        "seven items of one person in a week", "overload", f"person:{laden}", co.first_run(at)
    )
    co.truth.innocent("three items", "overload", f"person:{fine}")
    co.truth.innocent("all due with one release", "overload", f"person:{patient}")


def nobody_comes(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(4, 22)
    release, gate = _review(co, squad, n)
    at = squad.at(n, 14)
    co.office.edit(at, gate, None, attendees=_guests(squad, "declined"))
    co.truth.drift(
        "the team will not be at its review",
        "gate-unattended",
        f"deliverable:{release}",
        co.first_run(at),
        kind=str(gate),
    )
    other, meeting = _review(co, squad, n)
    extra = Attendee(account=f"{squad.people[4]}@example.com", response="declined", optional=True)
    co.office.edit(at, meeting, None, attendees=(*_guests(squad, "accepted"), extra))
    co.truth.innocent("only a guest declines", "gate-unattended", f"deliverable:{other}")


def _review(co: Company, squad: Squad, n: int) -> tuple[ItemKey, ItemKey]:
    """A release whose work is done, and its review four days after day `n`."""
    release = co.version(squad, squad.day(44))
    co.done(squad, co.active(squad, -6, -4, milestones=(release,)), squad.at(-3))
    gate = co.event(
        f"{co.title(release)} go/no-go", squad.day(n + 4), squad.at(-20),
        attendees=_guests(squad, "accepted"),
    )  # fmt: skip
    return release, gate


def _guests(squad: Squad, answer: str) -> tuple[Attendee, ...]:
    return (
        Attendee(account="dana@example.com", response="accepted"),
        Attendee(account=f"{squad.people[0]}@example.com", response=answer),
    )


def strange_links(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(2, 24)
    one, other = (co.issue(squad, squad.at(-9)) for _ in range(2))
    at = squad.at(n, 12)
    co.office.tie(at, one, other, "gates through", "gated through")
    co.office.tie(at, other, one, "relates to", "relates to")
    co.truth.drift(
        "links that nobody can read", "unknown-link-type", "source:jira", co.first_run(at),
        kind="gated through",
    )  # fmt: skip
    co.truth.innocent("merely related", "unknown-link-type", "source:jira", kind="relates to")


def work_of_nobody(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(2, 24)
    fields = {"source": DEPOT, "scope": "all", "assignee": None}
    key = co.issue(squad, squad.at(-9), **fields)
    at = squad.at(n, 12)
    co.office.date(at, key, None, squad.day(90))
    co.truth.drift(
        "dated work of no team", "unmapped-team", f"source:{DEPOT}", co.first_run(at), within=1
    )
    co.truth.innocent("all of it has a team", "unmapped-team", "source:jira")


def unread_states(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(2, 24)
    at = squad.at(n, 12)
    key = co.issue(squad, squad.at(-9), source=DEPOT, scope="all", assignee=None)
    co.office.edit(at, key, None, state="Marinating", unmapped=True)
    co.truth.drift(
        "a state that nobody can read",
        "unmapped-status",
        f"source:{DEPOT}",
        co.first_run(at),
        within=1,
    )
    co.truth.innocent("states that are known", "unmapped-status", "source:jira")


def clocks_apart(co: Company) -> None:
    n = co.rng.randrange(2, 24)
    co.skews[co.day(n)] = (DEPOT, 420)
    co.truth.drift("seven minutes apart", "clock-skew", f"source:{DEPOT}", co.day(n))
    co.skews[co.day(n - 1)] = ("jira", -200)
    co.truth.innocent("three minutes apart", "clock-skew", "source:jira")


def half_of_it_is_gone(co: Company) -> None:
    squad, n = co.ordinary(), co.rng.randrange(2, 24)
    keys = [
        co.issue(squad, squad.at(-9), source=DEPOT, scope="all", assignee=None) for _ in range(12)
    ]
    co.losses[co.day(n)] = (DEPOT, keys[:3])
    subject = f"source:{DEPOT}"
    co.truth.drift(
        "a listing lacks nine of twelve", "source-emptied", subject, co.day(n),
        follows=(("source-stale", subject),),
    )  # fmt: skip
    co.truth.innocent("nothing is missing", "source-emptied", "source:jira")


def names_of_nothing(co: Company) -> None:
    squad, at = co.squads[0], co.squads[0].at(9, 15)
    pattern, exact = (co.version(squad, None) for _ in range(2))
    lost = f"jira:fixVersion~'{co.title(pattern)}'"
    kept = f"jira:fixVersion={co.title(exact)}"
    for key, selector in (("lost_name", lost), ("former_name", kept)):
        co.declare(key, match=[selector])
    for key in (pattern, exact):
        name = f"Renamed {co.title(key)[::-1]}"
        co.office.edit(at, key, None, name=name, ref=f"{squad.project} {name}")
    co.truth.drift(
        "a pattern that no release fits any more", "unknown-name", "source:jira", co.first_run(at),
        within=1, kind=lost,
    )  # fmt: skip
    co.truth.innocent("a renamed release", "unknown-name", "source:jira", kind=kept)


PLANTS = {
    "review-wait": nobody_reviews,
    "blocked-unattended": blocked_by_nothing,
    "overload": too_much_for_one,
    "gate-unattended": nobody_comes,
    "unknown-link-type": strange_links,
    "unmapped-team": work_of_nobody,
    "unmapped-status": unread_states,
    "clock-skew": clocks_apart,
    "source-emptied": half_of_it_is_gone,
    "unknown-name": names_of_nothing,
}
"""By rule: what plants for rules that are not there yet waits for them."""
