"""`syncd whatif`: what would move if something slipped, were dropped or done, or somebody away.

Reads the store only: no source is asked, nothing is written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from typing import Any

from syncd.cli.findings import SHAPES, finding_entry
from syncd.cli.options import Options, Usage, near
from syncd.cli.screen import Cell, Column, Screen, clean, markdown_table
from syncd.cli.wiring import now, open_app
from syncd.cli.words import NBSP, count, day, grouped, short_day, slip
from syncd.model.findings import Unknown
from syncd.model.items import (
    CalendarEvent,
    Issue,
    Item,
    ItemKey,
    Milestone,
    Phase,
    PullRequest,
    item_key,
)
from syncd.model.people import Person
from syncd.reconciler.difference import (
    DeliverableMove,
    Difference,
    MeetingMove,
    Outlook,
    TeamMove,
    difference,
    left_open,
    unforeseen,
)
from syncd.reconciler.facts.wording import days, listing, percent
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.silence import items_called, names_in, subjects_of
from syncd.reconciler.view import View
from syncd.reconciler.whatif import Absent, Assumption, Done, Drop, Slip, assumed, on_their_own
from syncd.report.markdown import escaped

HINT = "syncd whatif --help"
WEEK = 5
"""Working days of a week in `--slip KEY=2w`."""
NAMED = 4
"""Items of a team, or below one, that are named."""
COLUMNS = (
    Column(title="", head=True),
    Column(title="Deliverable", flexible=True),
    Column(title="Plan", drop=3),
    Column(title="50 %"),
    Column(title="85 %", drop=2),
    Column(title="Late"),
    Column(title="Odds", drop=1),
    Column(title="Moves"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The flags of the command, as they were written."""

    slip: Sequence[str] = ()
    drop: Sequence[str] = ()
    done: Sequence[str] = ()
    absent: Sequence[str] = ()


def whatif(options: Options, request: Request) -> int:
    """Judge the data as it is and with the assumptions made, and show what differs."""
    screen = Screen(options)
    with open_app(options, read_only=True) as app:
        before = app.view(now())
        assumptions = [*_assumptions(before, request)]
        if not assumptions:
            raise Usage("say what to assume: --slip, --drop, --done or --absent", HINT)
        _require_one_each(before, assumptions)
        try:
            after = assumed(before, [one for one in assumptions if not _is_so(before, one)])
        except ValueError as error:
            key = item_key(str(error))
            ref = _ref(before.item(key)) if key else str(error)
            raise Usage(f"nothing tells when {ref} is finished, so it cannot slip", HINT) from error
        found = difference(before, after, app.rules, on_their_own(before, assumptions))
        found = replace(found, untold=(*found.untold, *unforeseen(before, assumptions)))
    said = [_said(before, after, one) for one in assumptions]
    if screen.is_json:
        _script(screen, before, said, found)
    elif options.format == "md":
        screen.raw(_markdown(said, found, before.today))
    else:
        _show(screen, said, found, before.today)
    return 0


def _assumptions(view: View, request: Request) -> Iterator[Assumption]:
    slips: Counter[ItemKey] = Counter()
    for text in request.slip:
        name, by = _parted("--slip", text, "KEY=10d")
        slips[_open(view, name).key] += _days(by)
    yield from (Slip(key=key, days=by) for key, by in slips.items())
    for name in request.drop:
        yield from (Drop(key=item.key) for item in _whole(view, name))
    for name in request.done:
        whole = _whole(view, name, or_done=True)
        # That the work is done ends no meeting.
        whole = [item for item in whole if not isinstance(item, CalendarEvent)] or whole
        yield from (Done(key=item.key) for item in whole)
    for text in request.absent:
        name, span = _parted("--absent", text, "PERSON=2026-12-01..2026-12-04")
        first, last = _span(span)
        if last < view.today:
            raise Usage(f'--absent on "{span}" is over already', HINT)
        yield Absent(person=_person(view, name), first=max(first, view.today), last=last)


