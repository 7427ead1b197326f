"""Text that people wrote, through every way out: nothing injected, nothing unsendable (§3.5).

Each way takes every text of the catalogue alone; mixtures are in `test_hostile_mixtures.py` and
`test_hostile_pages.py`, which can run side by side.
"""

import pytest
from hostile_surfaces import CATALOGUE, PAGES, SURFACES

from syncd.text import clean_text

EVERY = SURFACES | PAGES


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("text", CATALOGUE, ids=range(len(CATALOGUE)))
def test_each_text_in_every_field(name: str, text: str) -> None:
    surface = EVERY[name]
    texts = [text] * surface.takes
    assert not surface.damage(surface.leaves(texts), texts)


def test_cleaning_keeps_what_is_harmless() -> None:
    """The other side: nobody's honest title is damaged."""
    for honest in (
        "Ledger API v2",
        "r\u00e9sum\u00e9 \u65e5\u672c\u8a9e \U0001f680",
        "a < b && c > d",
        "50 % (of 7)",
    ):
        assert clean_text(honest) == honest
