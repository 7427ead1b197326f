"""syncd follows made-up companies for six weeks and is held against what was planted into them.

`SYNCD_COMPANY_SEED` repeats a run.
"""

import os
from pathlib import Path
from random import SystemRandom

import pytest
from plants import build
from scoring import live, score

from syncd.reconciler.rules import RULES

SEED = int(os.environ.get("SYNCD_COMPANY_SEED") or SystemRandom().randrange(10**9))


@pytest.mark.parametrize("seed", [1, 2, SEED])
def test_what_is_planted_is_found_and_nothing_else(seed: int, tmp_path: Path) -> None:
    company = build(seed)
    found = score(company, live(company, tmp_path), list(RULES))
    print(f"\nSYNCD_COMPANY_SEED={seed}\n{found.table()}")
    for line in (*found.missed, *found.wrong, *found.doubled):
        print("  " + line)
    assert not found.missed
