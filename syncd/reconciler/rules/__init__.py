"""The built-in rules, one file each; their docstrings are their manuals."""

from __future__ import annotations

from importlib import import_module

from syncd.reconciler.rule import Rule

RULES = {
    "overdue": "syncd.reconciler.rules.overdue:RULE",
    "date-moved": "syncd.reconciler.rules.date_moved:RULE",
    "slip-creep": "syncd.reconciler.rules.slip_creep:RULE",
    "dates-disagree": "syncd.reconciler.rules.dates_disagree:RULE",
    "date-doubtful": "syncd.reconciler.rules.date_doubtful:RULE",
    "dead-date": "syncd.reconciler.rules.dead_date:RULE",
    "forecast-late": "syncd.reconciler.rules.forecast_late:RULE",
    "gate-too-early": "syncd.reconciler.rules.gate_too_early:RULE",
    "gate-unattended": "syncd.reconciler.rules.gate_unattended:RULE",
    "not-converging": "syncd.reconciler.rules.not_converging:RULE",
    "scope-growth": "syncd.reconciler.rules.scope_growth:RULE",
    "uncovered-scope": "syncd.reconciler.rules.uncovered_scope:RULE",
    "status-mismatch": "syncd.reconciler.rules.status_mismatch:RULE",
    "stalled": "syncd.reconciler.rules.stalled:RULE",
    "review-wait": "syncd.reconciler.rules.review_wait:RULE",
    "blocked-unattended": "syncd.reconciler.rules.blocked_unattended:RULE",
    "person-away": "syncd.reconciler.rules.person_away:RULE",
    "overload": "syncd.reconciler.rules.overload:RULE",
    "dep-inversion": "syncd.reconciler.rules.dep_inversion:RULE",
    "dep-cycle": "syncd.reconciler.rules.dep_cycle:RULE",
    "dep-late": "syncd.reconciler.rules.dep_late:RULE",
    "dep-weak": "syncd.reconciler.rules.dep_weak:RULE",
    "dep-dropped": "syncd.reconciler.rules.dep_dropped:RULE",
    "dep-orphan": "syncd.reconciler.rules.dep_orphan:RULE",
    "dep-hidden": "syncd.reconciler.rules.dep_hidden:RULE",
    "dep-blind": "syncd.reconciler.rules.dep_blind:RULE",
    "event-moved": "syncd.reconciler.rules.event_moved:RULE",
    "source-stale": "syncd.reconciler.rules.source_stale:RULE",
    "source-emptied": "syncd.reconciler.rules.source_emptied:RULE",
    "mass-change": "syncd.reconciler.rules.mass_change:RULE",
    "rule-demoted": "syncd.reconciler.rules.rule_demoted:RULE",
    "unknown-link-type": "syncd.reconciler.rules.unknown_link_type:RULE",
    "unmapped-team": "syncd.reconciler.rules.unmapped_team:RULE",
    "unmapped-status": "syncd.reconciler.rules.unmapped_status:RULE",
    "unknown-name": "syncd.reconciler.rules.unknown_name:RULE",
    "clock-skew": "syncd.reconciler.rules.clock_skew:RULE",
}


def load_rules() -> tuple[Rule, ...]:
    """Every built-in rule, in the order of the table."""
    return tuple(_load(name, place) for name, place in RULES.items())


def _load(name: str, place: str) -> Rule:
    module, _, attribute = place.partition(":")
    rule = getattr(import_module(module), attribute)
    if not isinstance(rule, Rule) or rule.id != name:
        raise TypeError(f"{place} is not the rule {name}")
    return rule
