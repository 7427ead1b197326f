"""Which finding speaks for which other (`reconciler.md` §E3.4): one cause, one alert."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

from syncd.model.findings import Finding, Severity
from syncd.reconciler.facts import wording

Pair = tuple[Finding, Finding]
T = TypeVar("T")
"""(victim, root)"""

FINISHED = frozenset({"c", "f"})
"""Sub-kinds of status-mismatch that say the work is done and only the books are open."""

MERGED = "a"
"""Sub-kind that says that the code is in and the issue open: it stands still as it is done."""

STATES = ("overdue", "stalled", "forecast-late", "review-wait", "person-away", "dep-weak")
"""Rules that tell of an item's own state; where others wait for it, `dep-late` tells it with them.

§E3 has them as the cause and `dep-late` as what is explained. But what is explained is not sent,
and the chain, the teams hit and the severity are in `dep-late`."""

EXPLAINED = ("overdue", "forecast-late", "gate-too-early", "slip-creep")
"""Rules whose findings on what waits are the same trouble once more."""

SLOWING = ("person-away", "review-wait", "scope-growth")
"""Rules whose findings may explain that the pace does not suffice, where they say so and are as
grave: a late deliverable must not wait for the digest because the growth of it does."""

HELD = "e"
"""Sub-kind that says that an event is over: its day is no longer one of two to choose from."""

TOO_EARLY = "i"
"""Sub-kind that says that work began before what it waits for was done."""

MOST_ALIKE = 3
"""Items in one place, due before one thing that they wait for, that are told one by one."""


def inhibitions(findings: Iterable[Finding]) -> Mapping[str, str]:
    """Fingerprint of each finding that is spoken for → fingerprint of the one that speaks.

    The speaker is never spoken for itself: of a chain it is the first link. What not everybody may
    see names nobody else's trouble in its mail, so it speaks for its like only.
    """
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    for found in sorted(findings, key=lambda one: (one.rule, one.subject, one.discriminator)):
        by_rule[found.rule].append(found)
    roots: dict[str, str] = {}
    for victim, root in _pairs(by_rule):
        if victim.restricted or not root.restricted:
            roots.setdefault(victim.fingerprint, root.fingerprint)
    left = [one for one in by_rule["dep-inversion"] if one.fingerprint not in roots]
    roots |= {victim.fingerprint: root.fingerprint for victim, root in _alike(left)}
    return {victim: _first(root, roots) for victim, root in roots.items()}


LIGHTER = frozenset({"status-mismatch", "source-stale", "source-emptied"})
"""Rules that say why graver news is none: the work is finished, or the data not to be believed."""


def as_grave(findings: Iterable[Finding], roots: Mapping[str, str]) -> Iterator[Finding]:
    """The findings, each as grave as the gravest that it speaks for: those are not sent.

    A moved date is told to all who would hear of those, too. `roots` as `inhibitions` gives them.
    """
    every = _as_wide(tuple(findings), roots)
    worst: dict[str, Severity] = {}
    for one in every:
        if one.fingerprint in roots:
            root = roots[one.fingerprint]
            worst[root] = max(one.severity, worst.get(root, Severity.INFO))
    for one in every:
        least = Severity.INFO if one.rule in LIGHTER else worst.get(one.fingerprint, one.severity)
        yield replace(one, severity=least) if least > one.severity else one


def _as_wide(findings: Sequence[Finding], roots: Mapping[str, str]) -> list[Finding]:
    """The findings, those that need it with the tier and the audience of what they speak for.

    That is a moved date, and what makes a review too early. Others that speak for another subject
    than their own have its teams and tier already.
    """
    spoken: dict[str, list[Finding]] = defaultdict(list)
    speaker = {one.fingerprint: one for one in findings}
    for one in findings:
        root = speaker.get(roots.get(one.fingerprint, ""))
        if root and (root.rule in (one.rule, "date-moved") or root.subject in one.encloses):
            spoken[root.fingerprint].append(one)
    return [
        _widened(one, spoken[one.fingerprint]) if one.fingerprint in spoken else one
        for one in findings
    ]


def _widened(root: Finding, spoken: Sequence[Finding]) -> Finding:
    if root.rule == "dep-inversion":
        root = _counted(root, [one for one in spoken if one.rule == root.rule])
    every = (root, *spoken)
    owners = {one.owner for one in spoken if one.owner} - {root.owner}
    return replace(
        root,
        tier=min(one.tier for one in every),
        teams=tuple(dict.fromkeys(team for one in every for team in one.teams)),
        programs=tuple(dict.fromkeys(program for one in every for program in one.programs)),
        holders=tuple(sorted(owners)),
    )


def _counted(root: Finding, alike: Sequence[Finding]) -> Finding:
    """With how many more there are; one that comes anew is news."""
    verb = "is" if len(alike) == 1 else "are"
    more = (
        f"; {wording.plural(len(alike), 'more item')} that wait for it {verb} due before it, too."
    )
    return replace(
        root,
        summary=root.summary.removesuffix(".") + more,
        plain=root.plain.removesuffix(".") + more,
        material="\n".join((root.material, *sorted(one.subject for one in alike))),
    )


def _alike(inversions: Iterable[Finding]) -> Iterator[Pair]:
    """Many with one prerequisite are one mistake: the earliest tells of those in its place.

    Whoever may see that may see the others.
    """
    found: dict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for one in inversions:
        if not one.restricted:
            found[one.discriminator, one.home].append(one)
    for many in found.values():
        first = min(many, key=lambda one: (one.planned or date.max, one.fingerprint))
        if len(many) > MOST_ALIKE:
            yield from ((one, first) for one in many if one is not first)


def _first(root: str, roots: Mapping[str, str]) -> str:
    while root in roots:
        root = roots[root]
    return root


def _pairs(by_rule: Mapping[str, Sequence[Finding]]) -> Iterator[Pair]:
    """From the surest cause to the weakest; no rule is both before and after another in it."""
    mismatches = by_rule.get("status-mismatch", ())
    finished = [one for one in mismatches if one.discriminator in FINISHED]
    too_early = [one for one in mismatches if one.discriminator == TOO_EARLY]
    yield from _fed(by_rule)
    yield from _same_pair(by_rule.get("dates-disagree", ()), by_rule.get("event-moved", ()))
    held = [one for one in mismatches if one.discriminator == HELD]
    yield from _other_end(by_rule.get("dates-disagree", ()), held)
    yield from _inside(by_rule.get("dep-inversion", ()), by_rule.get("dep-cycle", ()))
    later = [one for one in by_rule.get("date-moved", ()) if (one.slip or 0) > 0]
    yield from _overtaken(by_rule.get("dep-inversion", ()), later)
    yield from _inside(too_early, by_rule.get("dep-cycle", ()))
    yield from _same_subject(too_early, by_rule.get("dep-inversion", ()))
    late = by_rule.get("forecast-late", ())
    yield from _same_subject(by_rule.get("overdue", ()), finished)
    yield from _of_dependencies(by_rule, finished)
    yield from _same_subject(by_rule.get("slip-creep", ()), later)
    yield from _same_subject(late, finished)
    yield from _same_subject(late, by_rule.get("overdue", ()))
    for rule in SLOWING:
        yield from _slowed(late, by_rule.get(rule, ()))
    for root in ("overdue", "forecast-late"):
        yield from _same_subject(by_rule.get("gate-too-early", ()), by_rule.get(root, ()))
    yield from _standing(by_rule)


def _standing(by_rule: Mapping[str, Sequence[Finding]]) -> Iterator[Pair]:
    """Whatever else is told of an item that stands still says more than that it does."""
    stalled = by_rule.get("stalled", ())
    closable = {*FINISHED, MERGED}
    mismatches = by_rule.get("status-mismatch", ())
    yield from _same_subject(stalled, (one for one in mismatches if one.discriminator in closable))
    yield from _explained(stalled, by_rule.get("review-wait", ()))
    for rule in ("overdue", "forecast-late", "blocked-unattended"):
        yield from _same_subject(stalled, by_rule.get(rule, ()))


def _of_dependencies(
    by_rule: Mapping[str, Sequence[Finding]], finished: list[Finding]
) -> Iterator[Pair]:
    """What holds others up speaks for its own state and for all that it explains."""
    late = by_rule.get("dep-late", ())
    yield from _same_subject(late, finished)
    yield from _inside(late, by_rule.get("dep-cycle", ()))
    for rule in STATES:
        yield from _same_subject(by_rule.get(rule, ()), late)
    for rule in EXPLAINED:
        yield from _explained(by_rule.get(rule, ()), late)
    for rule in ("dep-late", *STATES):
        yield from _blamed(by_rule.get("gate-too-early", ()), by_rule.get(rule, ()))


def _explained(victims: Iterable[Finding], roots: Sequence[Finding]) -> Iterator[Pair]:
    """What a root names as in time without it; of several roots the first."""
    explained = {subject: root for root in reversed(roots) for subject in root.explains}
    yield from _found(victims, explained, _places)


def _blamed(victims: Iterable[Finding], roots: Iterable[Finding]) -> Iterator[Pair]:
    """Those that would be in time but for the subject of the root, whatever else waits for it."""
    subjects = {root.subject: root for root in roots}
    for victim in victims:
        yield from ((victim, subjects[one]) for one in victim.encloses if one in subjects)


def _slowed(victims: Iterable[Finding], roots: Sequence[Finding]) -> Iterator[Pair]:
    """A deliverable that a root names itself, and not only an item by which it is known."""
    named: dict[str, list[Finding]] = defaultdict(list)
    for root in roots:
        for subject in root.explains:
            named[subject].append(root)
    for victim in victims:
        for root in named.get(victim.subject, ()):
            if root.severity >= victim.severity:
                yield victim, root


def _fed(by_rule: Mapping[str, Sequence[Finding]]) -> Iterator[Pair]:
    stale, emptied = by_rule.get("source-stale", ()), by_rule.get("source-emptied", ())
    for root in emptied:
        yield from ((one, root) for one in stale if one.scopes <= root.scopes)
    for root in stale:
        for rule, victims in by_rule.items():
            if rule not in ("source-stale", "source-emptied"):
                yield from ((one, root) for one in victims if one.scopes & root.scopes)


def _same_subject(victims: Iterable[Finding], roots: Iterable[Finding]) -> Iterator[Pair]:
    places: dict[str, Finding] = {}
    for root in roots:
        for place in _places(root):
            places.setdefault(place, root)
    yield from _found(victims, places, _places)


def _overtaken(victims: Iterable[Finding], moves: Iterable[Finding]) -> Iterator[Pair]:
    """Both dates could hold until the one that is waited for moved."""
    moved = {(one, end): root for root in moves for one in root.explains for end in root.encloses}
    yield from _found(victims, moved, _ends)


def _found(
    victims: Iterable[Finding], roots: Mapping[T, Finding], of: Callable[[Finding], Iterable[T]]
) -> Iterator[Pair]:
    """Each with the root that is at the first of its places."""
    for victim in victims:
        root = next((roots[one] for one in of(victim) if one in roots), None)
        if root is not None:
            yield victim, root


def _places(found: Finding) -> tuple[str, ...]:
    """Its subject; a deliverable found from one item is that item."""
    return found.subject, found.subject.removeprefix("deliverable:")


def _ends(found: Finding) -> tuple[tuple[str, str]]:
    return ((found.subject, found.discriminator),)


def _same_pair(victims: Iterable[Finding], roots: Iterable[Finding]) -> Iterator[Pair]:
    """Both speak of one subject and of one other end."""
    places = {(root.subject, root.discriminator): root for root in roots}
    yield from _found(victims, places, _ends)


def _other_end(victims: Iterable[Finding], roots: Iterable[Finding]) -> Iterator[Pair]:
    """Both speak of one subject, and what the victim holds it against lies in the root."""
    ends = {(root.subject, end): root for root in roots for end in root.encloses}
    yield from _found(victims, ends, _ends)


def _inside(victims: Iterable[Finding], roots: Iterable[Finding]) -> Iterator[Pair]:
    """All that the victim names lies in the circle."""
    around: dict[str, dict[str, Finding]] = defaultdict(dict)
    for root in roots:
        for member in root.encloses:
            around[member][root.fingerprint] = root
    for victim in victims:
        end = victim.discriminator if ":" in victim.discriminator else victim.subject
        few, many = sorted((around.get(one, {}) for one in (victim.subject, end)), key=len)
        yield from ((victim, root) for print_, root in few.items() if print_ in many)
