"""A small pull, record and send cycle that dies at any statement, commit or mail, again and again.

In this process: `Crash` unwinds as nothing of ours catches it, and the next cycle goes on with what
is on the disk. `tests/e2e/test_crashes.py` does the same to whole processes, less often.
"""

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_cycle import Crash, World, folder_in_memory

SEEDS = range(4)
POINTS = int(os.environ.get("SYNCD_CRASH_POINTS", "10000")) // len(SEEDS)
AGAIN = 100
"""After so many crashes the store is read as a whole, and begun anew."""


@pytest.fixture
def folder() -> Iterator[Path]:
    with folder_in_memory() as made:
        yield made / "state"


@pytest.mark.parametrize("seed", SEEDS)
def test_dead_at_any_statement_commit_or_mail(folder: Path, seed: int) -> None:
    print(f"seed {seed}")
    chance, world, crashes, began = random.Random(seed), World(folder), 0, time.monotonic()
    doubtful: set[str] = set()
    while crashes < POINTS:
        world.counted, world.fatal, taken = 0, chance.randint(1, 40), sum(world.sent.values())
        try:
            while True:
                world.cycle()
        except Crash:
            crashes += 1
        world.fatal = 0
        if sum(world.sent.values()) > taken:
            before, doubtful = doubtful, world.in_doubt()
            assert len(doubtful - before) <= 1, f"seed {seed}, crash {crashes}: two mails in doubt"
        repeated = sum(world.sent.values()) - len(world.sent)
        assert repeated <= crashes % AGAIN or crashes % AGAIN == 0
        if crashes % AGAIN == 0:
            world.until_quiet()
            world.require_whole()
            world.store.check()
            world.begin_anew()
            doubtful = set()
    world.store.close()
    print(f"{crashes} crashes in {time.monotonic() - began:.0f} s")
