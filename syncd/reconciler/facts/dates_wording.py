"""How dates that disagree are told: sentence, the same for leaders, and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from syncd.model.items import DateClaim
from syncd.reconciler.facts import outlooks, stated_dates, wording
from syncd.reconciler.facts.item_dates import Misfit
from syncd.reconciler.facts.relations import Clash, Relation
from syncd.reconciler.resolve.resolution import Deliverable
from syncd.reconciler.view import View

CLEARS = {
    Relation.EQUAL: "All of them say the same day.",
    Relation.EPIC: "No epic of it is due later.",
    Relation.GATE: "The review comes before that day.",
    Relation.FREEZE: "The freeze begins before that day.",
}

_ORDER = {
    Relation.EPIC: "is to be no later than",
    Relation.GATE: "is to come before",
    Relation.FREEZE: "is to begin before",
}

_PLAIN = {
    Relation.EPIC: "part of it is due {other}, after the whole on {plan}",
    Relation.GATE: "its review on {other} does not come before {plan}",
    Relation.FREEZE: "its freeze on {other} does not come before {plan}",
}


def summary(view: View, name: str, violated: Sequence[Clash]) -> str:
    """What every one of the sources says, as one sentence."""
    plan = violated[0].plan
    said = f"{stated_dates.name(view, plan)} {_says(view, plan)}"
    others = [
        f"{stated_dates.name(view, clash.other)} {_says(view, clash.other)}"
        f" ({wording.later(clash.gap)})"
        for clash in violated
    ]
    relation = violated[0].relation
    if relation is Relation.EQUAL:
        return f"{name} has {len(others) + 1} dates: {said}, {wording.listing(others)}."
    return f"{name}: {wording.listing(others)} {_ORDER[relation]} {said}."


def plain(view: View, name: str, worst: Clash) -> str:
    """The same without keys."""
    plan = stated_dates.words(worst.plan, view.today)
    other = stated_dates.words(worst.other, view.today)
    if worst.relation is Relation.EQUAL:
        apart = wording.working_days(worst.gap)
        return f"{name} has 2 dates, {plan} and {other}, {apart} apart."
    return f"{name}: {_PLAIN[worst.relation].format(plan=plan, other=other)}."


def act(view: View, deliverable: Deliverable, worst: Clash) -> str:
    """Which field to change, and the other way out."""
    plan, other = stated_dates.name(view, worst.plan), stated_dates.name(view, worst.other)
    day = stated_dates.words(worst.plan, view.today)
    if worst.plan.hi < view.today:
        return once_over(view, worst.plan, worst.other, alike=worst.relation is Relation.EQUAL)
    if worst.relation is Relation.EQUAL:
        day = day if worst.plan.lo == worst.plan.hi else f"a day from {day}"
        held = outlooks.neither(view, deliverable, (worst.plan.hi, worst.other.hi))
        return f"change {other} to {day}, or change {plan}, which counts{held}."
    if worst.relation is Relation.EPIC:
        return f"change {other} to {day} or earlier, or change {plan}."
    return f"move {other} to a day before {day}, or change {plan}."


def once_over(view: View, plan: DateClaim, other: DateClaim, *, alike: bool) -> str:
    """What can be done where the day that counts has passed: nothing can be moved to it any more.

    `alike`: both are to name the same day; else the plan is to be the later one.
    """
    first, second = stated_dates.name(view, plan), stated_dates.name(view, other)
    if other.hi < view.today:
        both = f"{first} and {second} to it" if alike else f"{first} to it"
        return f"say for which day it is promised now, and change {both}."
    day = stated_dates.words(other, view.today)
    return f"change {first} to {day if alike else f'a day after {day}'}."


def _says(view: View, claim: DateClaim) -> str:
    return f"says {stated_dates.words(claim, view.today)}"


def misfit_summary(view: View, misfit: Misfit) -> str:
    """Of an item whose dates do not fit."""
    limit = f"{stated_dates.name(view, misfit.limit)}, {_day(view, misfit.limit)}"
    latest = misfit.late[0]
    days = wording.later(misfit.gap)
    if misfit.draft.discriminator == "children":
        count = wording.plural(len(misfit.late), "open child is", "open children are")
        who = stated_dates.name(view, latest)
        return (
            f"{misfit.name} is due {_day(view, misfit.limit)}, but {count} due later: "
            f"{who} is {_day(view, latest)}, {days}."
        )
    if misfit.draft.discriminator == "sprint-start":
        return (
            f"{misfit.name} is due {_day(view, misfit.limit)}, but its sprint starts on "
            f"{_day(view, latest)}, {days}."
        )
    return f"{misfit.name} is due {_day(view, latest)}, {days} than {limit}."


def misfit_plain(view: View, misfit: Misfit) -> str:
    """The same without keys."""
    kind = {
        "children": "part of it is due",
        "sprint-start": "work on it is planned to start",
    }.get(misfit.draft.discriminator, "it is due")
    limit = _day(view, misfit.limit)
    return f"{misfit.draft.title}: {kind} {_day(view, misfit.late[0])}, after {limit}."


def misfit_act(view: View, misfit: Misfit) -> str:
    """Which field to change, and the other way out."""
    limit, latest = stated_dates.name(view, misfit.limit), stated_dates.name(view, misfit.late[0])
    day = _day(view, misfit.limit)
    if misfit.draft.discriminator == "sprint-start":
        return f"put {misfit.draft.ref} into an earlier sprint, or change {limit}."
    if misfit.limit.hi < view.today:
        # Nothing can be moved before a day that is over.
        return f"change {limit} to {_day(view, misfit.late[0])} or later."
    return f"change {latest} to {day} or earlier, or change {limit}."


def _day(view: View, claim: DateClaim) -> str:
    return stated_dates.words(claim, view.today)
