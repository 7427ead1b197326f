"""The report for wikis, comments and terminals."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby

from syncd.model.weeklies import Weekly
from syncd.outline import SHAPES
from syncd.pictures.days import day, short_day
from syncd.report.contents import MILESTONES, Attention, Audience, Block, Report, Row
from syncd.text import grouped, parted, safe_url

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#])")


def markdown(report: Report) -> str:
    """The same parts in the same order, as headings, lists and tables."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield f"# {escaped(report.title)}"
    yield ""
    yield escaped(report.subtitle)
    parts = {
        Block.NUMBERS: _numbers,
        Block.ATTENTION: _attention,
        Block.TIMELINE: _timeline,
        Block.SLIPS: _slips,
        Block.WAITS: _waits,
        Block.LOG: _log,
        Block.DATA: _data,
    }
    for block in report.blocks:
        yield ""
        yield from parts[block](report)


def escaped(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\1", text)


def _numbers(report: Report) -> Iterator[str]:
    for number in report.numbers:
        note = f" ({escaped(number.note)})" if number.note else ""
        shape = f" {SHAPES[number.standing]} {number.standing}" if number.standing else ""
        yield f"- **{escaped(number.title)}:** {escaped(number.value)}{shape}{note}"
    for one in report.weekly.milestones:
        why = f": {escaped(one.why)}" if one.why else ""
        yield f"- {SHAPES[one.standing]}{one.trend} {escaped(one.name)}, {one.standing}{why}"
    if report.audience is Audience.LEAD:
        yield ""
        yield from week(report.weekly)


def week(told: Weekly) -> Iterator[str]:
    """What leaders read of it."""
    yield "## This week"
    yield ""
    yield f"**{escaped(told.headline)}**"
    if told.main:
        yield ""
        yield f"{escaped(told.confidence)} {escaped(told.trend)}"
    yield ""
    yield from (f"- {escaped(text)}" for text in told.bullets)
    yield from [""] if told.bullets else []
    if told.decision:
        by = day(told.decision.by, told.today)
        yield f"**Decision needed by {by}:** {escaped(told.decision.text)}"
    else:
        yield "No decision is asked for this week."
    yield ""
    for light in told.lights:
        words = f"{light.standing}: {light.words}"
        yield f"- {SHAPES[light.standing]} {escaped(light.team)}, {escaped(words)}"


def _attention(report: Report) -> Iterator[str]:
    yield "## Needs attention"
    yield ""
    if not report.attention:
        yield "Nothing needs attention."
        return
    rows = [_found(line, report.today) for line in report.attention]
    yield from _table(("State", "What", "Effect", "Owner", "Since"), rows)
    if report.more_attention:
        yield ""
        yield f"And {report.more_attention} more."


def _found(line: Attention, today: date) -> list[str]:
    number = f"{line.alert} " if line.alert else ""
    since = short_day(line.since, today) or "not recorded"
    what = linked(line.what, line.ref, line.url)
    state = f"{SHAPES[line.standing]} {line.standing}"
    return [state, number + what, escaped(line.effect), escaped(line.owner), since]


def linked(text: str, words: str, url: str) -> str:
    """The text, escaped, with the first mention of `words` as a link."""
    link, (before, found, after) = safe_url(url), parted(text, words)
    if not link or not found:
        return escaped(text)
    return f"{escaped(before)}[{escaped(found)}](<{link}>){escaped(after)}"


def _timeline(report: Report) -> Iterator[str]:
    yield "## Timeline"
    every = (*report.rows, *report.rest)
    for team, rows in groupby(sorted(every, key=_group), key=lambda row: row.team):
        yield ""
        yield f"### {escaped(team)}"
        yield ""
        found = [_row(row, report.today) for row in rows]
        yield from _table(("", "What", "Plan", "Expected", "85 % sure"), found)
    if not every:
        yield ""
        yield "No milestone has a date."
    if report.more_rows:
        yield ""
        yield f"And {report.more_rows} items more."


def _group(row: Row) -> tuple[bool, str]:
    return row.team != MILESTONES, row.team


def _row(row: Row, today: date) -> list[str]:
    days = [short_day(value, today) or "—" for value in (row.plan, row.expected, row.sure)]
    name = f"{row.ref} {row.name}".strip()
    return [f"{SHAPES[row.standing]} {row.note}", linked(name, row.ref or name, row.url), *days]


def _slips(report: Report) -> Iterator[str]:
    yield "## How dates moved"
    yield ""
    for slip in report.slips:
        said = [short_day(value, report.today) for _, value in slip.points]
        steps = [one for one, _ in groupby(said)]
        plan = f", plan {short_day(slip.plan, report.today)}" if slip.plan else ""
        yield f"- {escaped(slip.name)}: {' → '.join(steps)}{plan}"
    if not report.slips:
        yield "No late milestone had another date before."


def _waits(report: Report) -> Iterator[str]:
    yield "## Who waits for whom"
    yield ""
    for wait in report.waits:
        before, after = (report.groups[place].name for place in (wait.before, wait.after))
        spare = (
            f", {grouped(wait.spare, signed=True)} wd to spare" if wait.spare is not None else ""
        )
        stated = "" if wait.stated else ", seen in texts only"
        more = f" and {wait.links - 1} more" if wait.links > 1 else ""
        yield (
            f"- {SHAPES[wait.standing]} {escaped(after)} waits for {escaped(before)}: "
            f"{escaped(wait.label)}{more}{spare}{stated}"
        )
    if not report.waits:
        yield "No team waits for another one."


def _log(report: Report) -> Iterator[str]:
    leads = report.audience is Audience.LEAD
    since = short_day(report.log_since, report.today)
    yield f"## {'Decisions' if leads else 'Changes and decisions'} since {since}"
    yield ""
    for entry in report.log:
        who = f"{escaped(entry.who)}: " if entry.who else ""
        why = f": {escaped(entry.why)}" if entry.why else ""
        yield f"- {day(entry.day, report.today)}, {who}{escaped(entry.what)}{why}"
    if not report.log:
        yield "Nothing was decided." if leads else "No date moved and nothing was decided."
    if report.more_log:
        yield f"- and {report.more_log} more"


def _data(report: Report) -> Iterator[str]:
    yield "## Data"
    yield ""
    for age in report.ages:
        trouble = f"; ○ {escaped(age.trouble)}" if age.trouble else ""
        yield f"- {escaped(age.source)}: read {age.read}, {age.items} items{trouble}"
    yield from (f"- {escaped(text)}" for text in report.gaps)
    yield ""
    yield f"{report.counts}."


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield "|" + "---|" * len(titles)
    yield from (f"| {' | '.join(row)} |" for row in rows)
