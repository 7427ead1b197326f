"""The command `syncd`, also as `python -m syncd`."""

from __future__ import annotations

import sys


def main() -> int:
    """Run one command with the arguments of this process; gives its exit code."""
    from syncd.cli import run  # noqa: PLC0415 - nothing else is imported before it is needed

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
