"""Open work sits far beyond what is normal for its state.

Why: work that nobody touches ends late, and its date does not show it yet.
When: an item is active, waiting or in review for longer than `quantile` of such visits take (at
least `floor_bd` working days), and no person has touched it, what is below it or a pull request
of either for at least half the usual stay (and `floor_bd`). Normal is what visits of the last 180
days took, of the same team and type, else team, else type, else state, with at least `min_n`
completed ones; with fewer it cannot be told. Open visits count as not yet ended (Kaplan-Meier).
Severity: grave where another team waits for it, or a committed date has nothing to spare for it.
Silent: work not begun, work flagged or waiting behind a prerequisite that is open or cannot be
read. Of work whose holder is away it cannot be told.
Do: ask who holds it now: the reviewer in review, else its owner.
Clears: the state changes, or somebody works on it; or up to twice as long has become usual.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from syncd.model.findings import Fact, Finding, Severity, Standing, Unknown
from syncd.model.items import Issue
from syncd.reconciler.facts import reckoning, subjects, wording
from syncd.reconciler.facts.activity import holders, is_away, who_touched
from syncd.reconciler.facts.critical import critical
from syncd.reconciler.facts.dwell import Norm
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.facts.stays import Stay, all_visits, long_stays
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import View

SOON_BD = 15
"""Working days to a committed target that raise the severity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.stalled]`."""

    quantile: float = 0.85
    """Share of visits that are over within what counts as normal."""
    floor_bd: int = 3
    """Working days that are never too long, in a state or without activity."""
    min_n: int = 30
    """Completed visits that a norm must rest on."""


def check(view: View, params: Params) -> Results:
    """A finding for each item that is stalled."""
    stays = long_stays(view, params.floor_bd)
    dwell = all_visits(view, params.quantile, params.min_n) if stays else None
    for stay in stays:
        norm = dwell.norm(stay.team, stay.issue.type, stay.issue.state) if dwell else None
        limit = max(norm.long.days, params.floor_bd) if norm else 0
        is_long = norm is not None and stay.dwell > limit and stay.idle >= norm.half.days
        if norm is None or (is_long and is_away(view, stay.issue)):
            few = f"fewer than {params.min_n} completed stays in {stay.issue.state} are known"
            yield Unknown(
                rule=RULE.id,
                subject=str(stay.issue.key),
                reason="its holder is away" if norm else few,
                too_early=norm is None,
                put_off=norm is not None,
            )
        elif is_long or 2 * stay.dwell > limit:
            yield replace(_finding(view, stay, norm, params), holds=not is_long)
        else:
            reason = "{} wd in its state and {} untouched; usual are up to {} and {}"
            view.silent(stay.issue.key, reason, stay.dwell, stay.idle, limit, norm.half.days)


def _finding(view: View, stay: Stay, norm: Norm, params: Params) -> Finding:
    issue, today = stay.issue, view.today
    draft = subjects.draft_of_item(view, issue.key, RULE.id)
    draft = subjects.holding_up(view, draft, [issue.key])
    target = view.target(issue.key)
    days = wording.working_days(stay.dwell)
    usual = _usual(view, norm, params)
    touched = wording.day(stay.calendar.local_date(stay.touched_at), today)
    says = f"{subjects.called(issue)} has been {issue.state} for {days} and was last touched on"
    says = f"{says} {touched}; {usual}"
    is_cross_team = any(
        view.are_cross_team(issue.key, edge.dependant)
        for edge in subjects.waiting_for(view, [issue.key])
    )
    found = replace(
        draft,
        severity=grade(_base(view, stay, is_cross_team), tier=draft.tier, teams=len(draft.teams)),
        standing=Standing.AT_RISK,
        summary=f"{says}{subjects.waits(draft.pushes)}.",
        plain=f"{draft.title} has not moved on for {days}; {_usual_plainly(norm)}.",
        act=_act(view, issue, draft),
        by=stay.calendar.shift(stay.calendar.local_date(view.snapshot.as_of), 1),
        clears="Its state changes, or somebody works on it.",
        planned=target.day if target else None,
        facts=_facts(view, stay, usual, norm),
        reckoning=reckoning.of(
            f"{stay.dwell} working days in {issue.state} > {max(norm.long.days, params.floor_bd)}, "
            f"untouched for {stay.idle} ≥ {max(norm.half.days, params.floor_bd)}",
            floor_bd=stay.dwell, min_n=norm.ended,
        ),
    )  # fmt: skip
    return subjects.with_alone(found, f"{says}.")


def _act(view: View, issue: Issue, draft: Finding) -> str:
    names = holders(view, issue)
    if names and names == (subjects.who(view, draft.owner),):
        return subjects.ask(view, draft, f"say what {issue.ref} needs to move on.")
    return (
        f"Ask {wording.listing(names) or 'whoever can take it'} what {issue.ref} needs to move on."
    )


def _usual(view: View, norm: Norm, params: Params) -> str:
    whose = f" of {subjects.team_name(view, norm.team)}" if norm.team else ""
    which = f"{norm.type} items" if norm.type else "items"
    if not norm.long.reached:
        longest = wording.working_days(norm.long.days)
        return f"the longest stay of {which}{whose} that ended took {longest}"
    within = wording.working_days(norm.long.days)
    return f"{wording.share(params.quantile)} of {which}{whose} leave that state within {within}"


def _usual_plainly(norm: Norm) -> str:
    days = wording.working_days(norm.long.days)
    if not norm.long.reached:
        return f"the longest that such work stayed like this was {days}"
    return f"such work mostly moves on within {days}"


def _base(view: View, stay: Stay, is_cross_team: bool) -> int:
    if is_cross_team or stay.issue.key in view.once(critical):
        return Severity.HIGH
    today = stay.calendar.local_date(view.snapshot.as_of)
    is_soon = any(
        one.target
        and not one.provisional
        and stay.calendar.between(today, one.target.day) <= SOON_BD
        for one in view.deliverables_of(stay.issue.key)
    )
    return Severity.MEDIUM if is_soon else Severity.LOW


def _facts(view: View, stay: Stay, usual: str, norm: Norm) -> tuple[Fact, ...]:
    issue, source = stay.issue, stay.issue.key.source
    entered = issue.state_entered_at or issue.created_at
    since = wording.day(stay.calendar.local_date(entered), view.today)
    who = who_touched(view, issue, stay.touched_at)
    by = f" by {who}" if who else ""
    touched = wording.day(stay.calendar.local_date(stay.touched_at), view.today)
    return (
        Fact(text=f"{issue.state} since {since}", source=source, seen_at=entered, url=issue.url),
        Fact(text=f"Last touched on {touched}{by}", source=source, seen_at=stay.touched_at),
        Fact(text=f"{wording.sentence(usual)} ({norm.ended} seen)"),
    )


RULE = Rule(id="stalled", severity=Severity.LOW, params=Params, check=check)
