"""The same word for the same odds everywhere, and never a certainty."""

import pytest

from syncd.reconciler.facts.wording import later, likelihood, odds, percent, plural, sentence


@pytest.mark.parametrize(
    ("chance", "word"),
    [
        (0.01, "unlikely"), (0.20, "unlikely"), (0.21, "less likely than not"),
        (0.41, "about as likely as not"), (0.60, "about as likely as not"), (0.61, "likely"),
        (0.81, "very likely"), (0.95, "very likely"), (0.96, "almost certain"),
    ],
)  # fmt: skip
def test_likelihood_in_words(chance, word):
    assert likelihood(chance) == word


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (0.01, "less than 1 in 20"), (0.05, "about 1 in 20"), (0.10, "about 1 in 10"),
        (0.25, "about 1 in 4"), (0.34, "about 1 in 3"), (0.50, "about 1 in 2"),
        (0.78, "about 3 in 4"), (0.82, "about 4 in 5"), (0.85, "about 17 in 20"),
        (0.90, "about 9 in 10"), (0.95, "about 19 in 20"), (0.96, "more than 19 in 20"),
    ],
)  # fmt: skip
def test_odds_in_small_numbers(chance, words):
    assert odds(chance) == words


def test_thousands_stand_apart():
    assert later(-1826) == "1 826 working days earlier"
    assert plural(999, "item") == "999 items"


@pytest.mark.parametrize("hundredth", range(1, 100))
def test_odds_are_near_the_chance(hundredth):
    *_, some, _, many = odds(hundredth / 100).split()
    assert abs(int(some) / int(many) - hundredth / 100) <= 0.05


@pytest.mark.parametrize(
    ("chance", "words"), [(0.01, "less than 5 %"), (0.78, "78 %"), (0.99, "more than 95 %")]
)
def test_percent_is_never_certain(chance, words):
    assert percent(chance) == words


def test_a_repository_keeps_its_name_at_the_start_of_a_sentence() -> None:
    assert sentence("acme/app v2: planned") == "acme/app v2: planned"
    assert sentence("launch: planned") == "Launch: planned"
