"""So many alerts would open at once that it is more likely a mishap. Told to operators only.

Why: a filter, a permission or a bulk edit floods everybody with alerts that mean nothing.
When: one run would open more alerts than 20, and than five times the median of what the last 14
runs opened. They are held: nobody else hears of them, and none is recorded. It is judged when all
other rules have spoken, so that no item carries it.
Silent: the very first run, whose findings are adopted.
Do: see with `syncd reconcile` what they are, then let them out.
Clears: fewer would open, or they were let out.
"""

from __future__ import annotations

from dataclasses import dataclass

from syncd.model.findings import Severity
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """`[rules.mass-change]` has no parameters of its own."""


def check(view: View, params: Params) -> Results:  # noqa: ARG001  every rule is asked alike
    """Nothing: what a run would open is known to the life of alerts only, which holds it."""
    yield from ()


RULE = Rule(id="mass-change", severity=Severity.HIGH, params=Params, check=check)
