"""Random mixtures of hostile text in what tells of notes, pages, reports and briefs.

20,000 in CI: they are cleaned and drawn by the same code. All 100,000 of `reliability.md` §3.5 with
`SYNCD_LOTS=1`.
"""

import os

import pytest
from hostile_surfaces import MIXTURES, PAGES, damage_of_mixtures


@pytest.mark.parametrize("name", PAGES)
def test_mixtures_leave_as_text(name: str) -> None:
    count = MIXTURES if os.environ.get("SYNCD_LOTS") else MIXTURES // 5
    assert not damage_of_mixtures(PAGES[name], count)
