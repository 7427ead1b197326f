"""A source has not been read to its end for too long. Told to operators, never to teams.

Why: old data looks like calm. While a source is stale its alerts are held: none opens or resolves.
When: the last complete reading of a part of it ended more than three sync intervals ago, or it was
never read completely. One finding for each source, naming the parts.
Do: run `syncd doctor`, which says what is missing and how to mend it.
Clears: every part was read to its end again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from syncd.model.findings import Fact, Finding, Severity, Standing
from syncd.model.snapshot import Freshness
from syncd.reconciler.facts import reckoning, wording
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.source-stale]`."""

    intervals: int = 3
    """Sync intervals without a complete reading after which operators are told."""


def check(view: View, params: Params) -> Results:
    """A finding for each source of which a part is stale for long enough to tell."""
    late: dict[str, list[Freshness]] = defaultdict(list)
    for one in view.snapshot.freshness:
        if one.scope in view.stale and _is_long(view, one, params.intervals):
            late[one.scope.source].append(one)
        else:
            reason = "{} was read to its end within {} of its intervals"
            view.silent(f"source:{one.scope.source}", reason, one.scope, params.intervals)
    for source, parts in sorted(late.items()):
        yield _finding(view, source, sorted(parts, key=lambda one: one.scope))


def _is_long(view: View, one: Freshness, intervals: int) -> bool:
    if one.succeeded_at is None:
        return True
    return view.snapshot.as_of - one.succeeded_at > intervals * _interval(view, one.scope.source)


def _interval(view: View, source: str) -> timedelta:
    return view.config.intervals.get(source, view.config.interval)


def _finding(view: View, source: str, parts: Sequence[Freshness]) -> Finding:
    since = _since(view, parts)
    scopes = frozenset(one.scope for one in parts)
    reasons = wording.unique([one.error for one in parts])
    because = f": {reasons[0].rstrip('.')}" if reasons else ""
    who, held = _extent(view, source, parts)
    return Finding(
        rule=RULE.id,
        subject=f"source:{source}",
        severity=RULE.severity,
        standing=Standing.NO_DATA,
        ref=source,
        title=f"Source {source}",
        summary=f"{who} {since}{because}; {held}.",
        plain=f"What {source} says is out of date: it {since}. Nothing new is concluded from it.",
        act=f"Run `syncd doctor` and mend what it says of {source}.",
        clears="Each part named here is read to its end again.",
        facts=tuple(_facts(view, parts)),
        scopes=scopes,
        material="\n".join(str(one.scope) for one in parts),
        reckoning=reckoning.of(f"{who} {since}; it is read every {_interval(view, source)}"),
    )


def _since(view: View, parts: Sequence[Freshness]) -> str:
    ends = [one.succeeded_at for one in parts if one.succeeded_at is not None]
    if not ends:
        return "was never read completely"
    last = wording.moment(min(ends), view.config.calendar.zone, view.today)
    never = " or never" if len(ends) < len(parts) else ""
    return f"was last read completely on {last}{never}"


def _extent(view: View, source: str, parts: Sequence[Freshness]) -> tuple[str, str]:
    """What cannot be read, the whole source or parts of it, and what that means."""
    again = "until it is read again, what {} opens or clears no alert"
    read = [one.scope for one in view.snapshot.freshness if one.scope.source == source]
    if view.stale.issuperset(read):
        return source, again.format("it says")
    names = wording.listing([one.scope.name for one in parts])
    items = sum(one.items for one in parts)
    said = again.format(f"these parts say ({wording.plural(items, 'item')})")
    return f"{source} ({names})", said if items else "until it is, nothing of it is known"


def _facts(view: View, parts: Sequence[Freshness]) -> Iterator[Fact]:
    """Parts that stand alike in one line: one refused credential stops them all."""
    alike: dict[str, list[Freshness]] = {}
    for one in parts:
        alike.setdefault(_state(view, one), []).append(one)
    for state, some in alike.items():
        names = wording.listing([str(one.scope) for one in some])
        yield Fact(
            text=f"{names}: {state}", source=some[0].scope.source, seen_at=some[0].attempted_at
        )


def _state(view: View, one: Freshness) -> str:
    zone = view.config.calendar.zone
    if one.succeeded_at is None:
        text = "never read to its end"
    else:
        text = f"last read to its end on {wording.moment(one.succeeded_at, zone, view.today)}"
    if one.retry_at is not None:
        text += f"; asks to wait until {wording.moment(one.retry_at, zone, view.today)}"
    if one.error:
        text += f"; {one.error}"
    return text


RULE = Rule(id="source-stale", severity=Severity.HIGH, params=Params, check=check)
