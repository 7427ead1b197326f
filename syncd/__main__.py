"""The command `syncd`, also as `python -m syncd`."""

from __future__ import annotations

import gc
import sys

COLLECT_AT = 50_000
"""New objects after which the collector looks for cycles: starts and pages make many objects and
few cycles, and looking at each 700th would take a fifth of both."""


def main() -> int:
    """Run one command with the arguments of this process; gives its exit code."""
    gc.set_threshold(COLLECT_AT, *gc.get_threshold()[1:])
    from syncd.cli import run, streams  # noqa: PLC0415 - nothing else is imported before it is needed

    streams.mend()
    try:
        return run(sys.argv[1:])
    finally:
        gc.freeze()  # what ends with the process is not looked through for circles


if __name__ == "__main__":
    sys.exit(main())
