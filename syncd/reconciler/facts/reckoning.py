"""How a rule reckoned, as its finding keeps it for `syncd alerts explain`."""

from __future__ import annotations

from syncd.model.findings import Reckoning, Threshold


def of(formula: str, **compared: float | str | None) -> Reckoning:
    """The formula with its numbers, and parameters of the rule with what was held against each.

    Shares and chances are told to the hundredth, None not at all; what a parameter is, the engine
    adds.
    """
    return Reckoning(
        formula=formula,
        thresholds=tuple(
            Threshold(name=name, value=f"{value:.2f}" if isinstance(value, float) else str(value))
            for name, value in compared.items()
            if value is not None
        ),
    )