def _require_one_each(view: View, assumptions: Sequence[Assumption]) -> None:
    """Raises Usage for what is to end and something else as well; slips of one item add up."""
    keys = [one.key for one in assumptions if not isinstance(one, Absent)]
    ends = [one.key for one in assumptions if isinstance(one, Drop | Done)]
    twice = next((key for key in ends if keys.count(key) > 1), None)
    if twice is not None:
        raise Usage(f"assume one thing of {_ref(view.item(twice))}, not several", HINT)


def _parted(flag: str, text: str, example: str) -> tuple[str, str]:
    name, found, value = text.rpartition("=")
    if not found or not name or not value:
        raise Usage(f'{flag} "{text}" is not of the form {example}', HINT)
    return name, value


def _days(text: str) -> int:
    found = re.fullmatch(r"(\d{1,4})(d|w)", text)
    if found is None or int(found[1]) == 0:
        raise Usage(f'--slip by "{text}" is not a time such as 10d (working days) or 2w', HINT)
    return int(found[1]) * (WEEK if found[2] == "w" else 1)


def _span(text: str) -> tuple[date, date]:
    first, _, last = text.partition("..")
    try:
        span = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        raise Usage(
            f'--absent on "{text}" is not a day such as 2026-12-01, or two with .. between', HINT
        ) from None
    if span[0] > span[1]:
        raise Usage(f'--absent on "{text}" ends before it begins', HINT)
    return span


def _person(view: View, name: str) -> Person:
    """By id, name or address, configured or as a source names them. Raises Usage with the nearest.

    Accounts of one name at several sources are one person.
    """
    folded, people = name.casefold(), view.config.people
    for one in people:
        if folded in (one.id.casefold(), one.name.casefold(), one.email.casefold()):
            return one
    accounts = [one for one in view.snapshot.accounts if not one.is_bot]
    named = [one for one in accounts
             if folded in map(str.casefold, (one.id, one.name, one.email or ""))]  # fmt: skip
    if len({one.source for one in named}) < len(named):
        ids = ", ".join(one.id for one in named)
        raise Usage(f'several accounts are called "{name}": {ids}', HINT)
    if named:
        held = tuple((one.source, one.id) for one in named)
        return Person(id=":".join(held[0]), name=named[0].name or name, email="", accounts=held)
    known = [name for one in people for name in (one.id, one.name)]
    known += [one.name for one in accounts]
    raise Usage(f'nobody is called "{name}"{near(name, known)}', "syncd config show")


def _whole(view: View, name: str, *, or_done: bool = False) -> list[Item]:
    """An item by ref, or all that a deliverable is bound to, its date first. Raises Usage."""
    first = _open(view, name, or_done=or_done)
    item, named = view.find(name), (one for one in view.deliverables if one.is_called(name))
    whole = next(named, None) if item is None else None
    bound = [found for key in (whole.bound if whole else ()) if (found := view.item(key))]
    return [first, *(one for one in bound if is_open(one) and one is not first)]


def _open(view: View, name: str, *, or_done: bool = False) -> Item:
    """An item by ref, or what a deliverable takes its date from. Raises Usage."""
    items = items_called(view, name)
    if not items:
        if any(text.startswith("deliverable:") for text in subjects_of(view, name)):
            raise Usage(f"the date of {name} is declared in the configuration", "syncd config show")
        raise Usage(f'there is no item "{name}"{near(name, names_in(view))}', HINT)
    live = [item for item in items if is_open(item)]
    live = live or [item for item in items if or_done and _is_done(item)]
    if not live:
        raise Usage(f"{_ref(items[0])} is {_state(items[0])} already", HINT)
    return live[0]


def _is_done(item: Item) -> bool:
    if isinstance(item, Issue):
        return item.phase is Phase.DONE
    is_closed = isinstance(item, Milestone) and item.state in ("released", "closed")
    return is_closed or (isinstance(item, PullRequest) and item.state == "merged")


def _is_so(view: View, one: Assumption) -> bool:
    """Whether it is assumed to be done, and is."""
    item = view.item(one.key) if isinstance(one, Done) else None
    return item is not None and _is_done(item)


