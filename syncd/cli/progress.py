"""How far the pulls are: bars on a terminal, else a line at start and end of each source."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, Self

from syncd.cli.screen import Screen
from syncd.cli.words import count, grouped
from syncd.errors import SyncdError
from syncd.redaction import SECRETS

EVERY = 30.0
"""Seconds between two lines about one long pull."""


class Lines:
    """For pipes and logs; says nothing when quiet."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.began: dict[str, float] = {}
        self.told: dict[str, float] = {}
        self.items: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def started(self, source: str) -> None:
        """A source is about to be read."""
        self.began[source] = self.told[source] = time.monotonic()
        self.screen.note(f"{source}: reading")

    def advanced(self, source: str, items: int, expected: int | None) -> None:
        """`items` more were stored; a line about it now and then."""
        self.items[source] = self.items.get(source, 0) + items
        now = time.monotonic()
        if now - self.told.get(source, now) >= EVERY:
            self.told[source] = now
            about = f" of about {grouped(expected)}" if expected else ""
            self.screen.note(f"{source}: {count(self.items[source], 'item')}{about}")

    def finished(self, source: str, changed: int, failure: SyncdError | None) -> None:
        """The source was read, or failed."""
        took = time.monotonic() - self.began.get(source, time.monotonic())
        read = count(self.items.get(source, 0), "item")
        if failure is None:
            self.screen.note(f"{source}: {read} read, {changed} changed, {took:.1f} s")
        else:
            self.screen.note(f"{source}: failed after {read}: {failure}")
            if failure.hint:
                self.screen.note(f"  {failure.hint}")


class Bars:
    """For a terminal: one bar a source, gone into a line of its result."""

    def __init__(self, screen: Screen) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self.bars = Progress(
            TextColumn("{task.fields[source]:<12}"),
            BarColumn(bar_width=20),
            TextColumn("{task.completed:>6.0f}{task.fields[of]}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}", style="dim", markup=False),
            console=screen.err,
        )
        self.tasks: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self.bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.bars.stop()

    def started(self, source: str) -> None:
        """A source is about to be read."""
        self.tasks[source] = self.bars.add_task("", total=None, source=source, of="", note="")

    def advanced(self, source: str, items: int, expected: int | None) -> None:
        """`items` more were stored."""
        task = self.tasks[source]
        self.bars.advance(task, items)
        if expected:
            total = max(expected, int(self.bars.tasks[task].completed))
            self.bars.update(task, total=total, of=f"/{total}")

    def finished(self, source: str, changed: int, failure: SyncdError | None) -> None:
        """The source was read, or failed."""
        task = self.tasks[source]
        note = f"{changed} changed" if failure is None else SECRETS.mask(f"failed: {failure}")
        done = self.bars.tasks[task].completed
        self.bars.update(task, total=max(done, 1), completed=max(done, 1) if not failure else done)
        self.bars.update(task, note=note, of="")
        self.bars.stop_task(task)


def progress(screen: Screen) -> Lines | Bars:
    """What fits stderr."""
    quiet, is_json_log = screen.options.quiet > 0, screen.options.log_format == "json"
    if screen.err.is_terminal and not screen.err.is_dumb_terminal and not quiet and not is_json_log:
        return Bars(screen)
    return Lines(screen)
