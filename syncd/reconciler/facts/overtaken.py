"""What a date that moved later makes too early, and until when the move speaks for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from syncd.model.findings import Push
from syncd.model.items import DateClaim, ItemKey
from syncd.reconciler.facts import subjects, wording
from syncd.reconciler.facts.dated import Dated
from syncd.reconciler.facts.moves import Move, steps
from syncd.reconciler.view import View


def overtaken(view: View, dated: Dated, move: Move) -> list[ItemKey]:
    """Who had slack with the old date and has none with the new one.

    A link that was made when the move was news no more is news of its own.
    """
    local = dated.calendar.local_date
    return [
        edge.dependant
        for edge in subjects.waiting_for(view, dated.keys)
        if (target := view.target(edge.dependant))
        and move.old <= target.day < move.new
        and _had_slack(view, target.claim, move)
        and all(local(fact.seen_at) <= move.ends for fact in edge.facts if fact.seen_at)
    ]


def _had_slack(view: View, claim: DateClaim, move: Move) -> bool:
    """Whether a step of the move took it: a date that was set since was set in spite of that."""
    stood = steps(view.moves(claim), view.calendar(claim.subject))
    first = stood[0].old if stood else claim.hi
    return any(
        step.old and day and step.old <= day < step.new
        for step in move.steps
        for day in [first, *(one.new for one in stood if one.change.at <= step.change.at)][-1:]
    )


def plainly(view: View, pushes: Sequence[Push]) -> str:
    """`; 2 dates of Payments are now too early`; "" for none."""
    if not pushes:
        return ""
    teams = wording.unique(subjects.team_name(view, push.team) for push in pushes if push.team)
    whose = f" of {wording.listing(teams)}" if teams else ""
    verb = "is" if len(pushes) == 1 else "are"
    return f"; {wording.plural(len(pushes), 'date')}{whose} {verb} now too early"


def clears(move: Move, pushes: Sequence[Push], today: date) -> str:
    """What ends the finding of the move."""
    after = f"after {wording.day(move.ends, today)}" if move.ends >= today else ""
    once = "once the dates that it made too early fit again" if pushes else ""
    return f"By itself {', '.join(filter(None, (after, once)))}, or when the date moves back."
