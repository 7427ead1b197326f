"""What of an alert is news: the changes that count (`reconciler.md` §E2), and what it is called."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from syncd.model.acts import Seen
from syncd.model.alerts import Alert, AlertState
from syncd.model.findings import MOVED, TWO_DATES, Fact, Finding, Reckoning, Severity
from syncd.text import clean_text, listing

MOST_KEPT = 40
"""Entries of each list of a finding that its alert keeps; the rest is a number."""
MOST_UNSEEN = 3
MOST_DATES = 10
_LOST = ("cannot be seen", "is read no more")
STALE_RULE = "source-stale"
"""Its findings are about syncd's own view: news on the first pass too, for operators only."""
_OF_REVIEWS = ("gate-too-early", "gate-unattended")
"""Rules whose planned day is that of a review."""


def kept(finding: Finding) -> Finding:
    """What an alert keeps of its finding: as short for ten thousand that wait as for ten."""
    pushes, facts = finding.pushes, finding.facts
    if len(facts) > MOST_KEPT:
        more = Fact(text=f"and {len(facts) - MOST_KEPT + 1} more")
        facts = (*facts[: MOST_KEPT - 1], more)
    return replace(
        finding,
        pushes=pushes[:MOST_KEPT],
        more_pushes=finding.more_pushes + max(0, len(pushes) - MOST_KEPT),
        facts=facts,
        explains=finding.explains[:MOST_KEPT],
        encloses=(),
    )


