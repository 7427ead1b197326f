"""syncd follows made-up companies for six weeks and is held against what was planted into them."""

from pathlib import Path

from plants import build
from scoring import held_against

from syncd.reconciler.rules import RULES

LEFT_OUT = {
    "mass-change": "it holds all other alerts of its run",
    "rule-demoted": "it needs people who answer",
}
"""Rules whose drift would hide that of the others; why."""


def test_what_is_planted_is_found_and_nothing_else(tmp_path: Path) -> None:
    held_against(1, tmp_path)


def test_every_rule_has_something_to_find_and_somebody_to_spare() -> None:
    truth = build(1).truth
    planted = {one.rule for one in truth.drifts} & {one.rule for one in truth.innocents}
    assert set(RULES) - planted == set(LEFT_OUT) & set(RULES)


def test_a_seed_gives_the_same_company() -> None:
    one, other = build(7), build(7)
    assert one.configuration() == other.configuration()
    assert one.truth == other.truth
    assert build(8).truth != one.truth
