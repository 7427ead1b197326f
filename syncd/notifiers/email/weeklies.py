"""What the weekly for leaders says, in the order in which it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from syncd.model.alerts import Notification
from syncd.model.findings import Standing
from syncd.model.people import Person
from syncd.model.weeklies import Milestone, Weekly
from syncd.notifiers.email.dates import moment
from syncd.notifiers.email.words import LOOKS, footer, old_sources
from syncd.pictures.days import day, short_day
from syncd.pictures.palette import DARK, LIGHT
from syncd.text import clean_text

MOST = 12
"""Milestones and teams that the mail shows; the rest is in the report."""
MOST_ATTACHED = 200_000
"""Bytes of a report that still fit into a mail of 300 kB, once they are written as base64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A name with its light."""

    name: str
    tag: str
    look: str
    words: str


def fits(notification: Notification) -> bool:
    """Whether there is a report that may go with the mail."""
    beside = notification.attachment
    return beside is not None and len(beside.content) <= MOST_ATTACHED


def weekly_lines(told: Weekly) -> list[str]:
    """The least of it, for the plain form."""
    lines = [told.headline, told.confidence, *told.bullets]
    if told.decision:
        by = day(told.decision.by, told.today)
        lines.append(f"Decision needed by {by}: {told.decision.text}")
    return lines


def weekly_context(notification: Notification, person: Person, told: Weekly) -> dict[str, Any]:
    """What the templates `weekly.txt` and `weekly.html` are filled with."""
    return {
        "program": clean_text(notification.program, 60),
        "subject": told.subject,
        "when": moment(notification.as_of, person.timezone),
        "headline": told.headline,
        "preheader": clean_text(told.confidence or told.headline, 100),
        "view": None,
        "confidence": f"{told.confidence} {told.trend}".strip(),
        "numbers": _days(told.main, told) if told.main else [],
        "bullets": told.bullets,
        "decision": told.decision.text if told.decision else "",
        "by": day(told.decision.by, told.today) if told.decision else "",
        "lights": [_line(one.team, one.standing, one.words) for one in told.lights[:MOST]],
        "milestones": _milestones(told),
        "gaps": told.gaps,
        "attached": _attached(notification),
        "old": old_sources(notification, person),
        "footer": footer(notification, person),
        "c": LIGHT,
        "d": DARK,
    }


def _line(name: str, standing: Standing, words: str) -> Line:
    mark, word, look = LOOKS[standing]
    return Line(name=name, tag=f"{mark} {word}", look=look, words=words)


def _days(one: Milestone, told: Weekly) -> list[str]:
    """`planned 11 Dec`, `expected 15 Dec (a week ago: 14 Dec)`, `85 % sure by 17 Dec`.

    Of little history `planned 11 Dec`, `some time from 15 Dec to 8 Jan 2027`.
    """
    today = told.today
    if one.standing is Standing.NO_DATA and not one.slip:
        return [f"planned {short_day(one.plan, today)}"] if one.plan else []
    words = [f"planned {short_day(one.plan, today)}"] if one.plan else []
    if one.is_range:
        days = (short_day(each, today) for each in (one.expected, one.sure))
        return [*words, f"some time from {' to '.join(days)}"]
    before = f" (a week ago: {short_day(one.before, today)})" if one.before else ""
    words += [f"expected {short_day(one.expected, today)}{before}"] if one.expected else []
    return words + ([f"85 % sure by {short_day(one.sure, today)}"] if one.sure else [])


def _milestones(told: Weekly) -> Sequence[Line]:
    """The others, where there are any."""
    others = [one for one in told.milestones if one != told.main]
    return [_milestone(one, told) for one in others[:MOST]]


def _milestone(one: Milestone, told: Weekly) -> Line:
    """`▲ late ↓`, `planned 11 Dec, expected 15 Dec: very likely …`."""
    why = f": {one.why.rstrip('.')}" if one.why else ""
    line = _line(one.name, one.standing, f"{', '.join(_days(one, told)) or 'no date'}{why}")
    return replace(line, tag=f"{line.tag} {one.trend}".strip())


def _attached(notification: Notification) -> str:
    beside = notification.attachment
    if beside is None:
        return ""
    if fits(notification):
        return f"The report is attached: {beside.name}."
    size = len(beside.content) // 1000
    return (
        f"The report is too large for a mail ({size} kB). "
        "Whoever runs syncd can make it: syncd report --audience lead -o FILE"
    )
