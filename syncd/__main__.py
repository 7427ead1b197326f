"""The command `syncd`, also as `python -m syncd`."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Run one command with the arguments of this process; gives its exit code."""
    from syncd.cli import run  # noqa: PLC0415 - nothing else is imported before it is needed

    try:
        return run(sys.argv[1:])
    finally:
        gc.freeze()  # what ends with the process is not looked through for circles


if __name__ == "__main__":
    sys.exit(main())
