"""Random mixtures of hostile text in what tells of notes, pages, reports and briefs.

Reports get 100,000 (`reliability.md` §3.5); the others, cleaned and drawn by the same code, a fifth
in CI, and as many with `SYNCD_LOTS=1`.
"""

import os

import pytest
from hostile_surfaces import MIXTURES, PAGES, damage_of_mixtures


@pytest.mark.parametrize("name", PAGES)
def test_mixtures_leave_as_text(name: str) -> None:
    is_whole = name == "reports" or os.environ.get("SYNCD_LOTS")
    assert not damage_of_mixtures(PAGES[name], MIXTURES if is_whole else MIXTURES // 5)
