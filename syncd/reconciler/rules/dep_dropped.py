"""Something waits for what will not come.

Why: a prerequisite that was dropped looks closed, so nobody sees that its dependant waits for ever.
When: a stated link makes an open item wait for one that was closed undelivered, or that was taken
out of the release of the two and has no date any more.
Do: the owner of what waits decides: without it, with something else, or not at all.
Clears: the link is gone or leads elsewhere, or what waits is closed.
Silent: it was dropped as a duplicate: then the original is what is waited for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain

from syncd.model.findings import Fact, Finding, Severity
from syncd.model.history import Change
from syncd.model.items import Issue, Phase
from syncd.reconciler.facts import reckoning, subjects, wording
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import Dependency, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """`[rules.dep-dropped]` has no parameters of its own."""


def check(view: View, params: Params) -> Results:  # noqa: ARG001  every rule is asked alike
    """A finding for each stated link to what will not come."""
    for edge in view.dependencies:
        if not edge.holds_up:
            continue
        before, after = view.issue(edge.prerequisite), view.issue(edge.dependant)
        if before is None or after is None or not is_open(after):
            continue
        if before.phase is Phase.DROPPED:
            done = [one for one in view.changes(before.key, "phase") if one.new == Phase.DROPPED]
            yield _finding(view, edge, before, after, done[-1] if done else None)
        elif is_open(before) and (gone := _taken_out(view, before, after)):
            yield _finding(view, edge, before, after, gone)
        else:
            reason = "{}, for which it waits, was neither dropped nor taken out of their release"
            view.silent(after.key, reason, before.ref)


def _taken_out(view: View, before: Issue, after: Issue) -> Change | None:
    """The change that took it out of an open release of both; None while it has a date."""
    if view.target(before.key) is not None:
        return None
    shared = {str(key) for key in after.milestones if (one := view.milestone(key)) and is_open(one)}
    changes = view.changes(before.key, "milestones")
    gone = [one for one in changes if one.new is None and one.old in shared]
    return gone[-1] if gone else None


def _finding(
    view: View, edge: Dependency, before: Issue, after: Issue, change: Change | None
) -> Finding:
    draft = subjects.draft_of_item(view, after.key, RULE.id)
    draft = subjects.reaching(view, draft, [view.team_of(before.key).team])
    target, what = view.target(after.key), _what(view, before, change)
    waits = subjects.waiting_for(view, [after.key])
    pushes = subjects.pushes(view, [one.dependant for one in waits])
    agree = subjects.who(view, view.owner(before.key))
    with_whom = f"agree with {agree}" if agree and view.owner(before.key) != draft.owner else "say"
    base = Severity.HIGH if target else Severity.LOW
    return replace(
        draft,
        severity=grade(base, tier=draft.tier, teams=len(draft.teams)),
        discriminator=str(before.key),
        summary=f"{subjects.called(after)} waits for {subjects.called(before)}, which {what}"
        f"{subjects.waits(pushes)}.",
        plain=f"{draft.title} waits for something that will not come: "
        f"{subjects.short(before.title)}.",
        act=subjects.ask(
            view,
            draft,
            f"{with_whom} whether {after.ref} goes on without {before.ref}, waits for something "
            "else, or is dropped too; then change the link.",
        ),
        clears=f"The link to {before.ref} is gone or leads elsewhere, or {after.ref} is closed.",
        planned=target.day if target else None,
        pushes=pushes,
        facts=tuple(chain(edge.facts, [_fact(view, before, what, change)])),
        reckoning=reckoning.of(
            f"{before.ref} {what}; {after.ref} is {after.state} and waits for it"
        ),
        scopes=draft.scopes | subjects.scopes(view, [before.key]),
        restricted=draft.restricted or before.restricted,
    )


def _what(view: View, before: Issue, change: Change | None) -> str:
    when = change.at if change else before.done_at
    on = (
        f" on {wording.day(view.calendar(before.key).local_date(when), view.today)}" if when else ""
    )
    if before.phase is Phase.DROPPED:
        told = view.changes(before.key, "resolution")
        return f"was dropped{on}" + (f' as "{told[-1].new}"' if told and told[-1].new else "")
    return f"was taken out of the release{on} and has no date"


def _fact(view: View, before: Issue, what: str, change: Change | None) -> Fact:
    by = view.account_name(before.key.source, change.actor) if change else ""
    return Fact(
        text=f"{before.ref} {what}{f' by {by}' if by else ''}: {before.state}",
        source=before.key.source,
        seen_at=change.at if change else before.done_at,
        url=before.url,
    )


RULE = Rule(id="dep-dropped", severity=Severity.HIGH, params=Params, check=check)
