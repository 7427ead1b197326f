"""`syncd demo`: the product itself on simulated providers, three weeks in a few seconds."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from syncd import plugins
from syncd.app import App, RunReport
from syncd.demo.background import GITHUB_TOKEN, World, build
from syncd.demo.calendar import LAST, Days
from syncd.demo.configuration import write
from syncd.demo.story import acts, moments, plan
from syncd.demo.summary import headline, news, summary
from syncd.errors import SyncdError
from syncd.files import write_atomic
from syncd.model.findings import Severity, Standing
from syncd.report.page import page
from syncd.settings import load

SHAPES = {
    Standing.LATE: "▲", Standing.AT_RISK: "◆", Standing.ON_PLAN: "●", Standing.NO_DATA: "○",
}  # fmt: skip

MARK = ".syncd-demo"
"""File by which a folder is known as one that a demo made and may replace."""


class _Silent:
    """Progress of a demo: it tells its story in other words."""

    def started(self, source: str) -> None: ...
    def advanced(self, source: str, items: int, expected: int | None) -> None: ...
    def finished(self, source: str, changed: int, failure: SyncdError | None) -> None: ...


def play(directory: Path, *, keep: bool, echo: Callable[[str], None]) -> None:
    """Play the three weeks up to today into `directory`; `echo` gets each line of the story.

    `keep` goes on serving the simulators until interrupted. Raises SyncdError when the folder
    holds something that no demo made.
    """
    _make_room(directory)
    days = Days(datetime.now(UTC))
    with build(days) as world:
        path = write(directory, world, GITHUB_TOKEN)
        settings = load(path, {}, catalog=plugins)
        echo(f"Playing {_day(days, 0)} → {_day(days, LAST)} for three teams …")
        plan(world)
        with App(settings, now=days.at(0), own=True) as app:
            reports = list(_three_weeks(world, app, echo))
            text = summary(app, reports, days)
            write_atomic(directory / "report.html", page(app.report(days.at(LAST))))
            told = headline(app, reports[-1])
        write_atomic(directory / "summary.md", text.encode())
        echo(told)
        _tell_what_was_made(directory, echo)
        if keep:
            echo("The simulators go on serving until Ctrl-C.")
            threading.Event().wait()


def _make_room(directory: Path) -> None:
    if directory.exists():
        if not (directory / MARK).exists() and (not directory.is_dir() or any(directory.iterdir())):
            raise SyncdError(
                f"{directory} exists and was not made by a demo; it was left as it is",
                hint="syncd demo ANOTHER-FOLDER",
            )
        shutil.rmtree(directory)
    directory.mkdir(parents=True, mode=0o700)
    (directory / MARK).touch()


def _three_weeks(world: World, app: App, echo: Callable[[str], None]) -> Iterator[RunReport]:
    waiting = acts()
    for day, clock in moments():
        now = world.days.at(day, clock)
        while waiting and waiting[0].at(world) <= now:
            act = waiting.pop(0)
            world.set_clock(act.at(world))
            act.do(world)
        world.set_clock(now)
        report = app.run_once(now, progress=_Silent())
        for line in _news(report, now):
            echo(line)
        yield report
        app.deliver(world.days.evening(day))


def _news(report: RunReport, now: datetime) -> Iterator[str]:
    when = f"{now:%d %b}".lstrip("0").rjust(6)
    for source in report.sources:
        for failure in source.failures[:1]:
            yield f" {when}  ○ {source.source}: {failure}"
    for transition in report.transitions:
        finding = transition.alert.finding
        if transition.told and finding.severity >= Severity.MEDIUM:
            over = transition.alert.resolved_at is not None
            shape = "●" if over else SHAPES[finding.standing]
            yield f" {when}  {shape} {news(transition)}"


def _day(days: Days, index: int) -> str:
    return f"{days.day(index):%d %b}".lstrip("0")


def _tell_what_was_made(directory: Path, echo: Callable[[str], None]) -> None:
    mails = len(list((directory / "outbox").glob("*.eml")))
    echo("Made for you:")
    for name, what in (
        ("report.html", "the whole picture"),
        ("summary.md", "the same in words, day by day"),
        ("outbox/", f"{mails} mails as .eml (open one)"),
        ("syncd.toml", "the configuration it used"),
        ("var/syncd.db", "the store: every item, every change, every alert"),
    ):
        echo(f"  {directory / name!s:<32} {what}")
    # uv names itself to what it runs: then syncd is not on the PATH of the shell.
    before = "uv run " if os.environ.get("UV") else ""
    config = f"{before}syncd -c {directory / 'syncd.toml'}"
    echo(f"Try:  {config} reconcile --offline")
    echo(f"      {config} alerts list")
