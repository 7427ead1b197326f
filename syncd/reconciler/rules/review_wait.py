"""A change waits for somebody for longer than is usual there.

Why: review is where work waits most and shows it least; whoever holds it often does not know.
When: an open change has waited for the same holder for more than a working day, and longer than
`quantile` of such waits of the last 180 days took in its repository, else its team, with at least
`min_n` that are over; with fewer it cannot be told. The holder is the reviewer since the change was
ready and a review asked for, or it was pushed to or sent back; the author since changes were asked
for, checks failed or it ran into a conflict; whoever merges it since it was approved. Hours are
counted from nine to five.
Silent: drafts, changes of robots and onto another open change, and those that nobody was asked to
review. Nothing new is told of one on which somebody acted within a working day, or that is approved
while its checks run; nor anything at all of one for a release in a freeze, until that is over.
Do: the holder's act. Where the reviewer is away, an owner of the code takes over.
Clears: it is somebody else's turn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from syncd.model.findings import Fact, Finding, Severity, Standing, Unknown
from syncd.model.items import Issue
from syncd.reconciler.facts import reckoning, subjects, wording
from syncd.reconciler.facts.critical import critical
from syncd.reconciler.facts.review_waits import (
    Usual,
    Usuals,
    Wait,
    acting,
    holder_names,
    long_waits,
)
from syncd.reconciler.facts.severity import NEAR, grade
from syncd.reconciler.facts.slowed import by_waiting
from syncd.reconciler.facts.turns import Holder
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import View

ACTS = {Holder.REVIEWER: "review", Holder.AUTHOR: "take up", Holder.MERGER: "merge"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.review-wait]`."""

    quantile: float = 0.85
    """Share of waits that are over within what counts as normal."""
    min_n: int = 30
    """Waits that are over that a norm must rest on."""


def check(view: View, params: Params) -> Results:
    """A finding for each change that waits too long."""
    usuals: Usuals | None = None
    for wait, is_touched in long_waits(view):
        usuals = usuals or Usuals(view, params.quantile, params.min_n)
        usual = usuals.of(wait, view.team_of(wait.pull.key).team)
        if usual is None or (wait.is_frozen and wait.hours > usual.long.days):
            ended = f"fewer than {params.min_n} waits for {wait.now.wants} are known that ended"
            yield Unknown(
                rule=RULE.id,
                subject=str(wait.pull.key),
                discriminator=str(wait.now.holder),
                reason="what it serves is frozen now" if usual else ended,
                too_early=usual is None, put_off=usual is not None,
            )  # fmt: skip
        elif wait.hours > usual.long.days:
            yield replace(_finding(view, wait, usual, params), holds=is_touched)
        else:
            told = int(wait.hours), usual.long.days
            view.silent(wait.pull.key, "it has waited for {} working hours; usual are {}", *told)


def _finding(view: View, wait: Wait, usual: Usual, params: Params) -> Finding:
    pull, now, today = wait.pull, wait.now, view.today
    first = min(wait.serves, key=lambda one: _due(view, one), default=None)
    draft = subjects.draft_of_item(view, (first or pull).key, RULE.id)
    owner, away = acting(view, wait)
    waits = f"{pull.ref} has waited for {now.wants} for {int(wait.hours)} working hours"
    name, act = subjects.who(view, owner), f"{ACTS[now.holder]} {pull.ref}"
    instead = f" instead of {away}, who is away" if away else ""
    return replace(
        draft,
        subject=str(pull.key),
        discriminator=str(now.holder),
        severity=grade(_base(view, wait), tier=draft.tier, teams=len(draft.teams)),
        standing=Standing.AT_RISK,
        ref=pull.ref,
        title=subjects.short(pull.title),
        summary=f"{waits}, since {_since(view, wait)}; {_serves(view, first)}.",
        plain=f"{draft.title} has waited for {now.wants} for {int(wait.hours)} working hours.",
        act=f"{name}: {act}{instead}." if name else f"{wording.sentence(act)}{instead}.",
        by=wait.calendar.shift(today, 1),
        clears="It is somebody else's turn, or it is merged or closed.",
        url=pull.url,
        owner=owner,
        planned=target.day if first and (target := view.target(first.key)) else None,
        facts=_facts(view, wait, usual, params),
        reckoning=reckoning.of(
            f"{wait.hours:.1f} working hours > {usual.long.days}", min_n=usual.ended
        ),
        scopes=subjects.scopes(view, [pull.key, *(one.key for one in wait.serves)]),
        restricted=any(one.restricted for one in wait.serves),
        explains=(*(str(one.key) for one in wait.serves), *by_waiting(view, wait.serves)),
    )


def _due(view: View, issue: Issue) -> tuple[str, str]:
    target = view.target(issue.key)
    return target.day.isoformat() if target else "9999", str(issue.key)


def _since(view: View, wait: Wait) -> str:
    return wording.moment(wait.now.since, wait.calendar.zone, view.today)


def _serves(view: View, issue: Issue | None) -> str:
    if issue is None:
        return "no item is linked to it"
    target = view.target(issue.key)
    due = f" by {wording.day(target.day, view.today)}" if target else ""
    return f"{issue.ref} needs it{due}"


def _base(view: View, wait: Wait) -> int:
    if any(issue.key in view.once(critical) for issue in wait.serves):
        return Severity.HIGH
    is_soon = any(
        one.target and wait.calendar.between(view.today, one.target.day) <= NEAR
        for issue in wait.serves
        for one in view.deliverables_of(issue.key)
    )
    return Severity.MEDIUM if is_soon else Severity.LOW


def _facts(view: View, wait: Wait, usual: Usual, params: Params) -> tuple[Fact, ...]:
    pull, source = wait.pull, wait.pull.key.source
    names = wording.listing(holder_names(view, wait))
    long = f"{usual.long.days} working hours"
    whose = subjects.team_name(view, usual.whose.removeprefix("team:"))
    norm = f"{wording.share(params.quantile)} of such waits in {whose} are over within {long}"
    if not usual.long.reached:
        norm = f"The longest such wait in {whose} that ended took {long}"
    return (
        Fact(
            text=f"{pull.ref} waits for {names} since {_since(view, wait)}",
            source=source,
            seen_at=wait.now.since,
            url=pull.url,
        ),
        Fact(text=f"{norm} ({usual.ended} seen)"),
        *(
            Fact(text=f"It implements {subjects.called(one)}", source=one.key.source,
                 seen_at=one.updated_at, url=one.url)
            for one in wait.serves
        ),
    )  # fmt: skip


RULE = Rule(id="review-wait", severity=Severity.LOW, params=Params, check=check)
