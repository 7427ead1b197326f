"""Log lines for machines: an event with a stable name, its fields, and the run that it belongs to.

A call says `log.warning("source.down source=%s error=%s", …)`: the first word is the event, what
stands before each `=` a field. Lines without such a name have the event `log`.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from syncd.text import as_json

EVENT = re.compile(r"([a-z]+(?:\.[a-z_]+)+)(?: |$)")
FIELD = re.compile(r"(\w+)=%[a-z0-9.]+")
PLAIN = "log"
READERS = "read "
"""How the names of threads begin that read sources for a run."""
AGAIN = 3600.0
"""Seconds in which the same trouble is told once."""
ENDS = {
    "source.down": "source.up",
    "service.unwell": "service.well",
    "inbox.down": "inbox.up",
    "jobs.down": "jobs.up",
    "cycle.failed": "cycle.done",
    "cycle.crashed": "cycle.done",
    "delivery.failed": "delivery.well",
    "delivery.crashed": "delivery.well",
    "watch.failed": "watch.well",
    "watch.crashed": "watch.well",
    "backup.failed": "backup.made",
}
"""Event that begins an outage → the event that ends it; until then it is one, in whatever words."""
EACH = frozenset({"config.rejected", "clock.jumped"})
"""Events of which each one counts: nothing tries again by itself."""
_PREFIX = "syncd_field_"


class _Run:
    """The pass that goes on in this process; there is one at a time."""

    id = ""
    thread: threading.Thread | None = None


@contextmanager
def of_run(run_id: str) -> Iterator[None]:
    """Within, the lines of this thread and of those that read sources carry the id."""
    _Run.id, _Run.thread = run_id, threading.current_thread()
    try:
        yield
    finally:
        _Run.id = ""


class Events(logging.Filter):
    """Notes event, fields and run of each line; to be set before secrets are masked."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True."""
        text = record.msg if isinstance(record.msg, str) else ""
        found = EVENT.match(text)
        record.syncd_event = found[1] if found else PLAIN
        arguments = record.args if isinstance(record.args, tuple) else ()
        names = FIELD.findall(text) if found else []
        if len(names) == len(arguments):
            for name, value in zip(names, arguments, strict=True):
                record.__dict__[_PREFIX + name] = (
                    value if isinstance(value, int | float) else str(value)
                )
        record.syncd_run = _Run.id if _is_of_run() else ""
        return True


class Once(logging.Filter):
    """Lets the same trouble through once an hour: an outage is a line, not one for each try."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[tuple[str, ...], float] = {}
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it was not told lately, or had ended since."""
        event = str(record.__dict__.get("syncd_event"))
        about = tuple(str(record.__dict__.get(_PREFIX + name, "")) for name in ("source", "part"))
        with self._lock:
            for begun in [begun for begun in self._told if ENDS.get(begun[0]) == event]:
                if begun[1:3] == about:
                    del self._told[begun]
        is_trouble = logging.WARNING <= record.levelno < logging.CRITICAL
        if not is_trouble or event in EACH:
            return True
        # An outage, or what one source or part suffers from, has other words at each try.
        is_lasting = event in ENDS or any(about)
        words = () if is_lasting else (record.name, str(record.msg), str(record.args))
        raised = type(record.exc_info[1]).__name__ if record.exc_info else ""
        what = (event, *about, raised, *words)
        present = time.monotonic()
        with self._lock:
            for key in [key for key, at in self._told.items() if present - at >= AGAIN]:
                del self._told[key]
            if what in self._told:
                return False
            self._told[what] = present
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, event, its fields and run, logger and message; the traceback if any."""
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": getattr(record, "syncd_event", PLAIN),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if run_id := getattr(record, "syncd_run", ""):
            entry["run_id"] = run_id
        for name, value in record.__dict__.items():
            if name.startswith(_PREFIX):
                entry.setdefault(name.removeprefix(_PREFIX), value)
        if record.exc_text or record.exc_info:
            entry["traceback"] = record.exc_text or self.formatException(record.exc_info)  # type: ignore[arg-type]
        return as_json(entry)


def _is_of_run() -> bool:
    thread = threading.current_thread()
    return thread is _Run.thread or thread.name.startswith(READERS)
