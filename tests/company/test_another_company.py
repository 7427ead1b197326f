"""A second company, so that nothing fits the first alone; `SYNCD_COMPANY_SEED` lives any other.

A seed that goes red is a find, often of two plants that meet: not for the gate to stumble over.
"""

import os
from pathlib import Path

from scoring import held_against

SEED = int(os.environ.get("SYNCD_COMPANY_SEED") or 906)


def test_what_is_planted_is_found_and_nothing_else(tmp_path: Path) -> None:
    held_against(SEED, tmp_path, again="SYNCD_COMPANY_SEED" in os.environ)