def _ref(item: Item | None) -> str:
    if item is None:
        return ""
    return item.title or item.ref if isinstance(item, CalendarEvent) else item.ref


def _state(item: Item) -> str:
    return item.status if isinstance(item, CalendarEvent) else item.state


def _said(view: View, after: View, one: Assumption) -> str:
    if isinstance(one, Absent):
        return f"{one.person.name} is away {days(one.first, one.last, view.today)}"
    what = "is done, as it is already" if _is_so(view, one) else _what(one)
    left = listing(left_open(after, one.key), NAMED) if isinstance(one, Done) else ""
    still = f", with {clean(left)} still open" if left else ""
    return f"{_called(view, one.key)} {what}{still}"


def _what(one: Slip | Drop | Done) -> str:
    if isinstance(one, Slip):
        return f"is {count(one.days, 'working day')} later"
    return "is dropped" if isinstance(one, Drop) else "is done today"


def _called(view: View, key: ItemKey) -> str:
    item = view.item(key)
    title = item.title if isinstance(item, Issue | PullRequest) else ""
    name = item.name if isinstance(item, Milestone) else title
    return f"{clean(name)} ({clean(_ref(item))})" if name else clean(_ref(item))


def _show(screen: Screen, said: Sequence[str], found: Difference, today: date) -> None:
    for one in said:
        screen.text(f"If {one}:", hanging=2, style="bold")
    screen.line("")
    if found.is_none:
        screen.text("Nothing else that is planned would move, and no alert would open or clear.")
    if found.deliverables:
        screen.table(COLUMNS, [_row(one, today) for one in found.deliverables])
        screen.line("")
    for line in _lines(found, today):
        screen.text(line, hanging=2)
    screen.note(
        "Nothing was written. Days are working days; odds, to be late, are of the pace alone."
    )


def _row(one: DeliverableMove, today: date) -> list[Cell]:
    then = one.after
    shape, style = SHAPES[(then or one.before).standing]
    return [
        Cell(text=shape if then else "●", style=style if then else "green"),
        Cell(text=f"{clean(one.name)} ({one.tier})"),
        *(
            Cell(text=_both(short_day(was, today), short_day(is_, today)))
            for was, is_ in zip(_dates(one.before), _dates(then), strict=True)
        ),
        Cell(text=_both(_late(one.before), _late(then))),
        Cell(text=_both(_odds(one.before), _odds(then))),
        Cell(text=_moves(one, today)),
    ]


def _dates(one: Outlook | None) -> tuple[date | None, date | None, date | None]:
    return (one.plan, one.p50, one.p85) if one else (None, None, None)


def _late(one: Outlook | None) -> str:
    """As reports tell it, by the plan and all that is waited for."""
    return "—" if one is None or one.slip is None else slip(one.slip) or f"0{NBSP}wd"


def _odds(one: Outlook | None) -> str:
    return "—" if one is None or one.late is None else percent(one.late).replace(" ", NBSP)


def _both(was: str, is_: str) -> str:
    return was if was == is_ else f"{was}{NBSP}→{NBSP}{is_}"


def _moves(one: DeliverableMove, today: date) -> str:
    """The likely day, else its standing, else its date where what was promised stays."""
    if one.days or one.after is None:
        return slip(one.days) or "over"
    was, is_ = one.before, one.after
    if was.standing != is_.standing:
        return f"{was.standing} → {is_.standing}".replace(" ", NBSP)
    dates = (short_day(each.target, today) for each in (was, is_))
    return "" if was.target == is_.target else _both(*dates)


def _lines(found: Difference, today: date) -> Iterator[str]:
    yield from (f"Meeting: {_meeting(one, today)}" for one in found.meetings)
    for team in found.teams:
        names = ", ".join(f"{clean(ref)} {slip(days)}" for ref, days in team.moved[:NAMED])
        more = f" and {team.items - NAMED} more" if team.items > NAMED else ""
        what = f"{count(team.items, 'item')} {'moves' if team.items == 1 else 'move'}"
        yield f"Team {clean(team.team)}: {what}, {names}{more}"
    for finding in found.opens:
        yield f"Opens: {SHAPES[finding.standing][0]} {clean(finding.summary)} ({finding.rule})"
    if found.hushed:
        opener = "and" if found.opens else "Opens below one that is open:"
        yield f"{opener} {count(found.hushed, 'more alert')} of the same cause"
    for finding in found.clears:
        yield f"Clears: {clean(finding.summary)} ({finding.rule})"
    for unknown in found.untold:
        yield f"Cannot be told: {clean(unknown.reason).rstrip('.')}. ({unknown.rule})"


