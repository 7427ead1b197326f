"""`syncd backtest`: past days lived once more, and how right what was said turned out to be.

Reads the store only; writes and sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from syncd.cli.options import Options
from syncd.cli.replaying import Asked, Lived, live
from syncd.cli.screen import Cell, Column, Screen, markdown_table
from syncd.cli.wiring import start_log
from syncd.cli.words import NBSP, count, day
from syncd.errors import RuleError
from syncd.model.forecasts import Share
from syncd.reconciler.backtest.commitments import Outcome
from syncd.reconciler.backtest.report import Dates, Kind, Noise, Report, report
from syncd.report.markdown import escaped

ENOUGH = 10
"""So many must stand behind a figure for it to be shown."""

KINDS = ("Deliverables", "Issues with a date of their own")
COUNTS = (
    Column(title="Kind", flexible=True),
    *(Column(title=name) for name in ("Kept", "Missed", "Moved", "Gone", "Ahead", "Not judged")),
)
AHEAD = (
    Column(title="Days before"),
    Column(title="Way", flexible=True),
    *(Column(title=name) for name in ("Asked", "Precision", "Recall", "AUC", "Brier")),
)
ALARMS = (
    Column(title="Way", flexible=True),
    *(Column(title=name) for name in ("Precision", "Recall", "False", "Lead", "Lead P25")),
)
DATES = (
    Column(title="Way", flexible=True),
    *(Column(title=name) for name in ("By 50 %", "By 85 %", "By 95 %", "CRPS", "85 / 50")),
)
RULES = (
    Column(title="Rule", flexible=True),
    *(Column(title=name) for name in ("Alerts", "Then missed", "Lead")),
)

Table = tuple[str, Sequence[Column], list[list[Cell]]]
"""Its title, columns and rows."""


def backtest(options: Options, asked: Asked) -> int:
    """Replay and print."""
    start_log(options)
    screen = Screen(options)
    lived = live(options, screen, asked, command="syncd backtest")
    found = report(lived.days, lived.ending, people=len(lived.people))
    if screen.is_json:
        _script(screen, found, asked)
    elif options.format == "md":
        screen.raw(_markdown(found, asked, lived))
    else:
        _show(screen, found, asked, lived)
    return RuleError.exit_code if found.failures else 0


def _show(screen: Screen, found: Report, asked: Asked, lived: Lived) -> None:
    screen.text(_title(found, asked, lived.ending.on), style="bold")
    screen.text(_basis(asked), style="dim")
    for title, columns, rows in _tables(found):
        screen.line("")
        screen.text(title, style="bold")
        screen.table(columns, rows)
    screen.line("")
    for text in _said(found, lived):
        screen.text(text, hanging=2)


def _markdown(found: Report, asked: Asked, lived: Lived) -> str:
    tables = (f"#### {title}\n\n{markdown_table(columns, rows)}"
              for title, columns, rows in _tables(found))  # fmt: skip
    said = "".join(f"- {escaped(text)}\n" for text in _said(found, lived))
    title = escaped(_title(found, asked, lived.ending.on))
    parts = (f"### {title}\n", f"{escaped(_basis(asked))}\n", *tables, said)
    return "\n".join(parts).replace(NBSP, " ")


def _said(found: Report, lived: Lived) -> Iterator[str]:
    yield from _noise(found.noise, found, len(lived.people))
    yield from _notes(found, lived.ending.on)


def _title(found: Report, asked: Asked, today: date) -> str:
    step = "every working day" if asked.step == 1 else f"every {_th(asked.step)} working day"
    first, last = day(found.first, today), day(found.last, today)
    return f"{first} to {last}: {count(found.days, 'day')} replayed, {step}"


def _th(number: int) -> str:
    ends = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ends.get(number % 10, 'th')}"


def _basis(asked: Asked) -> str:
    if asked.known:
        return "Each day from what syncd had learned by then. Teams and settings as they are now."
    return (
        "Each day from what had happened by then, whenever syncd learned of it (--known asks for "
        "that too). Teams and settings as they are now."
    )


def _tables(found: Report) -> Iterator[Table]:
    kinds = dict(zip(KINDS, (found.deliverables, found.issues), strict=True))
    yield "Commitments", COUNTS, [_counts(name, kind) for name, kind in kinds.items()]
    for name, kind in kinds.items():
        if _judged(kind) >= ENOUGH:
            yield f"{name}, so many days before", AHEAD, _ahead(kind)
            yield f"{name}, whenever it first spoke", ALARMS, _alarms(kind)
    if found.dates.made:
        yield "Dates of forecasts", DATES, _dates(found.dates)
    if found.rules:
        yield (
            "Rules",
            RULES,
            [
                _cells(one.rule, str(one.alerts), share(one.right), _days(one.lead, one.right.hits))
                for one in found.rules
            ],
        )


def _judged(kind: Kind) -> int:
    return sum(kind.outcomes[one] for one in (Outcome.KEPT, Outcome.MISSED, Outcome.MOVED))


def _counts(name: str, kind: Kind) -> list[Cell]:
    ended = (Outcome.KEPT, Outcome.MISSED, Outcome.MOVED, Outcome.GONE)
    numbers = (*(kind.outcomes[one] for one in ended), kind.still_ahead, kind.in_hindsight)
    return _cells(name, *map(str, numbers))


def _ahead(kind: Kind) -> list[list[Cell]]:
    return [
        _cells(
            str(row.before), row.way, str(row.asked), share(row.precision), share(row.recall),
            _figure(row.auc, row.rarer), _figure(row.brier, row.compared),
        )
        for row in kind.ahead
    ]  # fmt: skip


def _alarms(kind: Kind) -> list[list[Cell]]:
    return [
        _cells(
            row.way, share(row.precision), share(row.recall), share(row.false_alarms),
            *(_days(lead, row.recall.hits) for lead in row.lead),
        )
        for row in kind.alarms
    ]  # fmt: skip


def _dates(found: Dates) -> list[list[Cell]]:
    sharp = _figure(found.sharpness, found.made)
    own = map(share, (found.by_p50, found.by_p85, found.by_p95))
    due = share(found.by_due)
    return [
        _cells("syncd", *own, _figure(found.crps, found.compared), sharp),
        _cells("due date as forecast", due, due, due, _figure(found.crps_due, found.compared), "—"),
    ]


def _cells(*texts: str) -> list[Cell]:
    return [Cell(text=text) for text in texts]


def share(found: Share) -> str:
    """`.83`, or how few stand behind it."""
    return _figure(found.value, found.of)


def _figure(value: float | None, of: int) -> str:
    if of < ENOUGH:
        return f"—{NBSP}({of}/{ENOUGH})"
    return "—" if value is None else f"{value:.2f}"


def _days(value: float | None, of: int) -> str:
    if of < ENOUGH:
        return _figure(value, of)
    return "—" if value is None else f"{value:.0f}{NBSP}wd"


def _noise(found: Noise, whole: Report, people: int) -> Iterator[str]:
    kinds = dict(zip(KINDS, (whole.deliverables, whole.issues), strict=True))
    missed = sum(kind.unannounced.of for kind in kinds.values())
    rates = (
        (found.per_deliverable_week, "a week for each deliverable"),
        (found.per_miss if missed >= ENOUGH else None, "for each commitment that was missed"),
        (found.flaps_per_alert, "returns of each that was over"),
    )
    parts = [f"{rate:.1f} {words}" for rate, words in rates if rate]
    more = f" ({', '.join(parts)})" if parts else ""
    # The table counts what each rule told of; the rates are of what came as news.
    first = sum(one.alerts for one in whole.rules) - found.alerts
    summed = f", and {first} more told in the summary of the first day" if first else ""
    yield f"{count(found.alerts, 'alert')} would have been sent{more}{summed}."
    if found.per_person_week is not None:
        yield (
            f"Each of {count(people, 'person', 'people')} would have heard "
            f"{found.per_person_week:.1f} pieces of news a week."
        )
    for name, kind in kinds.items():
        share = kind.unannounced
        if share.of:
            misses = count(share.of, "miss", "misses")
            yield f"{name}: {share.hits} of {misses} would not have been announced before the day."
        if 0 < _judged(kind) < ENOUGH:
            yield (
                f"{name}: {count(_judged(kind), 'outcome')} of the {ENOUGH} needed is too thin to "
                "tell how right alerts would have been."
            )


def _notes(found: Report, today: date) -> Iterator[str]:
    until = day(found.until, today)
    yield f"Outcomes are known up to {until}; a date that was moved later counts as missed."
    yield f"— (3/{ENOUGH}) means too thin: 3 of the {ENOUGH} that are needed."
    hidden = found.deliverables.in_hindsight + found.issues.in_hindsight
    if hidden:
        yield (
            f"{count(hidden, 'commitment is', 'commitments are')} not judged: their dates are "
            "known only as they stood when syncd first read them."
        )
    if found.configured:
        yield (
            f"{count(found.configured, 'commitment has its', 'commitments have their')} date from "
            "the configuration, taken as it is now."
        )
    yield (
        "Who was asked for a review, who accepted an invitation and what checks said has no "
        "history: rules that rest on it say less here than in service."
    )
    for rule, days in found.failures:
        yield f"Rule {rule} failed on {count(days, 'day')}."


def _script(screen: Screen, found: Report, asked: Asked) -> None:
    body = plain(found)
    head = {"schema": "syncd/backtest/1", "step": asked.step, "known": asked.known}
    if screen.options.format == "jsonl":
        rules = body.pop("rules")
        screen.lines_of(
            [{"type": "backtest", **head, **body}, *({"type": "rule", **one} for one in rules)]
        )
    else:
        screen.document({**head, "needed": ENOUGH, **body})


def plain(value: Any) -> Any:
    """The same for JSON: a share with what stands behind it, days as ISO 8601."""
    if isinstance(value, Share):
        share = value.value
        return {"hits": value.hits, "of": value.of, "value": share and round(share, 3)}
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, date):
        return value.isoformat()
    return round(value, 3) if isinstance(value, float) else value
