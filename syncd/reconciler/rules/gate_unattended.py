"""A review is near, and somebody who must be there will not be.

Why: a review without its approver, or without a team it judges, is held twice.
When: a review of a deliverable is at most `ahead_bd` working days ahead, and its organiser or one
of `approvers` declined, is away then or (approvers) was not invited; or nobody of a team
that takes part is expected.
Silent: optional guests, cancelled reviews, those that have begun, and deliverables that are done.
Where the guests cannot be seen, or somebody the configuration does not know may be of the team that
is missing, it cannot be told.
Do: invite the lead of the team, find a deputy, or move the review.
Clears: they accept, the invitation makes them optional as somebody stands in, or it moves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from syncd.model.findings import Fact, Finding, Severity, Standing, Unknown
from syncd.model.items import CalendarEvent
from syncd.reconciler.facts import reckoning, subjects, wording
from syncd.reconciler.facts.guests import Guests, guests, to_invite
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import Deliverable, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.gate-unattended]`."""

    ahead_bd: int = 5
    """Reviews further ahead, in working days, are not looked at."""
    approvers: tuple[str, ...] = ()
    """Ids of people without whom no review is held."""


def check(view: View, params: Params) -> Results:
    """A finding for each review that somebody will miss."""
    for deliverable in view.deliverables:
        guards = (
            (deliverable.done, "it is done"),
            (not deliverable.gates, "no review belongs to it"),
        )
        if view.passes_over(deliverable.subject, *guards):
            continue
        calendar = view.calendar_of(deliverable)
        for event in filter(None, map(view.event, deliverable.gates)):
            left = calendar.between(view.today, event.first_day)
            far = (left > params.ahead_bd, f"its review is {left} wd ahead")
            off = (event.status == "cancelled", "its review is cancelled")
            over = (_has_begun(view, event), "its review has begun")
            if not view.passes_over(deliverable.subject, off, over, far):
                yield from _judge(view, deliverable, event, params, left)


def _has_begun(view: View, event: CalendarEvent) -> bool:
    if event.start_at is not None:
        return event.start_at <= view.snapshot.as_of
    return event.first_day < view.today


def _judge(
    view: View, deliverable: Deliverable, event: CalendarEvent, params: Params, left: int
) -> Results:
    seen = guests(view, deliverable, event, params.approvers)
    reason = ""
    if not event.attendees:
        reason = f"the guests of {_title(event)} cannot be seen"
    elif not seen.missing and seen.teams and seen.strangers:
        reason = f"whose team {wording.listing(seen.strangers)} is of is not known"
    if reason:
        yield Unknown(
            rule=RULE.id,
            subject=deliverable.subject,
            discriminator=str(event.key),
            reason=reason,
        )
    elif seen.missing or seen.teams:
        yield _finding(view, deliverable, event, seen, left)
    else:
        view.silent(deliverable.subject, "all that its review needs are expected")


def _title(event: CalendarEvent) -> str:
    return f'"{subjects.short(event.title)}"' if event.title else "a private review"


def _finding(
    view: View, deliverable: Deliverable, event: CalendarEvent, seen: Guests, left: int
) -> Finding:
    draft, today = subjects.draft_of(view, deliverable, RULE.id), view.today
    day, title = wording.day(event.first_day, today), _title(event)
    bare = () if seen.strangers else seen.teams
    names = wording.listing([subjects.team_name(view, team) for team in bare])
    said = [f"{one.name} {one.why}" for one in seen.missing]
    said += [f"nobody of {names} is expected"] if bare else []
    who = [f"{len(seen.missing)} of the people it needs"] if seen.missing else []
    without = wording.listing([*who, *([f"anybody of {names}"] if bare else [])])
    return replace(
        draft,
        discriminator=str(event.key),
        severity=grade(Severity.MEDIUM, tier=deliverable.tier, teams=len(deliverable.teams)),
        standing=Standing.AT_RISK,
        summary=(
            f"{wording.sentence(title)} on {day} judges {deliverable.name}, but "
            f"{wording.listing(said)}."
        ),
        plain=f"The review of {draft.title} on {day} is planned without {without}.",
        act=subjects.ask(view, draft, f"{_act(view, seen, bare)}, or move {title}."),
        clears=_clears(seen, names),
        url=event.url or draft.url,
        planned=event.first_day,
        facts=tuple(_facts(view, event, seen, bare)),
        scopes=draft.scopes | subjects.scopes(view, [event.key]),
        material="\n".join(said),
        reckoning=reckoning.of(f"{wording.listing(said)}, {left} wd ahead", ahead_bd=left),
    )


def _clears(seen: Guests, bare: str) -> str:
    ends = ["they accept", "they are made optional as somebody stands in"] if seen.missing else []
    ends += [f"somebody of {bare} is expected"] if bare else []
    return f"{wording.sentence(', '.join(ends))}, or the review moves."


def _act(view: View, seen: Guests, bare: tuple[str, ...]) -> str:
    invited = [to_invite(view, seen, team) for team in bare]
    wanted = [f"invite {wording.listing(invited)}"] if invited else []
    absent = [one.name for one in seen.missing if one.why != "was not invited"]
    uninvited = [one.name for one in seen.missing if one.why == "was not invited"]
    wanted += [f"invite {wording.listing(uninvited)}"] if uninvited else []
    wanted += [f"find a deputy for {wording.listing(absent)}"] if absent else []
    return ", ".join(wanted)


def _facts(view: View, event: CalendarEvent, seen: Guests, bare: tuple[str, ...]) -> list[Fact]:
    source, day = event.key.source, wording.day(event.first_day, view.today)
    answers = wording.listing(
        [
            f"{view.account_name(source, one.account)} ({one.response.replace('_', ' ')})"
            for one in event.attendees
        ],
        10,
    )
    title = event.title or "A private review"
    found = [Fact(text=f"{title} on {day}; guests: {answers}", source=source,
                  seen_at=event.updated_at, url=event.url)]  # fmt: skip
    found += [Fact(text=f"{one.name} {one.why}", source=source) for one in seen.missing]
    found += [Fact(text=f"Nobody of {subjects.team_name(view, team)} is expected") for team in bare]
    return found


RULE = Rule(id="gate-unattended", severity=Severity.MEDIUM, params=Params, check=check)
