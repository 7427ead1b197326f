"""How the tests share the machine, and that each run looks at what the one before it looked at."""

import gc
import os

from hypothesis import settings

from syncd.__main__ import COLLECT_AT

# The library's own profile for gates: the same examples each time, and none fails for being slow.
settings.register_profile("lots", settings.get_profile("ci"), derandomize=False)
settings.load_profile("lots" if os.environ.get("SYNCD_LOTS") else "ci")


def pytest_collection_finish() -> None:
    """Cycles are looked for as seldom as the command does, and not among the tests themselves."""
    gc.freeze()
    gc.set_threshold(COLLECT_AT, *gc.get_threshold()[1:])


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores, since many a test waits for a service that it started."""
    return (os.cpu_count() or 1) + 1
