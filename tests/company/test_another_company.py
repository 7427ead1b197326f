"""A company that is new in every run; `SYNCD_COMPANY_SEED` repeats it."""

import os
from pathlib import Path
from random import SystemRandom

import pytest
from scoring import held_against

SEED = int(os.environ.get("SYNCD_COMPANY_SEED") or SystemRandom().randrange(10**9))


@pytest.mark.timeout(400)
def test_what_is_planted_is_found_and_nothing_else(tmp_path: Path) -> None:
    held_against(SEED, tmp_path)
