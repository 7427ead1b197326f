"""What a date that moved later makes too early, and until when the move speaks for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from syncd.model.findings import Push
from syncd.model.items import ItemKey, item_key
from syncd.reconciler.facts import subjects, wording
from syncd.reconciler.facts.dated import Dated
from syncd.reconciler.facts.moves import Move, steps
from syncd.reconciler.view import Target, View


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
        and _had_slack(view, edge.dependant, target, move)
        and all(local(fact.seen_at) <= move.ends for fact in edge.facts if fact.seen_at)
    ]


def _had_slack(view: View, key: ItemKey, target: Target, move: Move) -> bool:
    """Whether a step of the move took it: a date that was set since was set in spite of that."""
    return any(
        step.old and day and step.old <= day < step.new
        for step in move.steps
        for day in _stood(view, key, target, step.change.at)
    )


def _stood(view: View, key: ItemKey, target: Target, at: datetime) -> list[date | None]:
    """The day by which it was due at `at`: that of the release or sprint in which it was then."""
    put = view.changes(key, "milestones", "sprint")
    into = max((one.at for one in put if one.new == str(target.via)), default=None)
    if into is not None and into > at:
        left = [old for one in put if one.at == into and (old := item_key(one.old or ""))]
        return [held.day for one in left if (held := view.own_target(one))]
    claim = target.claim
    stood = steps(view.moves(claim), view.calendar(claim.subject))
    first = stood[0].old if stood else claim.hi
    return [first, *(one.new for one in stood if one.change.at <= at)][-1:]


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
