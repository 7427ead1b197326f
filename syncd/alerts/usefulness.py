"""Which rules people find not worth a mail of its own (`reconciler.md` §E4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from syncd.model.acts import Act, ActKind, Verdict

ANSWERS = 20
"""So many of a rule's last answers count, and with fewer nothing is concluded."""
SHARE = 0.3
"""Of them "not useful" or "known", above which the rule goes to digests."""
BACK = SHARE / 2
"""Of them down to which it is told as before: a single answer turns nothing back and forth."""


def rarely_useful(
    rules: Mapping[str, Mapping[str, Any]], acts: Iterable[Act]
) -> dict[str, datetime]:
    """As `demotions`; {} where the settings of rules switch `rule-demoted` off."""
    return demotions(acts) if rules.get("rule-demoted", {}).get("enabled", True) else {}


def demotions(acts: Iterable[Act]) -> dict[str, datetime]:
    """Rule → since when its alerts go to digests only; by rule.

    Of one person's answers to one alert the last one counts.
    """
    last: dict[str, dict[tuple[str, str], bool]] = {}
    found: dict[str, datetime] = {}
    for act in acts:
        if act.kind is not ActKind.FEEDBACK or act.seen is None:
            continue
        rule, whose = act.seen.rule, (act.by, act.seen.fingerprint)
        answers = last.setdefault(rule, {})
        answers.pop(whose, None)
        answers[whose] = act.verdict is not Verdict.USEFUL
        useless = list(answers.values())[-ANSWERS:]
        if len(useless) == ANSWERS and sum(useless) > SHARE * ANSWERS:
            found.setdefault(rule, act.at)
        elif sum(useless) <= BACK * ANSWERS:
            found.pop(rule, None)
    return dict(sorted(found.items()))
