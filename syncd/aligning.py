"""Dates that disagree, as the edits that would make them say one thing. Pure.

The truth is the date of the highest authority (`authority` of the configuration), as in the rule
`dates-disagree`, or what the reader names. Nothing here writes anything.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from syncd.model.items import DateClaim, ItemKey, Precision
from syncd.reconciler.facts import stated_dates, wording
from syncd.reconciler.facts.item_dates import Misfit, misfits
from syncd.reconciler.facts.relations import EQUALS, Clash, Relation, clashes, in_force
from syncd.reconciler.resolve.resolution import Deliverable
from syncd.reconciler.rules.dates_disagree import RULE, Params
from syncd.reconciler.view import View
from syncd.text import clean_text
from syncd.writing import DateEdit, DateEditor

_EXACT = (Precision.DAY, Precision.INSTANT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What everything is to say."""

    day: date
    because: str
    """Why this one, as it ends a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One line of a plan: a date of one tool, from what to what, and why."""

    number: int = 0
    """From 1; how it is picked."""
    about: str
    """The deliverable or item whose dates disagree."""
    what: str
    """`the release date of PAY 2.0`."""
    edit: DateEdit
    because: str
    hindrance: str = ""
    """Why syncd cannot make this edit; "" where it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a plan is to be about."""

    about: str = ""
    """Id or name of a deliverable, ref of an item, or with `day` title of a review or freeze; "" =
    everything."""
    source: str = ""
    """The source whose date is to hold; "" = as the authorities say."""
    day: date | None = None
    """Or this day."""


def proposals(view: View, asked: Asked, editors: Mapping[str, DateEditor]) -> tuple[Proposal, ...]:
    """The edits, numbered from 1: those of deliverables first, each date once."""
    found: dict[tuple[ItemKey, str], Proposal] = {}
    for one in (*_of_deliverables(view, asked), *_of_items(view, asked)):
        found.setdefault((one.edit.item, one.edit.field), one)
    return tuple(
        replace(one, number=number, hindrance=one.hindrance or _hindrance(one.edit, editors))
        for number, one in enumerate(found.values(), start=1)
    )


