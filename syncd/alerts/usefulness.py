"""Which rules people find not worth a mail of its own (`reconciler.md` §E4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
    rules: Mapping[str, Mapping[str, Any]], acts: Iterable[Act], *, back: bool = False
) -> dict[str, datetime]:
    """As `demotions`; {} where the settings of rules switch `rule-demoted` off."""
    is_on = rules.get("rule-demoted", {}).get("enabled", True)
    return demotions(acts, back=back) if is_on else {}


def demotions(acts: Iterable[Act], *, back: bool = False) -> dict[str, datetime]:
    """Rule → since when its alerts go to digests only; with `back` since when no more."""
    last = {rule: (at, is_demoted) for rule, at, is_demoted in _turns(acts)}
    return {rule: at for rule, (at, is_demoted) in sorted(last.items()) if is_demoted is not back}


def _turns(acts: Iterable[Act]) -> Iterator[tuple[str, datetime, bool]]:
    """(rule, when, whether to digests) each time that one goes there or back.

    Of one person's answers to one alert the last one counts.
    """
    last: dict[str, dict[tuple[str, str], bool]] = {}
    demoted: set[str] = set()
    for act in acts:
        if act.kind is not ActKind.FEEDBACK or act.seen is None:
            continue
        rule, whose = act.seen.rule, (act.by, act.seen.fingerprint)
        answers = last.setdefault(rule, {})
        answers.pop(whose, None)
        answers[whose] = act.verdict is not Verdict.USEFUL
        useless = list(answers.values())[-ANSWERS:]
        is_many = len(useless) == ANSWERS and sum(useless) > SHARE * ANSWERS
        if is_many and rule not in demoted:
            demoted.add(rule)
            yield rule, act.at, True
        elif sum(useless) <= BACK * ANSWERS and rule in demoted:
            demoted.remove(rule)
            yield rule, act.at, False
