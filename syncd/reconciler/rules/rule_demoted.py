"""People find what a rule tells rarely worth a mail, so it goes to digests. Told to operators only.

Why: who is told what they do not need soon reads nothing any more.
When: of the last 20 answers to alerts of one rule more than 30 % were "not useful" or "known"; of
one person's to one alert the last counts. It is judged when all other rules have spoken, so that
no item carries it. Criticals of tier A are told at once all the same.
Silent: a rule with fewer than 20 answers.
Do: see with `syncd rules list` which rules they are, and change what such a rule looks for.
Clears: by newer answers 15 % or fewer of the last 20 are such.
"""

from __future__ import annotations

from dataclasses import dataclass

from syncd.model.findings import Severity
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """`[rules.rule-demoted]` has no parameters of its own."""


def check(view: View, params: Params) -> Results:  # noqa: ARG001  every rule is asked alike
    """Nothing: what people answered is known to the life of alerts only, which heeds it."""
    yield from ()


RULE = Rule(id="rule-demoted", severity=Severity.LOW, params=Params, check=check)
