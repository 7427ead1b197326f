"""100,000 random mixtures of hostile text in what tells of alerts."""

import pytest
from hostile_surfaces import SURFACES, damage_of_mixtures


@pytest.mark.parametrize("name", SURFACES)
def test_a_hundred_thousand_mixtures(name: str) -> None:
    assert not damage_of_mixtures(SURFACES[name])
