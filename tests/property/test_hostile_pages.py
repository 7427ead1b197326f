"""100,000 random mixtures of hostile text in what tells of notes, pages, reports and briefs."""

import pytest
from hostile_surfaces import PAGES, damage_of_mixtures


@pytest.mark.parametrize("name", PAGES)
def test_a_hundred_thousand_mixtures(name: str) -> None:
    assert not damage_of_mixtures(PAGES[name])
