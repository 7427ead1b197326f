"""How the tests share the machine."""

import os


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores, since many a test waits for a service that it started."""
    return (os.cpu_count() or 1) + 1
