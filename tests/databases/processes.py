"""Other processes: one that owns a store, and one that dies in the middle of its work on it."""

import subprocess
import sys
import textwrap

_HOLD = """
    import sys, time
    from syncd.store import open_store
    from syncd.testing.builders import AS_OF
    store = open_store(sys.argv[1], now=AS_OF, own=True, part=sys.argv[2])
    print("held", flush=True)
    time.sleep(60)
"""
_KILLED = """
    import os, sys
    import sqlalchemy
    from syncd.testing.builders import AS_OF
    left = int(sys.argv[2])

    @sqlalchemy.event.listens_for(sqlalchemy.Engine, "after_cursor_execute")
    def count(*_):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), 9)

    url = sys.argv[1]
"""


def hold(url: str, part: str = "") -> subprocess.Popen[str]:
    """It owns the store at the URL, or a part of it, until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(_HOLD), url, part], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def is_killed(work: str, url: str, statement: int) -> bool:
    """Whether `work`, a line of Python about `url` at `AS_OF`, got as far as that statement.

    It is killed right after it.
    """
    done = subprocess.run(
        [sys.executable, "-c", f"{textwrap.dedent(_KILLED)}\n{work}", url, str(statement)],
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode in (-9, 0), done.stderr.decode()
    return done.returncode == -9
