"""What needs attention: findings that speak for themselves, the worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from syncd.alerts.answers import Answers
from syncd.model.alerts import AlertState
from syncd.model.calendar import local_time
from syncd.model.findings import TWO_DATES, Finding, Standing
from syncd.reconciler.facts import subjects
from syncd.report.contents import Attention
from syncd.report.material import RESTRICTED, Material
from syncd.text import clean_text, grouped

SHOWN = 90
"""Findings that are shown; the rest is a number."""
CHIPS = 12
"""Teams by which they can be filtered."""
NEW = timedelta(days=7)


def attention(material: Material) -> tuple[tuple[Attention, ...], int, tuple[str, ...]]:
    """(what is shown, the worst first; how many more; names of teams to filter by)."""
    shown = tuple(_line(material, found) for found in material.findings[:SHOWN])
    counted = Counter(team for line in shown for team in line.teams)
    names = sorted(counted, key=lambda name: (-counted[name], name))[:CHIPS]
    return shown, len(material.findings) - len(shown), tuple(sorted(names))


def _line(material: Material, found: Finding) -> Attention:
    alert = material.alerts.get(found.fingerprint)
    return Attention(
        standing=found.standing,
        alert=alert.id if alert else "",
        since=local_time(alert.opened_at, material.zone).date() if alert else None,
        teams=tuple(material.team(team) for team in found.teams),
        **_told(material, found),
    )


def _told(material: Material, found: Finding) -> dict[str, str]:
    """Its texts; of what not everybody may see only that there is something."""
    if material.is_unnamed(found):
        what = "is late" if found.standing is Standing.LATE else "needs attention"
        return {
            "ref": RESTRICTED,
            "url": "",
            "what": f"A restricted item {what}; who may see it finds it by its alert number.",
            "effect": _gap(found),
            "owner": "",
        }
    return {
        "ref": clean_text(found.ref, 60),
        "url": found.url,
        "what": clean_text(found.summary, 260),
        "effect": _effect(found),
        "owner": "" if found.restricted else clean_text(_holder(material, found), 40),
    }


def _holder(material: Material, found: Finding) -> str:
    return subjects.who(material.view, found.owner)


def _effect(found: Finding) -> str:
    """`pushes PAY-142 +4 wd, launch +2 wd and 3 more`; how late it is where it pushes nothing."""
    words = [
        clean_text(push.ref, 40) + (f" {grouped(push.slip, signed=True)} wd" if push.slip else "")
        for push in found.pushes
    ]
    if not words:
        return _gap(found)
    more = found.more_pushes + len(words) - 3
    text = f"pushes {', '.join(words[:3])}"
    return f"{text} and {more} more" if more > 0 else text


def _gap(found: Finding) -> str:
    """`+4 wd`; what is no lateness is called as the timeline and the brief call it."""
    if not found.slip:
        return ""
    if found.rule == "gate-too-early":
        return f"{grouped(found.slip)} wd too early"
    if found.rule in TWO_DATES:
        return f"{grouped(abs(found.slip))} wd apart"
    return f"{grouped(found.slip, signed=True)} wd"


def counts(material: Material) -> str:
    """`1 new this week, 2 answered, 1 not told yet`; "" for none."""
    return ", ".join(_counts(material))


def _counts(material: Material) -> Iterator[str]:
    as_of = material.view.snapshot.as_of
    answers = Answers(material.acts, as_of, material.view.config.calendar)
    alerts = [material.alerts.get(found.fingerprint) for found in material.findings]
    known = [alert for alert in alerts if alert and alert.state is not AlertState.PENDING]
    if fresh := sum(as_of - alert.opened_at <= NEW for alert in known) + alerts.count(None):
        yield f"{fresh} new this week"
    if answered := sum(answers.of(alert) is not None for alert in known):
        yield f"{answered} answered"
    if waiting := sum(alert is not None for alert in alerts) - len(known):
        yield f"{waiting} not told yet"
