"""A committed deliverable waits for something that nobody holds or that has no date.

Why: a commitment is as good as the weakest thing it waits for, and nobody works on what is
nobody's.
When: by way of at most `depth` stated links a member of a committed deliverable waits for an open
issue outside it that has no assignee, or no date of its own or inherited (release, sprint, epic),
or that is not begun and in no sprint although its team plans in sprints and the next one would end
too late, and the last day on which it is needed is at most `within_bd` working days away. Told once
for each such issue, however many wait for it.
Do: name an owner and a date, or a sprint.
Clears: it has them, or nothing committed waits for it any more.
Silent: members of the deliverable itself, deliverables whose day has passed (`overdue` speaks) or
whose date has not yet stood long enough to be a commitment.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from datetime import date

from syncd.model.findings import Fact, Finding, Severity
from syncd.model.items import Issue, ItemKey, Level, Phase
from syncd.reconciler.facts import chains, planning, reckoning, subjects, wording
from syncd.reconciler.facts.causes import needed_unseen
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.facts.unseen import unseen
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import Deliverable, View

OWNER, DATE, SPRINT = "no assignee", "no date", "no sprint"
WANTS = {OWNER: "name who does it", DATE: "give it a date", SPRINT: "put it into a sprint"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.dep-weak]`."""

    depth: int = 3
    """Links between the deliverable and what it waits for."""
    within_bd: int = 20
    """Working days to the day it is needed."""


def check(view: View, params: Params) -> Results:
    """A finding for each weak prerequisite; it names the most important deliverable that waits."""
    waiting: dict[ItemKey, list[Deliverable]] = {}
    hidden, committed = view.snapshot.invisible, subjects.committed(view)
    for deliverable in committed:
        for key in _prerequisites(view, deliverable, params.depth, hidden):
            waiting.setdefault(key, []).append(deliverable)
    in_doubt = needed_unseen(view) if hidden else {}
    for deliverable in committed if hidden else ():
        for key in _prerequisites(view, deliverable, params.depth, ()):
            if key in in_doubt and key not in waiting:
                yield unseen(view, RULE.id, key, "what waits for it", [in_doubt[key]])
    for key, deliverables in sorted(waiting.items()):
        issue, needed = view.issue(key), view.plan.needed_by(key)
        if issue is None or needed is None or not (flaws := _flaws(view, issue, needed)):
            view.silent(key, "it has an assignee and a date" if needed else "no day needs it")
            continue
        left = view.calendar(key).between(view.today, needed)
        if left <= params.within_bd:
            first = min(deliverables, key=lambda one: (one.tier, one.id))
            yield _finding(view, issue, first, needed=needed, flaws=flaws)
        else:
            reason = "it is needed by {}, {} wd away; it is told of within {}"
            view.silent(key, reason, needed, left, params.within_bd)


def _prerequisites(
    view: View, deliverable: Deliverable, depth: int, without: Container[ItemKey]
) -> Iterator[ItemKey]:
    """Open issues outside the deliverable that its members wait for, the nearest first.

    No way leads over what it is to do `without`.
    """
    own = {*deliverable.members, *deliverable.bound}
    seen, front = set(own), sorted(key for key in own if _is_open(view, key, without))
    for _ in range(depth):
        behind = {edge.prerequisite for key in front for edge in view.prerequisites(key)
                  if edge.holds_up and edge.prerequisite not in seen}  # fmt: skip
        front = sorted(key for key in behind if _is_open(view, key, without))
        seen.update(front)
        yield from front


def _is_open(view: View, key: ItemKey, without: Container[ItemKey]) -> bool:
    issue = view.issue(key)
    return issue is not None and is_open(issue) and key not in without


def _flaws(view: View, issue: Issue, needed: date) -> list[str]:
    found = [] if issue.assignee else [OWNER]
    if view.target(issue.key) is None:
        return [*found, DATE]
    is_whole = issue.level is not Level.ITEM or view.children(issue.key)
    is_waiting = issue.phase is Phase.TODO and not is_whole
    is_unplanned = is_waiting and planning.lacks_place(view, issue, needed)
    return [*found, SPRINT] if is_unplanned else found


def _finding(
    view: View, issue: Issue, deliverable: Deliverable, *, needed: date, flaws: list[str]
) -> Finding:
    draft = subjects.draft_of_item(view, issue.key, RULE.id)
    waiting = subjects.waiting_for(view, [issue.key])
    draft = subjects.holding_up(view, draft, [issue.key], *deliverable.teams)
    crosses = chains.crosses(view, issue.key, deliverable.subject)
    base = Severity.HIGH if crosses else Severity.MEDIUM
    left = view.calendar(issue.key).between(view.today, needed)
    by, lacks = wording.day(needed, view.today), " and ".join(flaws)
    is_ = "is" if needed >= view.plan.today(issue.key) else "was"
    ago = "from today" if left >= 0 else "ago"
    place = "sprint" if SPRINT in flaws else "date"
    return replace(
        draft,
        severity=grade(base, tier=deliverable.tier, days_left=left, teams=len(draft.teams)),
        summary=f"{deliverable.name} waits for {subjects.called(issue)}, which {is_} needed "
        f"by {by} and has {lacks}.",
        plain=f"{deliverable.name} waits for {draft.title}, needed by {by}, which has "
        f"{lacks.replace(OWNER, 'nobody to do it')}.",
        act=_act(view, draft, flaws, f"{is_} needed by {by}"),
        clears=f"{draft.ref} has an assignee and a {place}, or {deliverable.name} waits no more.",
        planned=needed,
        facts=(
            *(fact for edge in waiting for fact in edge.facts[:1]),
            Fact(text=f"{draft.ref} has {lacks}", source=issue.key.source, url=issue.url),
        ),
        programs=wording.unique([*draft.programs, *deliverable.programs]),
        deliverable=deliverable.id,
        tier=deliverable.tier,
        reckoning=reckoning.of(
            f"needed by {by}, {wording.working_days(abs(left))} {ago}; it has {lacks}",
            within_bd=left,
        ),
        scopes=draft.scopes | subjects.scopes(view, [edge.dependant for edge in waiting]),
        restricted=draft.restricted
        or any(subjects.is_restricted(view, key) for key in deliverable.bound)
        or any(subjects.is_restricted(view, edge.dependant) for edge in waiting),
    )


def _act(view: View, draft: Finding, flaws: list[str], needed: str) -> str:
    wants = " and ".join(WANTS[flaw] for flaw in flaws)
    return subjects.ask(view, draft, f"{wants}; {draft.ref} {needed}.")


RULE = Rule(id="dep-weak", severity=Severity.MEDIUM, params=Params, check=check)
