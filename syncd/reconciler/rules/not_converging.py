"""Work arrives as fast as it is finished.

Why: a deliverable whose scope grows at the pace of its team is never done, whatever its date says.
When: in the last 20 working days since commitment at least `enter` as many items came in, net of
those taken out, as were finished; both are 5 or more, and 10 or more are open. With half of these
counts what was told goes on.
Silent: the first fifth of the time from commitment to baseline, what was never committed or was
committed with fewer than 3 items, parts of items that were there, bulk edits, and what has no
target.
Do: close the scope, and send what arrives to the next milestone.
Clears: what arrives falls below `exit` of what is finished, or hardly anything is left or moves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from syncd.model.findings import Fact, Finding, Severity, Standing
from syncd.reconciler.facts import growth, reckoning, subjects, wording
from syncd.reconciler.facts.growth import Flow
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.forecast.scope import Scopes
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import Deliverable, View

WINDOW_BD = 20
WEEK_BD = 5
LEAST, LEAST_OPEN = 5, 10
"""Items that must have come and been finished, and items that must be open."""
HELD = 0.5
"""Of these counts, down to which what was told goes on: one item more or less is no end."""
EARLY = 0.2
"""Share of the time to the baseline in which scope may still be found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.not-converging]`."""

    enter: float = 0.9
    """Net arrivals for each finished item from which on it is told."""
    exit: float = 0.7
    """Below this it is over."""


def check(view: View, params: Params) -> Results:
    """A finding for each deliverable whose end does not come nearer."""
    for deliverable, _ in subjects.targeted(view):
        since = view.once(Scopes).committed_on(deliverable)
        count = len(subjects.open_members(view, deliverable))
        guards = (
            (count < HELD * LEAST_OPEN, f"only {count} of its items are open, below {LEAST_OPEN}"),
            (since is None, "nothing in it was committed to"),
            (_is_early(view, deliverable, since), "it is in the first fifth of its time"),
        )
        if view.passes_over(deliverable.subject, *guards) or since is None:
            continue
        windows = [_window(view, deliverable, since, back) for back in (0, WEEK_BD, 2 * WEEK_BD)]
        now = windows[0]
        if now.least >= HELD * LEAST and _ratio(now) >= params.exit:
            yield _finding(view, deliverable, windows, count, params)
        else:
            reason = "in {} wd {} items net came in and {} were finished"
            flows = WINDOW_BD, now.net, len(now.finished)
            view.silent(deliverable.subject, reason, *flows)


def _is_early(view: View, deliverable: Deliverable, begun: date | None) -> bool:
    baseline = deliverable.baseline
    if begun is None or baseline is None:
        return False
    calendar = view.calendar_of(deliverable)
    return calendar.between(begun, view.today) < EARLY * calendar.between(begun, baseline)


def _window(view: View, deliverable: Deliverable, since: date, back: int) -> Flow:
    """The 20 working days that ended `back` working days ago; what was planned is no arrival."""
    calendar = view.calendar_of(deliverable)
    end = calendar.shift(view.today, -back)
    return growth.flow(view, deliverable, max(since, calendar.shift(end, -WINDOW_BD)), end)


def _ratio(flow: Flow) -> float:
    return flow.net / len(flow.finished) if flow.finished else 0.0


def _finding(
    view: View, deliverable: Deliverable, windows: list[Flow], count: int, params: Params
) -> Finding:
    draft, now = subjects.draft_of(view, deliverable, RULE.id), windows[0]
    is_long = all(one.least >= LEAST and _ratio(one) >= params.enter for one in windows)
    came, done = wording.plural(now.net, "item"), len(now.finished)
    still = wording.plural(count, "item")
    text = f"in {WINDOW_BD} working days {came} net came in and {done} were finished"
    calendar = view.calendar_of(deliverable)
    return replace(
        draft,
        severity=grade(
            Severity.HIGH if is_long else Severity.MEDIUM,
            tier=deliverable.tier,
            teams=len(deliverable.teams),
        ),
        standing=Standing.AT_RISK,
        summary=f"{deliverable.name} does not come nearer its end: {text}; {still} are open.",
        plain=f"{draft.title} does not come nearer its end: work arrives as fast as it is done.",
        act=subjects.ask(
            view, draft, f"close the scope of {draft.ref}; move what arrives to the next milestone."
        ),
        clears=f"What arrives falls below {wording.share(params.exit)} of what is finished.",
        planned=deliverable.target.day if deliverable.target else None,
        facts=(
            Fact(text=_by_week(view, deliverable)),
            *growth.adders(view, now.came),
            *growth.newest(view, now.came, calendar),
        ),
        holds=_ratio(now) < params.enter or now.least < LEAST or count < LEAST_OPEN,
        reckoning=reckoning.of(
            f"({len(now.came)} came - {len(now.left)} left) / {done} finished = {_ratio(now):.2f}",
            enter=_ratio(now), exit=_ratio(now),
        ),
    )  # fmt: skip


def _by_week(view: View, deliverable: Deliverable) -> str:
    calendar = view.calendar_of(deliverable)
    ends = [calendar.shift(view.today, -back) for back in range(WINDOW_BD - WEEK_BD, -1, -WEEK_BD)]
    weeks = [growth.flow(view, deliverable, calendar.shift(end, -WEEK_BD), end) for end in ends]
    came = ", ".join(str(week.net) for week in weeks)
    done = ", ".join(str(len(week.finished)) for week in weeks)
    return f"Came in, net, in each of the last four weeks: {came}; finished: {done}"


RULE = Rule(id="not-converging", severity=Severity.MEDIUM, params=Params, check=check)
