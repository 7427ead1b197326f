"""Why a rule says nothing of a subject, asked for one of each (`reconciler.md` §G)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import chain

from syncd.model.findings import Finding, Unknown
from syncd.model.items import Issue, Item, item_key
from syncd.reconciler.engine import judged, run
from syncd.reconciler.facts import wording
from syncd.reconciler.parameters import configure
from syncd.reconciler.rule import Rule
from syncd.reconciler.trace import Trace, kind_of
from syncd.reconciler.view import View
from syncd.reconciler.visibility import Visibility


class Outcome(StrEnum):
    """What a rule says of a subject."""

    FIRES = "fires"
    HOLDS = "holds"
    """Between its two thresholds: an alert that fires goes on, none opens."""
    UNKNOWN = "unknown"
    SILENT = "silent"
    OFF = "off"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one rule says of one subject, and why."""

    rule: str
    outcome: Outcome
    reasons: tuple[str, ...]
    """Ends of sentences; of one that fires its summaries."""
    findings: tuple[Finding, ...] = ()


def subjects_of(view: View, name: str) -> tuple[str, ...]:
    """Subjects, as findings carry them, that people call `name`; () where nothing is called so.

    A ref, an id or name of a deliverable, a source, a team, a person, what a milestone or an event
    is called, or the title of one issue or pull request alone.
    What is a deliverable goes by both its subjects.
    """
    item, folded, held = view.find(name), name.strip().casefold(), view.snapshot
    if not folded:
        return ()
    keys = [item.key] if item else []
    keys += [one.key for one in held.events if one.title.casefold() == folded]
    keys += [one.key for one in held.milestones if one.name.casefold() == folded]
    titled = [one.key for one in held.issues if one.title.casefold() == folded]
    titled += [one.key for one in held.pull_requests if one.title.casefold() == folded]
    keys += titled if len(titled) == 1 else []
    named = [
        one
        for one in view.deliverables
        if one.is_called(folded)
        or folded == one.subject.casefold()
        or any(key in one.bound for key in keys)
    ]
    named = named or [one for one in view.deliverables if one.id.casefold() == folded]
    bound = chain.from_iterable(one.bound for one in named)
    teams = [f"team:{one.id}" for one in view.config.teams
             if folded in (one.id.casefold(), one.name.casefold())]  # fmt: skip
    known = {fresh.scope.source for fresh in held.freshness}
    sources = [f"source:{source}" for source in sorted(known) if source.casefold() == folded]
    people = [f"person:{one.id}" for one in view.config.people
              if folded in (one.id.casefold(), one.name.casefold())]  # fmt: skip
    whole = (one.subject for one in named)
    return wording.unique([*map(str, keys), *whole, *map(str, bound), *teams, *people, *sources])


def items_called(view: View, name: str) -> list[Item]:
    """The items among the subjects of `name`; of a deliverable what it is bound to."""
    keys = map(item_key, subjects_of(view, name))
    return [item for key in keys if key and (item := view.item(key))]


def names_in(view: View) -> list[str]:
    """Names by which items and deliverables are found, to guess what was meant."""
    held = view.snapshot
    found = [one.name for one in view.deliverables] + [one.ref for one in held.issues]
    found += [one.ref for one in held.pull_requests] + [one.ref for one in held.milestones]
    return found + [one.title for one in held.events if one.title]


def why_not(
    view: View, rules: Iterable[Rule], name: str, subjects: Sequence[str], *, fresh: bool = False
) -> Answer:
    """What the rule called `name` says of the subjects; `fresh` judges however old the data is.

    Raises ConfigError as `judge`, and KeyError for a rule that is not among `rules`.
    """
    every = {rule.id: rule for rule in rules}
    configured = {one.rule.id: one for one in configure(every.values(), view.config)}
    if every[name].id not in configured:
        return Answer(rule=name, outcome=Outcome.OFF, reasons=("it is switched off",))
    trace = view.trace = Trace(subjects)
    try:
        said = [*run(view, configured[name])]
    except Exception as error:  # noqa: BLE001  as in a pass: that a rule is broken is an answer
        reason = f"{type(error).__name__}: {error}"
        return Answer(rule=name, outcome=Outcome.FAILED, reasons=(reason,))
    finally:
        view.trace = None
    seen = Visibility(view, assume_fresh=fresh)
    meant = [
        judged(view, seen, configured[name], one)
        for one in said
        if not about(one).isdisjoint(subjects)
    ]
    found = tuple(one for one in meant if isinstance(one, Finding))
    if found:
        return _found(name, found, wording.unique(_told(view, trace)))
    unknown = wording.unique(_in_doubt(one) for one in meant if isinstance(one, Unknown))
    if unknown:
        return Answer(rule=name, outcome=Outcome.UNKNOWN, reasons=unknown)
    trace.kinds.update(kind_of(one.subject) for one in said)
    reasons = wording.unique(_told(view, trace))
    reasons = reasons or (_otherwise(view, trace, subjects) or _unmet(every[name]),)
    return Answer(rule=name, outcome=Outcome.SILENT, reasons=reasons)


def _in_doubt(one: Unknown) -> str:
    return f"{one.reason} ({wording.listing(one.unseen)})" if one.unseen else one.reason


def about(one: Finding | Unknown) -> set[str]:
    """All that it is about: of a circle each item, not only the one by which it is known."""
    members = one.material.splitlines() if isinstance(one, Finding) else ()
    return {one.subject, one.discriminator, *members}


def _found(name: str, found: tuple[Finding, ...], heard: Sequence[str]) -> Answer:
    firing = tuple(one for one in found if not one.holds)
    outcome, shown = (Outcome.FIRES, firing) if firing else (Outcome.HOLDS, found)
    reasons = (*(one.summary for one in shown), *(() if firing else heard))
    return Answer(rule=name, outcome=outcome, reasons=reasons, findings=shown)


def _told(view: View, trace: Trace) -> Iterator[str]:
    for reason, values in trace.heard:
        shown = [wording.day(one, view.today) if isinstance(one, date) else one for one in values]
        yield reason.format(*shown) if shown else reason


def _otherwise(view: View, trace: Trace, subjects: Sequence[str]) -> str:
    """Why the rule never came to it: it is over, cannot be seen, or is nothing of its kind."""
    if trace.kinds and trace.kinds.isdisjoint(map(kind_of, subjects)):
        whose = [one.name for text in subjects if (key := item_key(text))
                 for one in view.deliverables_of(key)]  # fmt: skip
        ask = f"; ask of {wording.listing(whose)}" if whose and "deliverable" in trace.kinds else ""
        kinds = wording.listing([f"{one.replace('_', ' ')}s" for one in sorted(trace.kinds)])
        return f"it looks at {kinds}{ask}"
    items = [
        item for subject in subjects if (key := item_key(subject)) and (item := view.item(key))
    ]
    if any(item.key in view.snapshot.invisible for item in items):
        return "it cannot be seen now"
    closed = [one for one in items if isinstance(one, Issue) and one.phase.is_closed]
    return f"it is {closed[0].state}, and the rule speaks of open work" if closed else ""


def _unmet(rule: Rule) -> str:
    """What the manual says the rule looks for; nothing of that is there."""
    found = re.search(
        r"^When: (.+?)(?=[.:;] |\.$|\n[A-Z]\w+:)", rule.manual, re.MULTILINE | re.DOTALL
    )
    what = f": {' '.join(found[1].split())}" if found else ""
    return f"this is not so here{what}"
