"""Under 1 % each of limits, failures, resets and truncations a full pull ends as if undisturbed.

Each run is the same one; `SYNCD_LOTS=1` draws another, `SYNCD_LUCK_SEED` repeats that.
"""

import os
from datetime import timedelta
from pathlib import Path
from random import Random, SystemRandom

from stage import PLAN, PRIMED, REPO, Installation, World, day, run

from syncd import plugins
from syncd.demo.simulators.server import Simulator
from syncd.settings import load

DRAWN = SystemRandom().randrange(10**9) if os.environ.get("SYNCD_LOTS") else 1
SEED = int(os.environ.get("SYNCD_LUCK_SEED") or DRAWN)
ILLS = (
    {"status": 429, "headers": {"Retry-After": "1"}},
    {"status": 500},
    {"status": 503},
    {"reset": True},
    {"truncate": True},
)
SHARE = 0.01


def crowd(world: World) -> None:
    """Some two hundred pages."""
    world.at(PRIMED - timedelta(days=1))
    for number in range(60):
        world.jira.add_issue("PAY", f"Part {number}", by="rosei", due=day(number % 30))
        world.github.open_issue(REPO, f"Work {number}", by="dli")
        world.github.now += timedelta(seconds=5)
        world.calendar.add_event(PLAN, f"Event {number}", day(number % 60))
    world.at(PRIMED)


def plague(simulator: Simulator, rng: Random) -> list[str]:
    """Each answer falls ill by its own chance; gives what befell them."""
    befell: list[str] = []
    for ill in ILLS:

        def strikes(request: object, ill: dict = ill) -> bool:
            if rng.random() >= SHARE:
                return False
            befell.append(str(ill))
            return True

        simulator.fail(strikes, **ill)
    return befell


def read(world: World, folder: Path) -> tuple:
    folder.mkdir()
    world.write(folder)
    place = Installation(folder, load(folder / "syncd.toml", {}, catalog=plugins))
    seen = run(place, PRIMED)
    assert seen.report.exit_code == 0, [each.failures for each in seen.report.sources]
    assert all(wait >= 1 for waits in place.waits.values() for wait in waits)
    return seen.items, seen.history, seen.cursors, seen.invisible


def test_one_in_a_hundred_of_each_ill_changes_nothing(tmp_path):
    print(f"SYNCD_LUCK_SEED={SEED}")
    world = World()
    crowd(world)
    lucky = read(world, tmp_path / "lucky")
    rng = Random(SEED)
    befell = [plague(simulator, rng) for simulator in world.by_name.values()]
    unlucky = read(world, tmp_path / "unlucky")
    world.close()
    assert unlucky == lucky, f"SYNCD_LUCK_SEED={SEED}"
    assert len(lucky[0]) > 180
    assert sum(map(len, befell)) >= 3, "too lucky to prove anything"