def _meeting(one: MeetingMove, today: date) -> str:
    moved = "" if one.day == one.then else f", moved to {day(one.then, today)}"
    fits = [f"{grouped(short)} wd before it is likely done" if short > 0 else "in time"
            for short in (one.short, one.short_then)]  # fmt: skip
    change = fits[0] if fits[0] == fits[1] else f"{fits[0]} → {fits[1]}"
    title, name = clean(one.title), clean(one.deliverable)
    return f"{title} of {name} on {day(one.day, today)}{moved}: {change}"


def _markdown(said: Sequence[str], found: Difference, today: date) -> str:
    lines = [f"### What if {escaped(' and '.join(said))}?", ""]
    if found.is_none:
        lines.append("Nothing else that is planned would move, and no alert would open or clear.")
    if found.deliverables:
        lines.append(markdown_table(COLUMNS, [_row(one, today) for one in found.deliverables]))
    lines += [f"- {escaped(line)}" for line in _lines(found, today)]
    return "\n".join([*lines, ""]).replace(NBSP, " ")


def _script(screen: Screen, view: View, said: Sequence[str], found: Difference) -> None:
    parts: dict[str, list[dict[str, Any]]] = {
        "deliverables": [_deliverable_entry(one) for one in found.deliverables],
        "meetings": [_meeting_entry(one) for one in found.meetings],
        "teams": [_team_entry(one) for one in found.teams],
        "opens": [finding_entry(one, None) | {"type": "opens"} for one in found.opens],
        "clears": [finding_entry(one, None) | {"type": "clears"} for one in found.clears],
        "unknown": [_unknown_entry(one) for one in found.untold],
    }
    if screen.options.format == "jsonl":
        screen.lines_of([*chain.from_iterable(parts.values())])
        return
    head = {"schema": "syncd/whatif/1", "as_of": view.snapshot.as_of.isoformat()}
    screen.document({**head, "assumed": list(said), **parts, "same_cause": found.hushed})


def _unknown_entry(one: Unknown) -> dict[str, Any]:
    return {
        "type": "unknown", "rule": one.rule, "subject": one.subject, "reason": clean(one.reason),
    }  # fmt: skip


def _deliverable_entry(one: DeliverableMove) -> dict[str, Any]:
    return {
        "type": "deliverable", "name": clean(one.name), "tier": one.tier, "days": one.days,
        "before": _outlook_entry(one.before),
        "after": _outlook_entry(one.after) if one.after else None,
    }  # fmt: skip


def _outlook_entry(one: Outlook) -> dict[str, Any]:
    return {
        "target": one.target and one.target.isoformat(),
        "plan": one.plan and one.plan.isoformat(), "slip": one.slip,
        "p50": one.p50 and one.p50.isoformat(), "p85": one.p85 and one.p85.isoformat(),
        "late": None if one.late is None else round(one.late, 2), "standing": str(one.standing),
    }  # fmt: skip


def _meeting_entry(one: MeetingMove) -> dict[str, Any]:
    return {
        "type": "meeting", "title": clean(one.title), "deliverable": clean(one.deliverable),
        "day": one.day.isoformat(), "day_then": one.then.isoformat(),
        "too_early": max(0, one.short), "too_early_then": max(0, one.short_then),
    }  # fmt: skip


def _team_entry(one: TeamMove) -> dict[str, Any]:
    return {"type": "team", "team": clean(one.team), "items": one.items, "days": one.days,
            "moved": [{"ref": clean(ref), "days": days} for ref, days in one.moved]}  # fmt: skip
