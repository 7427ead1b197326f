"""`syncd` in forks of one process that has the program in memory: real processes without their start.

What is started for its start, its signals or the order of its sets has a process of its own.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any


class _Warm:
    """One at a time: the process, and where a command reads and writes."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        atexit.register(self._end)

    def _end(self) -> None:
        self._process.communicate()

    def run(self, order: dict[str, Any], stdin: str) -> tuple[int, str, str]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._turn, tempfile.TemporaryDirectory() as folder:
            streams = [Path(folder, name) for name in ("stdin", "stdout", "stderr")]
            for stream, text in zip(streams, (stdin, "", ""), strict=True):
                stream.write_text(text)
            order["streams"] = list(map(str, streams))
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            code = int(self._process.stdout.readline())
            return code, streams[1].read_text(), streams[2].read_text()


_warm = cache(_Warm)


def syncd(
    *words: object, env: Mapping[str, str] | None = None, cwd: Path | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """As `subprocess.run`, with all that it printed."""
    arguments = list(map(str, words))
    order = {"words": arguments, "env": dict(env or os.environ), "cwd": str(cwd or Path.cwd())}
    return subprocess.CompletedProcess(arguments, *_warm().run(order, stdin))


def _become(order: dict[str, Any]) -> None:
    """This fork, as if it had been started so."""
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    os.chdir(order["cwd"])
    for number, name in enumerate(order["streams"]):
        os.dup2(os.open(name, os.O_RDONLY if number == 0 else os.O_WRONLY), number)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.argv = ["syncd", *order["words"]]


def _serve() -> None:
    import syncd
    from syncd.__main__ import main

    for module in pkgutil.walk_packages(syncd.__path__, "syncd."):
        if "__main__" not in module.name and "migrations" not in module.name:
            importlib.import_module(module.name)
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _become(json.loads(line))
            sys.exit(main())
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    _serve()
