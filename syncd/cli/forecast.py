"""`syncd forecast`: when deliverables will be done, from what is held; and how earlier dates held.

Reads the store only: no source is asked, nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from syncd.cli.backtest import ENOUGH, plain, share
from syncd.cli.findings import SHAPES
from syncd.cli.options import Options, require
from syncd.cli.screen import Cell, Column, Screen, clean, markdown_table
from syncd.cli.wiring import now, open_app, zone_of
from syncd.cli.words import NBSP, count, iso, short_day
from syncd.model.forecasts import Forecast, PastForecast
from syncd.pictures.days import age
from syncd.reconciler.engine import judge
from syncd.reconciler.facts import outlooks, wording
from syncd.reconciler.forecast.calibration import Record, records
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.health import AT_RISK, Health, health
from syncd.reconciler.view import Deliverable, View
from syncd.report.markdown import escaped

COLUMNS = (
    Column(title="", head=True),
    Column(title="Deliverable", flexible=True),
    Column(title="Plan"),
    Column(title="50 %"),
    Column(title="85 %"),
    Column(title="Late"),
    Column(title="Grade", drop=1),
    Column(title="Open", drop=2),
)
RECORDS = (
    Column(title="Working days", head=True),
    Column(title="Came true"),
    Column(title="By 50 %"),
    Column(title="By 85 %"),
    Column(title="By 95 %"),
    Column(title="Own errors weigh", flexible=True),
)
WANTED = (
    "Wanted: 0.80 to 0.92 by the 85 % day, 0.90 to 0.98 by the 95 % day. A forecast counts once "
    f"its day is over; — (3/{ENOUGH}) means too thin: 3 of the {ENOUGH} that are needed."
)
SHOWN = 10
"""Earlier forecasts that are listed."""


@dataclass(frozen=True, slots=True)
class Line:
    """One deliverable as it is shown."""

    deliverable: Deliverable
    forecast: Forecast
    health: Health


def forecast(options: Options, teams: Sequence[str], *, calibration: bool) -> int:
    """Forecasts of open deliverables, soonest target first; or the record of earlier ones."""
    screen = Screen(options)
    with open_app(options, read_only=True) as app:
        require("team", teams, app.settings.teams)
        as_of = now()
        view, fresh = app.view(as_of), app.store.freshness()
        today = as_of.astimezone(zone_of(options, app.settings)).date()
    if calibration:
        _calibration(screen, view, today)
        return 0
    read = [one.succeeded_at for one in fresh if one.succeeded_at]
    _forecasts(screen, view, _chosen(view, teams), today)
    if options.format == "table":
        known = f"The data is {age(as_of - min(read))} old" if read else "No source was read yet"
        more = screen.typed(f"; syncd sync reads {'it anew' if read else 'them'}.")
        screen.text(known + more, style="dim")
    return 0


def _chosen(view: View, teams: Sequence[str]) -> list[Line]:
    forecasts = view.once(Forecasts)
    healths = {one.subject: one for one in health(view, judge(view, assume_fresh=True))}
    found = [
        Line(one, forecasts.of(one), healths[one.subject])
        for one in view.deliverables
        if not one.done and (not teams or set(teams) & set(one.teams))
    ]
    live = [line for line in found if line.forecast.items]
    return sorted(live, key=lambda line: (line.forecast.target or date.max, line.forecast.subject))


def _forecasts(screen: Screen, view: View, found: Sequence[Line], today: date) -> None:
    if screen.is_json:
        entries = [_entry(line.forecast) | _health_entry(line.health) for line in found]
        _script(screen, "syncd/forecast/1", view.snapshot.as_of, {"forecasts": entries})
    elif screen.options.format == "md":
        table = markdown_table(COLUMNS, [_row(line, today) for line in found])
        reasons = "".join(f"- {escaped(clean(_why(view, line)))}\n" for line in found)
        screen.raw(f"{table}\n{reasons}")
    elif not found:
        screen.text("No deliverable has open items, so there is nothing to forecast.")
    else:
        screen.table(COLUMNS, [_row(line, today) for line in found])
        screen.line("")
        for line in found:
            screen.text(clean(_why(view, line)), hanging=2)
        screen.line("")


def _row(line: Line, today: date) -> list[Cell]:
    found, (shape, style) = line.forecast, SHAPES[line.health.standing]
    late = "—" if found.late is None else wording.percent(found.late)
    late = late.replace("more than ", ">").replace("less than ", "<").replace(" ", NBSP)
    return [
        Cell(text=shape + line.health.trend, style=style),
        Cell(text=clean(found.name)),
        Cell(text=short_day(found.target, today)),
        Cell(text=short_day(found.p50, today)),
        Cell(text=short_day(found.p85, today)),
        Cell(text=late),
        Cell(text=str(found.grade)),
        Cell(text=str(found.items)),
    ]


def _why(view: View, line: Line) -> str:
    found = line.forecast
    head = f"{found.name}, {line.health.standing}: {line.health.why}"
    if found.p50 is None:
        is_told = found.reason in head
        it = "" if found.late else "It cannot be forecast: "
        return head if is_told else f"{head} {wording.sentence(it + found.reason)}."
    ahead = f", after {count(found.ahead, 'item')} of others" if found.ahead else ""
    weeks = ", ".join(map(str, found.per_week))
    basis = f"weeks of {weeks} finished" if weeks else "how long such items take"
    text = f"{head} {count(found.items, 'item')} open{ahead}; {basis}."
    if found.late is None or found.late < AT_RISK:
        return text
    return f"{text} To mend it: {outlooks.options(view, line.deliverable, found)}."


def _calibration(screen: Screen, view: View, today: date) -> None:
    pasts = [one for one in view.snapshot.forecasts if one.is_fair]
    held = records(view)
    if screen.is_json:
        body = {
            "records": [_record_entry(one) for one in held],
            "past": [_past_entry(one) for one in view.snapshot.forecasts],
        }
        _script(screen, "syncd/forecast-calibration/1", view.snapshot.as_of, body)
    elif not any(one.ended or one.by_p50.of for one in held):
        made = len(view.snapshot.forecasts)
        screen.text(
            f"{count(made, 'forecast')} kept so far, of which none has come true or is late yet: "
            "dates and odds rest on the table that syncd ships."
        )
    else:
        screen.table(RECORDS, [_record_row(one) for one in held])
        screen.line("")
        screen.text(WANTED, style="dim")
        for one in pasts[-SHOWN:]:
            text = outlooks.told(view, one, today)
            screen.text(clean(f"{text}."), hanging=2)


def _record_row(one: Record) -> list[Cell]:
    shares = (one.by_p50, one.by_p85, one.by_p95)
    return [
        Cell(text=one.horizon),
        Cell(text=str(one.ended)),
        *(Cell(text=share(held)) for held in shares),
        Cell(text=f"{one.weight:.0%}"),
    ]


def _script(screen: Screen, schema: str, as_of: datetime, body: dict[str, list[Any]]) -> None:
    if screen.options.format == "jsonl":
        screen.lines_of([entry for entries in body.values() for entry in entries])
    else:
        screen.document({"schema": schema, "as_of": as_of.isoformat(), **body})


def _entry(found: Forecast) -> dict[str, Any]:
    return {
        "type": "forecast",
        "subject": found.subject,
        "name": clean(found.name),
        "tier": found.tier,
        "teams": list(found.teams),
        "target": iso(found.target),
        "p50": iso(found.p50),
        "p85": iso(found.p85),
        "p95": iso(found.p95),
        "late": None if found.late is None else round(found.late, 2),
        "grade": str(found.grade),
        "items": found.items,
        "ahead": found.ahead,
        "finished_per_week": list(found.per_week),
        "reason": clean(found.reason) or None,
    }


def _health_entry(found: Health) -> dict[str, Any]:
    return {
        "standing": str(found.standing),
        "standing_before": found.before and str(found.before),
        "why": clean(found.why),
    }


def _past_entry(past: PastForecast) -> dict[str, Any]:
    told = _entry(past.forecast)
    kept = ("subject", "name", "teams", "target", "p50", "p85", "p95", "late", "grade", "items")
    return {
        "type": "past",
        "made_at": past.made_at.isoformat(),
        "done_on": iso(past.done_on),
        "taken_out": past.taken_out,
        **{name: told[name] for name in kept},
    }


def _record_entry(one: Record) -> dict[str, Any]:
    return {
        "type": "record", "horizon": one.horizon, "came_true": one.ended,
        "by_p50": plain(one.by_p50), "by_p85": plain(one.by_p85), "by_p95": plain(one.by_p95),
        "own_weight": round(one.weight, 2),
    }  # fmt: skip
