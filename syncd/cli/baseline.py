"""`syncd baseline`: what was promised, new promises with their reasons, and how they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from syncd.cli.acts import act_entry
from syncd.cli.options import Options, Usage, near
from syncd.cli.person import speaker
from syncd.cli.screen import Cell, Column, Screen, clean
from syncd.cli.wiring import now, open_app, start_log
from syncd.cli.words import count, day, short_day, slip
from syncd.model.acts import Act, ActKind, Promise
from syncd.report.deeds import promised

if TYPE_CHECKING:
    from syncd.app import App
    from syncd.reconciler.view import Deliverable, View

YEAR = timedelta(days=366)
FARTHEST = 10 * YEAR
NOW, TODAY = "baseline", "today"
"""What `diff` calls that which is promised now, and today's plan."""
COLUMNS = (
    Column(title="Deliverable", head=True),
    Column(title="Baseline"),
    Column(title="Plan"),
    Column(title=""),
    Column(title="Set by", drop=2),
    Column(title="Why", flexible=True, drop=1),
)
DIFFERENCES = (
    Column(title="Deliverable", head=True),
    Column(title="From"),
    Column(title="To"),
    Column(title="", flexible=True),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was typed after `syncd baseline set`."""

    deliverable: str
    name: str
    day: str
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class _Line:
    """One deliverable in a comparison."""

    id: str
    name: str
    before: date | None
    after: date | None


def list_baselines(options: Options) -> int:
    """A table of what is promised, and the names of the plans that were set."""
    screen = Screen(options)
    with open_app(options, read_only=True) as app:
        view = app.view(now())
        plans = _plans(app.store.acts())
        found = sorted(
            (one for one in view.deliverables if one.baseline and not one.done),
            key=lambda one: (one.baseline or date.max, one.id),
        )
        entries = [_entry(view, one) for one in found]
        rows = [_row(view, one) for one in found]
    if screen.is_json:
        screen.entries("syncd/baselines/1", "baselines", entries, plans=list(plans))
    elif not rows:
        screen.text("Nothing is promised: no open deliverable has a date.")
    else:
        screen.table(COLUMNS, rows)
        if plans:
            screen.line("")
            screen.text(f"Plans by name: {', '.join(map(clean, plans))}.")
    return 0


def set_baseline(options: Options, said: Said) -> int:
    """Keep a new promise of one deliverable, or of all that have a date."""
    start_log(options)
    screen = Screen(options)
    if not said.reason.strip():
        raise Usage("a baseline needs a reason", "syncd baseline set --help")
    with open_app(options) as app:
        current = now()
        view = app.view(current)
        promises = _promises(view, said)
        name = said.name.strip() or ("" if said.deliverable else _free_name(app, view.today))
        if name in (NOW, TODAY) or name in _plans(app.store.acts()):
            raise Usage(f'"{name}" is taken; choose another --name', "syncd baseline list")
        act = Act(
            kind=ActKind.BASELINE, at=current, by=speaker(app.settings, said.by),
            text=said.reason.strip(), name=name, promises=promises,
        )  # fmt: skip
        app.store.keep_act(act)
    if screen.is_json:
        screen.entries("syncd/acts/1", "acts", [act_entry(act)])
        return 0
    called = f' as "{clean(name)}"' if name else ""
    screen.text(f"Set the baseline {promised(act, view.today)}{called}. Slips count from there.")
    if any(promise.day < view.today for promise in promises):
        screen.note("What was promised for a day that is over counts as late from that day on.")
    return 0


def diff(options: Options, before: str, after: str) -> int:
    """Which days differ between two plans."""
    screen = Screen(options)
    with open_app(options, read_only=True) as app:
        view = app.view(now())
        one, other = (_plan(app, view, name) for name in (before, after))
        names = {key: promise.name for key, promise in {**one, **other}.items()}
    lines = [
        _Line(key, name, one[key].day if key in one else None,
              other[key].day if key in other else None)
        for key, name in sorted(names.items(), key=lambda pair: (pair[1], pair[0]))
    ]  # fmt: skip
    differing = [line for line in lines if line.before != line.after]
    entries = [_difference(view, line) for line in differing]
    if screen.is_json:
        more = {"from": before, "to": after, "same": len(lines) - len(differing)}
        screen.entries("syncd/baseline-diff/1", "differences", entries, **more)
    else:
        rows = [_difference_row(view, line) for line in differing]
        if rows:
            screen.table(DIFFERENCES, rows)
            screen.line("")
        same = len(lines) - len(differing)
        differ = count(len(rows), "date differs", "dates differ")
        screen.text(f"{differ}, {count(same, 'is', 'are')} the same.")
    return 0


def _plans(acts: Sequence[Act]) -> dict[str, Act]:
    """By name, oldest first."""
    return {act.name: act for act in acts if act.kind is ActKind.BASELINE and act.name}


def _free_name(app: App, today: date) -> str:
    """`plan of 26 Nov`, and with a number where there is one already."""
    taken, first = (
        _plans(app.store.acts()),
        f"plan of {short_day(today, today)}".replace("\xa0", " "),
    )
    number = 1
    name = first
    while name in taken:
        number += 1
        name = f"{first} ({number})"
    return name


def _promises(view: View, said: Said) -> tuple[Promise, ...]:
    """Raises Usage."""
    hint = "syncd baseline set --help"
    if not said.deliverable:
        if said.day:
            raise Usage("--date is for one deliverable", hint)
        found = tuple(_planned(view).values())
        if not found:
            raise Usage("no open deliverable has a date", "syncd forecast")
        return found
    one = _named(view, said.deliverable)
    written = _day(said.day, view.today) if said.day else None
    target = one.target.day if one.target else None
    day_ = written or target
    if day_ is None:
        raise Usage(f"{clean(one.name)} has no date; say one with --date", hint)
    return (Promise(deliverable=one.id, name=one.name, day=day_),)


def _day(text: str, today: date) -> date:
    """A day that somebody may have promised. Raises Usage."""
    hint = "syncd baseline set --help"
    try:
        day_ = date.fromisoformat(text)
    except ValueError:
        raise Usage(f'--date "{text}" is not a day such as 2026-12-24', hint) from None
    if day_ < today - YEAR:
        raise Usage(f'--date "{text}" is more than a year ago', hint)
    if day_ > today + FARTHEST:
        raise Usage(f'--date "{text}" is more than ten years ahead', hint)
    return day_


def _named(view: View, text: str) -> Deliverable:
    every = view.deliverables
    found = [one for one in every if (one.table or one.id) == text]
    found = found or [one for one in every if one.name.casefold() == text.casefold()]
    found = found or [one for one in every if one.id == text]
    if len(found) > 1:
        ids = ", ".join(one.table or one.id for one in found)
        raise Usage(
            f'several deliverables are called "{text}": {ids}', "syncd baseline list -f json"
        )
    if not found:
        hint = near(text, [one.name for one in every])
        raise Usage(f'there is no deliverable "{text}"{hint}', "syncd baseline list")
    return found[0]


def _plan(app: App, view: View, name: str) -> Mapping[str, Promise]:
    """Deliverable id → day, of a named plan, of what is promised, or of today's dates."""
    if name == TODAY:
        return _planned(view)
    if name == NOW:
        return {
            one.id: Promise(deliverable=one.id, name=one.name, day=one.baseline)
            for one in view.deliverables
            if one.baseline and not one.done
        }
    plans = _plans(app.store.acts())
    if name not in plans:
        known = ", ".join([NOW, TODAY, *plans])
        raise Usage(f'there is no baseline "{name}"; there are: {known}', "syncd baseline list")
    return {promise.deliverable: promise for promise in plans[name].promises}


def _planned(view: View) -> dict[str, Promise]:
    return {
        one.id: Promise(deliverable=one.id, name=one.name, day=one.target.day)
        for one in sorted(view.deliverables, key=lambda one: one.id)
        if one.target and not one.done
    }


def _slip(view: View, one: Deliverable) -> int | None:
    if one.baseline is None or one.target is None:
        return None
    return view.calendar_of(one).between(one.baseline, one.target.day)


def _row(view: View, one: Deliverable) -> list[Cell]:
    late = _slip(view, one) or 0
    agreed = one.agreed
    whose = clean(agreed.by) if agreed else "first date seen" if one.provisional else ""
    return [
        Cell(text=clean(one.name)),
        Cell(text=short_day(one.baseline, view.today)),
        Cell(text=short_day(one.target.day if one.target else None, view.today)),
        Cell(text=slip(late), style="yellow" if late > 0 else ""),
        Cell(text=whose),
        Cell(text=clean(agreed.reason) if agreed else ""),
    ]


def _entry(view: View, one: Deliverable) -> dict[str, Any]:
    agreed = one.agreed
    return {
        "type": "baseline",
        "deliverable": one.id,
        "name": clean(one.name),
        "tier": one.tier,
        "baseline": one.baseline.isoformat() if one.baseline else None,
        "provisional": one.provisional,
        "planned": one.target.day.isoformat() if one.target else None,
        "slip": _slip(view, one),
        "set_by": clean(agreed.by) if agreed else None,
        "set_at": agreed.at.isoformat() if agreed else None,
        "reason": clean(agreed.reason) if agreed else None,
    }


def _difference(view: View, line: _Line) -> dict[str, Any]:
    days = _days(view, line)
    return {
        "type": "difference",
        "deliverable": line.id,
        "name": clean(line.name),
        "from": line.before.isoformat() if line.before else None,
        "to": line.after.isoformat() if line.after else None,
        "slip": days,
    }


def _difference_row(view: View, line: _Line) -> list[Cell]:
    moved = _days(view, line)
    words = slip(moved) if moved is not None else "new" if line.before is None else "gone"
    return [
        Cell(text=clean(line.name)),
        Cell(text=day(line.before, view.today) if line.before else "—"),
        Cell(text=day(line.after, view.today) if line.after else "—"),
        Cell(text=words, style="yellow" if (moved or 0) > 0 else ""),
    ]


def _days(view: View, line: _Line) -> int | None:
    if line.before is None or line.after is None:
        return None
    return view.config.calendar.between(line.before, line.after)