def as_heard(alert: Alert) -> Alert:
    """An alert of an older syncd with what that did not keep apart.

    Of moved dates, what they were told to make too early; of what is frozen, whether it is lost.
    """
    if not alert.lost and alert.frozen_by.endswith(_LOST):
        alert = replace(alert, lost=alert.state is AlertState.FROZEN)
    names = "\n".join(alert.finding.explains)
    if alert.finding.rule != "date-moved" or names in alert.finding.material:
        return alert
    return replace(alert, told_material=f"{alert.told_material}\n{names}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What people know of an alert: against that a change is measured."""

    severity: Severity
    slip: int | None
    material: frozenset[str]
    teams: frozenset[str] | None
    """None where an older syncd did not write down whom it named."""


def heard(alert: Alert, seen: Seen | None) -> Heard:
    """What they were told last, or, where somebody answered, what that person saw."""
    if seen is not None and seen.fingerprint == alert.fingerprint:
        return Heard(
            severity=max(seen.severity, alert.told_severity),
            slip=seen.slip,
            material=_lines(seen.material) | _lines(alert.told_material),
            teams=frozenset({*seen.teams, *(alert.told_teams or ())}),
        )
    return Heard(
        severity=alert.told_severity,
        slip=alert.told_slip,
        material=_lines(alert.told_material),
        teams=None if alert.told_teams is None else frozenset(alert.told_teams),
    )


def is_worse(known: Heard, finding: Finding, *, days: int, share: float) -> bool:
    """More severe, or later by both `days` working days and `share` of the slip."""
    if finding.severity > known.severity:
        return True
    if finding.drift is None or known.slip is None:
        return False
    return finding.drift - known.slip >= max(days, share * abs(known.slip))


def is_news_at_once(finding: Finding) -> bool:
    """Told although it was there before syncd was."""
    critical = finding.severity is Severity.CRITICAL and finding.tier == "A"
    return critical or finding.rule == STALE_RULE


def aged(known: Heard, days: int, old: Finding | None) -> Heard:
    """What is expected after so many working days in which nobody touched it.

    An `old` problem, as it is found now, may be graver by then, too.
    """
    severity = old.severity if old and not is_news_at_once(old) else known.severity
    return replace(
        known,
        severity=max(known.severity, severity),
        slip=None if known.slip is None else known.slip + days,
    )


def pushes_more(old: Finding, new: Finding) -> bool:
    """Whether something moves because of it that did not before."""
    known = {name for one in old.pushes for name in (one.ref, one.subject) if name}
    return not old.more_pushes and any(
        known.isdisjoint((one.ref, one.subject)) for one in new.pushes
    )


def is_as_it_was(old: Finding, new: Finding) -> bool:
    """Whether only time went by: its date, its holder and what it pushes are the same."""
    # What an older syncd wrote down has names alone.
    refs = {one.subject: one.ref for one in old.pushes if one.subject}
    pushes = (replace(one, ref=refs.get(one.subject, one.ref)) for one in new.pushes)
    return _stand(old) == _stand(replace(new, pushes=tuple(pushes)))


def _stand(finding: Finding) -> tuple[object, ...]:
    pushes = frozenset((push.ref, push.planned) for push in finding.pushes)
    return finding.planned, finding.owner, finding.deliverable, finding.tier, pushes


def is_changed(known: Heard, finding: Finding) -> bool:
    """A date moved again, or a team or a deliverable of tier A is hit that was not."""
    if _lines(finding.material) - known.material:
        return True
    return known.teams is not None and not known.teams.issuperset(finding.teams)


def is_another_date(alert: Alert, finding: Finding) -> bool:
    """Whether people set a date that was not told yet: that is news, and no coming and going."""
    date = _date(finding)
    return bool(date) and date not in (*alert.told_dates, *_lines(alert.told_material))


def as_told(finding: Finding, dates: tuple[str, ...] = ()) -> dict[str, Any]:
    """What an alert keeps of a finding that is told; `dates` are those that were told before."""
    date = _date(finding)
    told = (*(one for one in dates if one != date), date) if date else ()
    return {
        "told_severity": finding.severity,
        "told_slip": finding.drift,
        "told_material": finding.material,
        "told_teams": finding.teams,
        "told_dates": told[-MOST_DATES:],
    }


def _date(finding: Finding) -> str:
    """What people set, as it is written down; "" where the rule is not about that."""
    is_set = finding.rule in MOVED | TWO_DATES
    return finding.material.partition("\n")[0] if is_set else ""


def _lines(material: str) -> frozenset[str]:
    return frozenset(line for line in material.split("\n") if line)


def is_named(finding: Finding, name: str) -> bool:
    """Whether whoever reads all of the finding reads that name."""
    refs, facts = (one.ref for one in finding.pushes), (one.text for one in finding.facts)
    whole = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
    return any(whole.search(text) for text in (finding.summary, *refs, *facts))


def unseen(names: Iterable[str] = ()) -> str:
    """Why an alert cannot be told of any more; of many names the first few."""
    return f"{listing(list(names)[:MOST_UNSEEN]) or 'something that it rests on'} cannot be seen"


def as_asked(finding: Finding, alert: Alert) -> Finding:
    """The finding with the day until which people were asked to act when they heard of it."""
    told, is_same = alert.finding.by, finding.material == alert.finding.material
    if alert.told_at is None or told is None or finding.by is None or not is_same:
        return finding
    return replace(finding, by=told)


def differs(old: Finding, new: Finding) -> bool:
    """Whether what is shown of it changed; when a fact was seen, and the formula, are no change."""
    return old != new and _substance(old) != _substance(new)


def _substance(finding: Finding) -> Finding:
    facts = tuple(replace(fact, seen_at=None) for fact in finding.facts)
    return replace(finding, facts=facts, reckoning=Reckoning())


def headline(finding: Finding, year: int | None = None) -> str:
    """The unchanging name of an alert's thread: title and planned day, as they are now.

    The planned day carries its year where that isn't `year`. That of a review is not called the
    planned day of what it judges.
    """
    title = clean_text(finding.title or finding.ref, 80)
    if finding.planned is None:
        return title
    if finding.rule in _OF_REVIEWS:
        title = f"Review of {title}"
    other = f" {finding.planned.year}" if year not in (None, finding.planned.year) else ""
    return f"{title}, planned {finding.planned.day} {finding.planned:%b}{other}"
