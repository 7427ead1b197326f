"""Two sources tell different stories about done.

Why: who reads only one of them plans with the wrong one.
When: for longer than the days of grace in brackets, one of these is so. a a pull request is merged
and its issue open (2); b an issue is done and its pull request open (2); c all children are closed
and the parent is open (3); d a parent is done and a child open (1); e the launch or last review is
over and the milestone open (1); f a version is released or a milestone closed with open items, or
with an open epic without a date that is the same deliverable (1);
g a closed sprint has open items (1); h a pull request is closed unmerged and its issue in review
(2); i an item is active, what it waits for is not done (2); j a done item's code is taken back (2).
Silent: other work under way (an open pull request, unchecked tasks, open children), a state that
waits for release or test, a later revert, items just moved in bulk, children moved elsewhere,
cancelled events. Drafts idle for `idle_draft_bd` are told in one line for each team and month.
Do: bring the two in line; the sentence says which.
Clears: when it is no longer true.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

from syncd.model.findings import Finding, Severity, Standing, Unknown
from syncd.model.items import Issue, Phase
from syncd.reconciler.facts import subjects
from syncd.reconciler.facts.code_mismatches import (
    Reverts,
    closed_unmerged,
    done_but_reverted,
    done_but_unmerged,
    idle_drafts,
    implementing,
    merged_but_open,
)
from syncd.reconciler.facts.event_mismatches import passed_but_open
from syncd.reconciler.facts.grace import has_lasted
from syncd.reconciler.facts.mismatch import Mismatch, reckoned
from syncd.reconciler.facts.plan_mismatches import (
    ended_with_members,
    parts_done,
    parts_left,
    started_too_early,
)
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.facts.unseen import unseen
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import View

AWAITS = r"await|ready (for|to) |release|deploy|rollout|\bqa\b|test|verif|\buat\b|staging"
SERIOUS = "efj"
"""Kinds of medium severity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.status-mismatch]`; days of grace are working days."""

    grace_a: int = 2
    """Pull request merged, issue open."""
    grace_b: int = 2
    """Issue done, pull request open."""
    grace_c: int = 3
    """All children closed, parent open."""
    grace_d: int = 1
    """Parent done, child open."""
    grace_e: int = 1
    """Event over, milestone open."""
    grace_f: int = 1
    """Version released or milestone closed, item open."""
    grace_g: int = 1
    """Sprint closed, item open."""
    grace_h: int = 2
    """Pull request closed unmerged, issue in review."""
    grace_i: int = 2
    """Item active, prerequisite not done."""
    grace_j: int = 2
    """Item done, its code taken back."""
    awaits: str = AWAITS
    """Pattern of states in which an issue rightly stays open after its code is merged."""
    idle_draft_bd: int = 60
    """Working days beyond which an untouched draft has only its team's monthly line."""


def check(view: View, params: Params) -> Results:
    """A finding for each contradiction that has outlasted its grace."""
    found = chain(
        _issues(view, params),
        passed_but_open(view),
        ended_with_members(view, {"f": params.grace_f, "g": params.grace_g}),
        done_but_unmerged(view, params.idle_draft_bd),
        done_but_reverted(view),
    )
    for one in found:
        if isinstance(one, Unknown):
            yield one
            continue
        grace: int = getattr(params, f"grace_{one.kind}")
        is_old = has_lasted(one.since, grace, view.snapshot.as_of, one.calendar)
        yield replace(_finding(view, one), holds=not is_old)
        if not is_old:
            view.silent(one.draft.subject, "{}; so for less than {} wd", one.summary[:-1], grace)
    yield from idle_drafts(view, params.idle_draft_bd, RULE.id)


def _issues(view: View, params: Params) -> Iterator[Mismatch | Unknown]:
    reverts = Reverts(view)
    for issue in view.snapshot.issues:
        if issue.key in view.snapshot.invisible:
            continue
        yield from _parts(view, issue, params) if view.children(issue.key) else ()
        if issue.phase.is_closed:
            continue
        pulls = implementing(view, issue)
        if gone := [pull.key for pull in pulls if pull.key in view.snapshot.invisible]:
            what = "a pull request of it"
            yield from (unseen(view, RULE.id, issue.key, what, gone, kind=kind) for kind in "ah")
        else:
            yield from merged_but_open(view, issue, pulls, reverts, params.awaits)
            yield from closed_unmerged(view, issue, pulls)
        if issue.phase is Phase.ACTIVE:
            yield from started_too_early(view, issue, params.grace_i)


def _parts(view: View, issue: Issue, params: Params) -> Iterator[Mismatch | Unknown]:
    children = view.children(issue.key)
    hidden = view.snapshot.invisible.intersection(child.key for child in children)
    if hidden and all(c.phase.is_closed for c in children if c.key not in hidden):
        kind = "c" if not issue.phase.is_closed else "d"
        yield unseen(view, RULE.id, issue.key, "some of its parts", hidden, kind=kind)
    elif issue.phase is Phase.DONE:
        seen = [child for child in children if child.key not in hidden]
        yield from parts_left(view, issue, seen, params.grace_d)
    elif not issue.phase.is_closed:
        yield from parts_done(view, issue, children)


def _finding(view: View, found: Mismatch) -> Finding:
    draft = found.draft
    base = Severity.MEDIUM if found.kind in SERIOUS else Severity.LOW
    return replace(
        draft,
        rule=RULE.id,
        discriminator=found.kind,
        severity=grade(base, tier=draft.tier, teams=len(draft.teams)),
        standing=Standing.AT_RISK,
        summary=found.summary,
        plain=found.plain,
        act=subjects.ask(view, draft, found.act),
        clears=found.clears,
        facts=found.facts,
        reckoning=reckoned(view, found),
        scopes=subjects.scopes(view, found.rests_on),
        restricted=any(subjects.is_restricted(view, key) for key in found.rests_on),
    )


RULE = Rule(id="status-mismatch", severity=Severity.LOW, params=Params, check=check)
