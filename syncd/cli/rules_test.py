"""`syncd rules test`: what one rule would have sent in past days, to whom, and how right it was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from syncd.cli.backtest import ENOUGH, plain
from syncd.cli.options import Options
from syncd.cli.replaying import Asked, Lived, live
from syncd.cli.rules import rule_named
from syncd.cli.screen import Cell, Column, Screen, clean, markdown_table
from syncd.cli.wiring import start_log
from syncd.cli.words import NBSP, count, day
from syncd.reconciler.backtest.report import outcomes_of
from syncd.reconciler.backtest.sent import OfRule, Sent, rightness, sent
from syncd.reconciler.engine import ABOUT_SOURCES
from syncd.report.markdown import escaped
from syncd.text import listing

SCHEMA = "syncd/rules-test/1"
NO_PAST = {
    **dict.fromkeys(ABOUT_SOURCES, "how its sources were read in the past is not kept"),
    "mass-change": "nothing is held in a replay, since nobody is there to let it out",
    "rule-demoted": "nobody answers in a replay",
}
"""Rules of which no replay can tell, and why."""
COLUMNS = (
    Column(title="Day", head=True),
    Column(title="News"),
    Column(title="Subject", flexible=True),
    Column(title="To", flexible=True),
    Column(title="Then"),
)


def test(options: Options, rule: str, asked: Asked) -> int:
    """Replay with every rule, since others may speak for this one; print what it would say.

    3 for a rule of which no replay can tell.
    """
    start_log(options)
    screen, known = Screen(options), rule_named(rule)
    if known.id in NO_PAST:
        return _tell_no_past(screen, known.id)
    lived = live(options, screen, asked, command="syncd rules test")
    told = [
        one
        for one in sent(lived.days, outcomes_of(lived.days, lived.ending))
        if one.transition.alert.finding.rule == known.id
    ]
    right, rows = rightness(known.id, told), [_row(one, lived) for one in told]
    if screen.is_json:
        entries, figures = [_entry(one) for one in told], plain(right)
        screen.entries(SCHEMA, "sent", entries, **figures, needed=ENOUGH, **_blind(known.id, lived))
    else:
        _show(screen, right, rows, lived)
    return 0


def _tell_no_past(screen: Screen, rule: str) -> int:
    why = f"{rule} cannot be tested on past days: {NO_PAST[rule]}."
    if screen.options.format == "json":
        screen.document({"schema": SCHEMA, "rule": rule, "sent": None, "reason": NO_PAST[rule]})
    elif screen.is_json:
        screen.note(why)
    elif screen.options.format == "md":
        screen.raw(f"{escaped(why)}\n")
    else:
        screen.text(why)
    return 3


def _blind(rule: str, lived: Lived) -> dict[str, int]:
    """On how many days the rule could not tell of something, and on how many it failed."""
    return {
        "untold_days": sum(rule in one.untold for one in lived.days),
        "failed_days": sum(rule in one.failures for one in lived.days),
    }


def _show(screen: Screen, right: OfRule, rows: Sequence[Sequence[Cell]], lived: Lived) -> None:
    today = lived.ending.on
    first, last = (day(lived.days[place].on, today) for place in (0, -1))
    title = f"{right.rule}, {first} to {last}, {count(len(lived.days), 'day')}"
    if screen.options.format == "md":
        table = f"{markdown_table(COLUMNS, rows)}\n" if rows else ""
        words = f"### {escaped(title)}\n\n{table}{escaped(_verdict(right, lived))}\n"
        screen.raw(words.replace(NBSP, " "))
        return
    screen.text(title, style="bold")
    if rows:
        screen.line("")
        screen.table(COLUMNS, rows)
        screen.line("")
    screen.text(_verdict(right, lived))


def _verdict(found: OfRule, lived: Lived) -> str:
    said, blind = [_rightness(found)], _blind(found.rule, lived)
    of = count(len(lived.days), "day")
    if blind["failed_days"]:
        said.append(f"It failed on {blind['failed_days']} of {of}.")
    if blind["untold_days"]:
        said.append(f"On {blind['untold_days']} of {of} there was something it could not tell.")
    return " ".join(said)


def _rightness(found: OfRule) -> str:
    if not found.alerts:
        return "It would have sent no alert."
    head = f"{count(found.alerts, 'alert')} would have been sent."
    known = found.right
    if not known.of:
        return f"{head} None was about a date whose outcome is known."
    about = (
        f"Of the {known.of} about a date whose outcome is known, "
        f"{count(known.hits, 'was', 'were')} followed by a miss"
    )
    if known.of < ENOUGH:
        return f"{head} {about}: too thin to judge it by ({known.of} of {ENOUGH} needed)."
    lead = f", at the median {found.lead:.0f} working days before" if found.lead else ""
    return f"{head} {about} ({known.value:.0%}){lead}."


def _row(one: Sent, lived: Lived) -> list[Cell]:
    alert, today = one.transition.alert, lived.ending.on
    finding = alert.finding
    title = "" if finding.ref == finding.title else f" {finding.title}"
    names = [lived.people.get(who, who) for who in one.people]
    return [
        Cell(text=day(one.on, today)),
        Cell(text=str(one.transition.reason)),
        Cell(text=clean(f"{finding.ref}{title}")),
        Cell(text=clean(listing(names)) or "nobody"),
        Cell(text=str(one.outcome or "—")),
    ]


def _entry(one: Sent) -> dict[str, Any]:
    alert = one.transition.alert
    return {
        "type": "sent",
        "day": one.on.isoformat(),
        "news": str(one.transition.reason),
        "subject": alert.finding.subject,
        "ref": clean(alert.finding.ref),
        "severity": str(alert.finding.severity),
        "summary": clean(alert.finding.summary),
        "to": list(one.people),
        "outcome": one.outcome and str(one.outcome),
        "working_days_left": one.left,
    }