def digest(found: Iterable[Proposal]) -> str:
    """Eight hex digits that name a plan: whatever is changed in it, it is another one."""
    text = json.dumps([document(one) for one in found], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def document(one: Proposal) -> dict[str, Any]:
    """A line of a plan as JSON."""
    held = asdict(one)
    edit = held.pop("edit")
    return held | {
        "item": str(one.edit.item),
        "ref": edit["ref"],
        "scope": edit["scope"],
        "field": edit["field"],
        "from": one.edit.before.isoformat(),
        "to": one.edit.after.isoformat(),
    }


def proposal(held: Mapping[str, Any]) -> Proposal:
    """Read back what `document` wrote. Raises KeyError or ValueError for anything else."""
    return Proposal(
        number=int(held["number"]),
        about=str(held["about"]),
        what=str(held["what"]),
        because=str(held["because"]),
        hindrance=str(held["hindrance"]),
        edit=DateEdit(
            item=ItemKey.parse(held["item"]),
            ref=str(held["ref"]),
            scope=str(held["scope"]),
            field=str(held["field"]),
            before=date.fromisoformat(held["from"]),
            after=date.fromisoformat(held["to"]),
        ),
    )


def editor_of(edit: DateEdit, editors: Mapping[str, DateEditor]) -> str:
    """Name of the writer that may make an edit; "" where none may."""
    return next(
        (
            name
            for name, one in editors.items()
            if one.edits_dates
            and one.wants.source == edit.item.source
            and edit.scope in one.wants.scopes
            and one.can_edit(edit.item, edit.field)
        ),
        "",
    )


def _hindrance(edit: DateEdit, editors: Mapping[str, DateEditor]) -> str:
    if editor_of(edit, editors):
        return ""
    mine = [one for one in editors.values() if one.wants.source == edit.item.source]
    if not any(one.edits_dates for one in mine):
        return f"no [notifiers.NAME] with edits_dates = true writes to {edit.item.source}"
    if not any(one.can_edit(edit.item, edit.field) for one in mine):
        return "syncd cannot change this kind of date; change it there by hand"
    return f"{edit.scope} is not among what may be written to"


def _of_deliverables(view: View, asked: Asked) -> Iterator[Proposal]:
    tolerance = view.config.rules.get(RULE.id, {}).get("tolerance_bd", Params().tolerance_bd)
    for deliverable in view.deliverables:
        if deliverable.done:
            continue
        violated = clashes(view, deliverable, int(tolerance))
        yield from _to_a_day_before(view, deliverable, asked, violated)
        if not violated or not (not asked.about or deliverable.is_called(asked.about)):
            continue
        if asked.source or asked.day:
            yield from _to_what_was_named(view, deliverable, asked, violated)
        else:
            for clash in violated:
                yield from _by_authority(view, deliverable, clash)


def _by_authority(view: View, deliverable: Deliverable, clash: Clash) -> Iterator[Proposal]:
    truth = Truth(day=clash.plan.hi, because=_rank(view, deliverable, clash.plan))
    over = _over(view, clash.plan)
    if over or clash.relation in (Relation.EQUAL, Relation.EPIC):
        yield from _proposed(view, deliverable.name, clash.other, truth, over)
    else:
        limit, event = wording.day(clash.plan.hi, view.today), view.event(clash.other.subject)
        hindrance = f"which day before {limit} fits is for people to say"
        if event is not None and event.title:
            named = shlex.quote(clean_text(event.title))
            hindrance += f": syncd align plan {named} --to DAY"
        yield from _proposed(view, deliverable.name, clash.other, truth, hindrance)


def _to_a_day_before(
    view: View, deliverable: Deliverable, asked: Asked, violated: Sequence[Clash]
) -> Iterator[Proposal]:
    """A review or freeze that the reader names, on the day that they name."""
    for clash in violated:
        event = view.event(clash.other.subject)
        is_before = clash.relation in (Relation.GATE, Relation.FREEZE)
        if event is None or not is_before or not asked.day or not asked.about:
            continue
        if _is_about(asked, clean_text(event.title)):
            hindrance = ""
            if not view.today <= asked.day < clash.plan.hi:
                first, last = view.today, clash.plan.hi
                span = f"from {wording.day(first, first)} and before {wording.day(last, first)}"
                hindrance = f"it has to be on a day {span}"
            truth = Truth(day=asked.day, because="--to names this day")
            day = replace(clash.other, lo=event.first_day, hi=event.first_day)
            yield from _proposed(view, deliverable.name, day, truth, hindrance)


def _to_what_was_named(
    view: View, deliverable: Deliverable, asked: Asked, violated: Sequence[Clash]
) -> Iterator[Proposal]:
    if not any(clash.relation is Relation.EQUAL for clash in violated):
        return
    claims, over = in_force(view, deliverable, *EQUALS), ""
    if asked.day:
        truth = Truth(day=asked.day, because="--to names this day")
        over = "that day is over" if asked.day < view.today else ""
    else:
        named = [claim for claim in claims if claim.subject.source == asked.source]
        if not named:
            return
        said = f"--to names {asked.source}, where {stated_dates.name(view, named[0])} is"
        truth, over = Truth(day=named[0].hi, because=said), _over(view, named[0])
    late = [clash.other for clash in violated if clash.relation is Relation.EPIC]
    for claim in claims + [claim for claim in late if claim.hi > truth.day]:
        if claim.hi != truth.day:
            yield from _proposed(view, deliverable.name, claim, truth, over)


def _over(view: View, claim: DateClaim) -> str:
    """Why nothing is moved to the day that this one says; "" while that is still to come."""
    is_over = claim.hi < view.today
    return f"that day is over: rather move {stated_dates.name(view, claim)}" if is_over else ""


def _rank(view: View, deliverable: Deliverable, claim: DateClaim) -> str:
    authority = next((name for name, one in deliverable.claims if one == claim), "")
    order = ", ".join(view.config.authority)
    name = stated_dates.name(view, claim)
    return f"{name} counts: {authority or 'it'} is the highest that fits in authority = {order}"


def _of_items(view: View, asked: Asked) -> Iterator[Proposal]:
    if asked.source or asked.day:
        return
    for misfit in misfits(view, RULE.id):
        if isinstance(misfit, Misfit) and _is_about(asked, misfit.draft.ref, misfit.name):
            yield from _of_misfit(view, misfit)


def _of_misfit(view: View, misfit: Misfit) -> Iterator[Proposal]:
    limit = stated_dates.name(view, misfit.limit)
    truth = Truth(day=misfit.limit.hi, because=f"{limit} limits it")
    hindrance = _over(view, misfit.limit)
    if not hindrance and misfit.draft.discriminator == "sprint-start":
        hindrance = "a sprint that has begun to be planned is moved on its board, by hand"
    for claim in misfit.late:
        yield from _proposed(view, misfit.draft.ref, claim, truth, hindrance)


def _is_about(asked: Asked, *names: str) -> bool:
    wanted = asked.about.casefold()
    return not wanted or wanted in [name.casefold() for name in names]


def _proposed(
    view: View, about: str, claim: DateClaim, truth: Truth, hindrance: str = ""
) -> Iterator[Proposal]:
    item, tables = view.item(claim.subject), view.config.deliverables
    ref = item.ref if item else next(
        (one.table for one in tables if one.id == claim.subject.native_id), ""
    )  # fmt: skip
    if item is None:
        hindrance = f"change deliverables.{ref}.target in the configuration yourself"
    elif claim.precision not in _EXACT:
        hindrance = hindrance or "it names a longer time, not a day"
    yield Proposal(
        about=about,
        what=stated_dates.name(view, claim),
        edit=DateEdit(
            item=claim.subject,
            ref=ref,
            scope=item.scope if item else "",
            field=claim.field,
            before=claim.hi,
            after=truth.day,
        ),
        because=truth.because,
        hindrance=hindrance,
    )
