"""The disk fails at every single write of a process that goes on (S2).

The process is this file run as a script, under `tests/e2e/faults.c`; `tests/e2e/test_crashes.py`
lets the disk fail in whole cycles of `syncd run`, less often.
"""

import ctypes
import errno
import json
import os
import subprocess
import sys
from pathlib import Path

from crashes import built
from small_cycle import World, folder_in_memory

from syncd.errors import StoreError

OFF, FAIL = 0, 3
PLAIN = "cannot be used"
KINDS = [(error, ever) for error in (errno.ENOSPC, errno.EIO) for ever in (False, True)]
AGAIN = 20
"""After so many failures the store is read as a whole, and begun anew."""


def test_the_disk_fails_at_every_write_and_the_process_goes_on(tmp_path: Path) -> None:
    with folder_in_memory() as folder:
        done = subprocess.run(
            [sys.executable, __file__, str(folder / "state")],
            text=True, capture_output=True, check=False,
            env={**os.environ, "LD_PRELOAD": str(built(tmp_path)),
                 "PYTHONPATH": os.pathsep.join(map(str, sys.path))},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    print(done.stdout)
    writes = json.loads(done.stdout)
    assert min(writes.values()) >= 20
    assert len(writes) == len(KINDS)


class FailingDisk:
    """A small cycle whose writes fail from the n-th on, or that one only."""

    def __init__(self, folder: Path) -> None:
        self.library = ctypes.CDLL(os.environ["LD_PRELOAD"])
        self.library.faults_failed.restype = ctypes.c_long
        self.folder = str(folder).encode()
        self.arm(OFF)
        self.world, self.failures = World(folder), 0

    def arm(self, mode: int, at: int = 0, error: int = 0, ever: bool = False) -> None:
        self.library.faults_arm(mode, ctypes.c_long(at), error, int(ever), self.folder, b"")

    def meets_failure(self, at: int, error: int, ever: bool) -> bool:
        """Whether there was a write of that number in two cycles; what it left is made good."""
        taken = self.world.in_doubt()
        self.arm(FAIL, at, error, ever)
        words = PLAIN
        try:
            for _ in range(2):
                self.world.cycle()
            # The last connection to go writes the log into the file.
            self.world.engine.dispose()
        except StoreError as trouble:
            words = str(trouble)
        assert PLAIN in words, words
        failed = self.library.faults_failed() > 0
        self.arm(OFF)
        assert len(self.world.in_doubt() - taken) <= 1, f"write {at}: two mails in doubt"
        self.failures += failed
        if not failed or self.failures % AGAIN == 0:
            self.world.until_quiet()
            self.world.require_whole()
            self.world.store.check()
            self.world.begin_anew()
        return failed


def every_write(folder: Path) -> dict[str, int]:
    disk, found = FailingDisk(folder), {}
    for error, ever in KINDS:
        at = 1
        while disk.meets_failure(at, error, ever):
            at += 1
        found[f"{errno.errorcode[error]} {'for ever' if ever else 'once'}"] = at - 1
    return found


if __name__ == "__main__":
    print(json.dumps(every_write(Path(sys.argv[1]))))
