"""The reconciler: a snapshot and a configuration in, sorted findings out. Pure.

A rule's answer stands only where its data can be believed: findings on stale data, on what cannot
be seen any more, or on what came in the middle of a pull become `Unknown`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

from syncd.model.findings import Evaluation, Finding, Reckoning, RuleFailure, Severity, Unknown
from syncd.model.forecasts import PastForecast
from syncd.model.items import item_key
from syncd.model.snapshot import Snapshot
from syncd.reconciler.config import ReconcilerConfig
from syncd.reconciler.facts import unseen
from syncd.reconciler.forecast.calibration import to_keep
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.health import health
from syncd.reconciler.inhibition import as_grave, inhibitions
from syncd.reconciler.naming import NAME, texts, with_places
from syncd.reconciler.parameters import Configured, configure
from syncd.reconciler.plan import Foresight
from syncd.reconciler.rule import Rule
from syncd.reconciler.rules import load_rules
from syncd.reconciler.view import View
from syncd.reconciler.visibility import CANNOT_BE_SEEN, Visibility

ABOUT_SOURCES = frozenset({"source-stale", "source-emptied", "clock-skew"})
"""Rules that speak of stale data itself."""
ABOUT_DONE = frozenset({"status-mismatch"})
"""Rules that may speak of a deliverable that is done."""

Timed = Callable[[str], AbstractContextManager[None]]
"""Given a rule's id, the context in which it runs: whoever may read a clock can measure it."""


def untimed(_rule: str) -> AbstractContextManager[None]:
    """Measures nothing."""
    return nullcontext()


def foreseen(view: View) -> Foresight:
    """Forecasts, for the plan of a `View` to rest on."""
    return view.once(Forecasts)


def evaluate(
    snapshot: Snapshot,
    config: ReconcilerConfig,
    rules: Sequence[Rule] | None = None,
    *,
    assume_fresh: bool = False,
    estimates: Callable[[View], Foresight] = foreseen,
    timed: Timed = untimed,
) -> Evaluation:
    """Every finding of every enabled rule (built-in ones without `rules`).

    `assume_fresh` judges from what is held, however old; `estimates` as `View` takes them. Raises
    ConfigError for settings of rules, selectors and patterns that mean nothing; a rule that raises
    is a `RuleFailure`.
    """
    view = View(snapshot, config, assume_fresh=assume_fresh, estimates=estimates)
    try:
        return judge(view, rules, assume_fresh=assume_fresh, timed=timed)
    finally:
        view.forget()


def judge(
    view: View,
    rules: Sequence[Rule] | None = None,
    *,
    assume_fresh: bool = False,
    timed: Timed = untimed,
) -> Evaluation:
    """As `evaluate`, of what is joined already."""
    configured = configure(load_rules() if rules is None else rules, view.config)
    visibility = Visibility(view, assume_fresh=assume_fresh)
    results: list[Finding | Unknown] = []
    failures: list[RuleFailure] = []
    for one in configured:
        try:
            with timed(one.rule.id):
                results += answers(view, visibility, one)
        except Exception as error:  # noqa: BLE001  one broken rule stops no other
            text = f"{type(error).__name__}: {error}"
            failures.append(RuleFailure(rule=one.rule.id, error=text))
    every = _worst_each(found for found in results if isinstance(found, Finding))
    findings = tuple(found for found in every if not found.holds)
    roots = inhibitions(findings)
    told = Evaluation(
        as_of=view.snapshot.as_of,
        findings=tuple(sorted(as_grave(findings, roots), key=_order)),
        holding=tuple(found for found in every if found.holds),
        unknown=_unspoken(results, every),
        stale=view.stale,
        invisible=visibility.invisible_subjects(),
        inhibited=tuple(sorted(roots.items())),
        dwell=tuple(sorted((one.rule.id, one.dwell) for one in configured if one.dwell)),
    )
    kept = _to_keep(view, told, failures)
    return replace(told, forecasts=kept, failures=tuple(failures))


def answers(view: View, visibility: Visibility, one: Configured) -> list[Finding | Unknown]:
    """What one rule says, as far as its data can be believed. Raises what the rule raises."""
    return [judged(view, visibility, one, found) for found in run(view, one)]


def _unspoken(
    results: Iterable[Finding | Unknown], spoken: Iterable[Finding]
) -> tuple[Unknown, ...]:
    """What cannot be told, each once, without what was found all the same.

    What is hidden is the reason only where there is no other.
    """
    told = {found.fingerprint for found in spoken}
    doubts = (one for one in results if isinstance(one, Unknown))
    unknown = {one.fingerprint: one for one in sorted(doubts, key=lambda one: not one.unseen)}
    left = (one for print_, one in unknown.items() if print_ not in told)
    return tuple(sorted(left, key=lambda one: (one.rule, one.subject, one.discriminator)))


