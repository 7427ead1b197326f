"""A small installation that reads a file and mails, and its cycles in forks of one warm process.

Run as a script it is that process: a line of JSON in, a line of JSON out; each order is one cycle
in a fork of its own, which `faults.c` watches.
"""

import csv
import ctypes
import gc
import io
import json
import os
import shutil
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sections import AT_ONCE, DANA

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday; the first cycle."""
LATER = NOW + timedelta(minutes=15)
"""The second cycle, which finds work overdue."""

CONFIG = """
timezone = "UTC"
[sources.jira]
kind = "file"
paths = ["jira.csv"]
[store]
url = "sqlite:///state/syncd.db"
[teams.payments]
owns = ["jira:PAY"]
[programs.checkout]
teams = ["payments"]
[people.kim]
name = "Kim Ito"
email = "kim@example.com"
role = "tpm"
programs = ["checkout"]
[mail]
from = "syncd <syncd@example.com>"
{way}
[rules.date-moved]
enabled = false
"""
CONFIG += DANA + AT_ONCE
HEADER = ("Issue key", "Issue id", "Summary", "Issue Type", "Status", "Status Category", "Created",
          "Updated", "Due date", "Assignee")  # fmt: skip
ISSUES = 2


def write_installation(folder: Path, port: int | None = None) -> None:
    """Configuration, and work that is due in time; without a port mails are files."""
    server = f'smtp = {{ host = "127.0.0.1", port = {port}, tls = "none" }}'
    (folder / "syncd.toml").write_text(CONFIG.format(way=server if port else "to_outbox = true"))
    write_work(folder, date(2026, 12, 18), NOW - timedelta(days=3))


def write_work(folder: Path, due: date, updated: datetime) -> None:
    """What the tracker exports."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(HEADER)
    for number in range(1, ISSUES + 1):
        rows.writerow(
            (f"PAY-{number}", 100 + number, f"Part {number}", "Story", "Doing", "In Progress",
             "01/Oct/26 9:00 AM", f"{updated:%d/%b/%y %-I:%M %p}",
             f"{due:%d/%b/%y} 12:00 AM", "mfox")
        )  # fmt: skip
    beside = folder / "jira.csv.new"
    beside.write_text(text.getvalue())
    beside.rename(folder / "jira.csv")


def slip(folder: Path) -> None:
    """The work is overdue now."""
    write_work(folder, date(2026, 11, 17), NOW + timedelta(minutes=5))


def cycle(folder: Path, now: datetime, kept: dict[str, Any] | None = None) -> Any:
    """One whole cycle, as `syncd run` does it; `kept` holds what need not be made each time."""
    from silent import Silent

    from syncd import plugins
    from syncd.app import App
    from syncd.settings import load

    kept = {} if kept is None else kept
    settings = kept.get(str(folder)) or load(folder / "syncd.toml", {}, catalog=plugins)
    with App(settings, now=now, own=True) as app:
        app.notifiers = kept.setdefault("notifiers", app.notifiers)
        kept[str(folder)] = settings
        return app.run_once(now, progress=Silent())


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a cycle in a fork ended."""

    code: int
    """Exit code; -9 for SIGKILL."""
    words: str
    """What was told of an error."""
    calls: int
    """How many calls were counted."""
    failed: int


MODES = {"off": 0, "count": 1, "before": 2, "fail": 3, "record": 4, "after": 5, "torn": 6}
"""As in `faults.c`: a kill before the call, after it, or with half of its data written."""


def _serve() -> None:
    """The warm process."""
    from syncd import plugins
    from syncd.settings import load

    library = ctypes.CDLL(os.environ["LD_PRELOAD"])
    library.faults_counted.restype = library.faults_failed.restype = ctypes.c_long
    warm = Path(sys.argv[1])
    kept: dict[str, Any] = {}
    cycle(warm, NOW, kept)
    slip(warm)
    cycle(warm, LATER, kept)
    place = Path(sys.argv[2])
    kept[str(place)] = load(place / "syncd.toml", {}, catalog=plugins)
    gc.freeze()
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _live(library, order, writing, kept)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            told = pipe.read()
        _, status = os.waitpid(child, 0)
        answer = json.loads(told) if told else {"words": "", "calls": 0, "failed": 0}
        print(json.dumps(answer | {"code": os.waitstatus_to_exitcode(status)}), flush=True)


def _live(library: Any, order: dict[str, Any], out: int, kept: dict[str, Any]) -> None:
    from syncd.errors import SyncdError

    folder, code, words = Path(order["folder"]), 0, ""
    library.faults_arm(
        MODES[order["mode"]], ctypes.c_long(order["at"]), order["error"], order["forever"],
        str(folder / "state").encode(), order["log"].encode(),
    )  # fmt: skip
    try:
        report = cycle(folder, datetime.fromisoformat(order["now"]), kept)
        code, words = report.exit_code, "; ".join(map(str, report.troubles))
    except SyncdError as error:
        code, words = error.exit_code, str(error)
    except BaseException as error:  # noqa: BLE001 - told to the test, which fails
        code, words = 99, f"{type(error).__name__}: {error}"
    calls, failed = library.faults_counted(), library.faults_failed()
    library.faults_arm(0, ctypes.c_long(0), 0, 0, b"", b"")
    answer = {"words": words, "calls": calls, "failed": failed}
    os.write(out, json.dumps(answer).encode())
    os._exit(code)


def put_back(saved: Path, folder: Path) -> None:
    """The files of `saved` in the place of those of `folder`, which stays the same folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    for one in saved.iterdir():
        shutil.copy(one, folder / one.name)


if __name__ == "__main__":
    _serve()
