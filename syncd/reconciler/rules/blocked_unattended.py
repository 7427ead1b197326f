"""Work is said to be blocked, and nothing says by what.

Why: what waits for nothing in particular is waited for by nobody, and never becomes free.
When: an open item is flagged, or in a state that means waiting, for at least `after_bd` working
days; no link names what it waits for, and no person has commented since it was blocked.
Silent: a stated prerequisite that is open or cannot be seen, and a comment by a person, also one
written shortly before the flag was set. Where no comment of a whole source is known it cannot be
told.
Do: say what it waits for, and link it.
Clears: a link, a comment, or it is blocked no more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syncd.model.findings import Fact, Finding, Severity, Standing, Unknown
from syncd.model.history import Change
from syncd.model.items import Issue, Phase
from syncd.reconciler.facts import reckoning, subjects, wording
from syncd.reconciler.facts.activity import is_held_up
from syncd.reconciler.facts.grace import has_lasted
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import View

SAID_BEFORE = timedelta(hours=1)
"""So long before the flag a comment may come that tells why it is set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.blocked-unattended]`."""

    after_bd: int = 2
    """Working days for which it must be blocked without a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Since when an item is blocked, and by whom."""

    since: datetime
    actor: str | None = None


def check(view: View, params: Params) -> Results:
    """A finding for each item that is blocked by nothing that is named."""
    for issue in view.snapshot.issues:
        is_blocked = issue.phase is Phase.WAITING or (issue.flagged and not issue.phase.is_closed)
        hidden = (issue.key in view.snapshot.invisible, "it cannot be seen any more")
        free = (not is_blocked, "it is neither flagged nor in a waiting state")
        if view.passes_over(issue.key, hidden, free):
            continue
        block, calendar = _block(view, issue), view.calendar(issue.key)
        is_old = has_lasted(block.since, params.after_bd, view.snapshot.as_of, calendar)
        young = (not is_old, f"it is blocked for less than {params.after_bd} wd")
        linked = (is_held_up(view, issue), "a link says what it waits for")
        if view.passes_over(issue.key, linked, young):
            continue
        if issue.key.source not in view.once(_heard):
            reason = f"no comments of {issue.key.source} are known"
            yield Unknown(rule=RULE.id, subject=str(issue.key), reason=reason, too_early=True)
        elif not _is_explained(view, issue, block.since):
            yield _finding(view, issue, block)
        else:
            view.silent(issue.key, "somebody has commented since it was blocked")


def _heard(view: View) -> frozenset[str]:
    """Sources of which comments are known at all."""
    return frozenset(one.item.source for one in view.snapshot.changes if one.field == "comment")


def _block(view: View, issue: Issue) -> Block:
    """Since the first of flag and state that still hold; unseen beginnings count from first sight.

    The flag of what was flagged when first seen is older than that, nobody knows by how much.
    """
    found = []
    if issue.phase is Phase.WAITING:
        entered = issue.state_entered_at or issue.created_at
        found.append(_began(view.changes(issue.key, "phase"), issue.phase, entered))
    if issue.flagged:
        first = view.snapshot.first_seen.get(issue.key, issue.created_at)
        found.append(_began(view.changes(issue.key, "flagged"), "true", first))
    return min(found, key=lambda one: one.since)


def _began(changes: tuple[Change, ...], value: str, otherwise: datetime) -> Block:
    last = changes[-1] if changes else None
    if last is None or last.new != value:
        return Block(since=otherwise)
    return Block(since=last.at, actor=last.actor)


def _is_explained(view: View, issue: Issue, since: datetime) -> bool:
    comments = view.changes(issue.key, "comment")
    return any(not one.is_bot and one.at >= since - SAID_BEFORE for one in comments)


def _finding(view: View, issue: Issue, block: Block) -> Finding:
    draft, today = subjects.draft_of_item(view, issue.key, RULE.id), view.today
    calendar, source, target = view.calendar(issue.key), issue.key.source, view.target(issue.key)
    local = calendar.local_date(view.snapshot.as_of)
    began = calendar.local_date(block.since)
    since, days = wording.day(began, today), wording.working_days(calendar.between(began, local))
    how = f"{issue.state} and flagged" if issue.phase is Phase.WAITING else "flagged as blocked"
    state = how if issue.flagged else issue.state
    draft = subjects.holding_up(view, draft, [issue.key])
    by = view.account_name(source, block.actor)
    return replace(
        draft,
        severity=grade(Severity.MEDIUM, tier=draft.tier, teams=len(draft.teams)),
        standing=Standing.AT_RISK,
        summary=(
            f"{subjects.called(issue)} has been {state} for {days}, and neither a link nor a "
            f"comment says what it waits for{subjects.waits(draft.pushes)}."
        ),
        plain=f"{draft.title} has been blocked for {days}, and nothing says by what.",
        act=subjects.ask(view, draft, f"say what {issue.ref} waits for, and link it."),
        by=calendar.shift(local, 1),
        clears="A link or a comment says what it waits for, or it is blocked no more.",
        planned=target.day if target else None,
        facts=(
            Fact(
                text=f"{wording.sentence(state)} since {since}{f' by {by}' if by else ''}",
                source=source,
                seen_at=block.since,
                url=issue.url,
            ),
        ),
        reckoning=reckoning.of(f"blocked for {days}", after_bd=calendar.between(began, local)),
    )


RULE = Rule(id="blocked-unattended", severity=Severity.MEDIUM, params=Params, check=check)