def _to_keep(view: View, told: Evaluation, failures: list[RuleFailure]) -> tuple[PastForecast, ...]:
    """With the word of today, which a later one is compared with."""
    try:
        kept = to_keep(view, map(view.once(Forecasts).of, view.deliverables))
        fresh = any(past.made_at == told.as_of for past in kept)
        words = {one.subject: str(one.standing) for one in health(view, told)} if fresh else {}
        return tuple(
            _with_word(past, words) if past.made_at == told.as_of else past for past in kept
        )
    except Exception as error:  # noqa: BLE001  the rules have their answers without it
        failures.append(RuleFailure(rule="forecast", error=f"{type(error).__name__}: {error}"))
        return ()


def _with_word(past: PastForecast, words: Mapping[str, str]) -> PastForecast:
    return replace(
        past, forecast=replace(past.forecast, standing=words.get(past.forecast.subject, ""))
    )


def run(view: View, one: Configured) -> Iterator[Finding | Unknown]:
    """What one rule found, whether or not its data can be believed. Raises what the rule raises."""
    said: set[str] = set()
    for found in one.rule.check(view, one.params):
        if isinstance(found, Finding) and _is_over(view, found):
            view.silent(found.subject, "it is done")
            continue
        said.add(found.subject)
        yield found
    if view.passed is not None:
        view.passed.difference_update(said, map(item_key, said))


def _is_over(view: View, found: Finding) -> bool:
    """Nobody is told that the dates of something finished do not fit."""
    return found.rule not in ABOUT_DONE and found.subject in view.once(done)


def done(view: View) -> frozenset[str]:
    """Subjects of the deliverables that are done."""
    return frozenset(one.subject for one in view.deliverables if one.done)


def judged(
    view: View, visibility: Visibility, one: Configured, found: Finding | Unknown
) -> Finding | Unknown:
    """What a rule found, by its settings, or why it cannot be believed."""
    if isinstance(found, Unknown):
        return found
    reason = "" if found.rule in ABOUT_SOURCES else visibility.why_unknown(found)
    if reason:
        gone = visibility.unseen(found) if reason == CANNOT_BE_SEEN else ()
        return Unknown(
            rule=found.rule,
            subject=found.subject,
            discriminator=found.discriminator,
            reason=reason,
            unseen=unseen.names(view, gone),
        )
    return replace(
        with_places(view, found),
        severity=_rebased(found.severity, one),
        restricted=found.restricted or _is_restricted(view, found),
        reckoning=_with_limits(found.reckoning, one.params),
    )


def _with_limits(found: Reckoning, params: Any) -> Reckoning:
    limits = (replace(one, limit=str(getattr(params, one.name))) for one in found.thresholds)
    return replace(found, thresholds=tuple(limits))


def _rebased(severity: Severity, one: Configured) -> Severity:
    """Moved by as much as the configuration moves the rule's base."""
    moved = one.severity - one.rule.severity
    if moved == 0 or severity is Severity.INFO:
        return severity
    if one.severity is Severity.INFO:
        return Severity.INFO
    return Severity(max(Severity.LOW, min(Severity.CRITICAL, severity + moved)))


def _is_restricted(view: View, found: Finding) -> bool:
    """Whether it is about, or names, what not everybody may see; operators may see all."""
    ends = (item_key(found.subject), item_key(found.discriminator))
    issues = [view.issue(key) for key in ends if key is not None]
    if any(issue is not None and issue.restricted for issue in issues):
        return True
    hidden = view.once(_hidden_names)
    if not hidden or found.subject.startswith("source:"):
        return False
    return not hidden.isdisjoint(name for text in texts(found) for name in NAME.findall(text))


def _hidden_names(view: View) -> frozenset[str]:
    """What people call the issues that not everybody may see."""
    return frozenset(one.ref for one in view.snapshot.issues if one.restricted)


def _worst_each(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """One finding for each fingerprint, the worst; worst first."""
    kept: dict[str, Finding] = {}
    for one in sorted(found, key=_order):
        kept.setdefault(one.fingerprint, one)
    return tuple(kept.values())


def _order(found: Finding) -> tuple[int, str, str, str, str]:
    return -found.severity, found.rule, found.subject, found.discriminator, found.summary
