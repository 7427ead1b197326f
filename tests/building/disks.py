"""Disks that are full, for one process."""

import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def a_disk_that_takes(size: int) -> Iterator[None]:
    """No file grows beyond `size` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    keeps_none = sys.dont_write_bytecode
    # Compiled modules would be cut off, too, and break whatever imports them next.
    sys.dont_write_bytecode = True
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        sys.dont_write_bytecode = keeps_none
