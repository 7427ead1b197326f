"""The first line about a program: the day that all of it leads to, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from syncd.cli.screen import clean
from syncd.passes import Reconciled, uncollected
from syncd.reconciler.engine import foreseen
from syncd.reconciler.view import View
from syncd.report.contents import Audience
from syncd.report.material import Material
from syncd.report.weekly import outlook

if TYPE_CHECKING:
    from syncd.app import App

SHOWN = 3
"""Programs of which it is told; of more, who wants to know names one."""


def headlines(
    app: App,
    reconciled: Reconciled,
    programs: Sequence[str],
    zone: ZoneInfo,
    *,
    assume_fresh: bool,
) -> Iterator[str]:
    """One sentence a program that promises a date; the same day and odds as in a report."""
    if not programs or len(programs) > SHOWN:
        return
    as_of = reconciled.evaluation.as_of
    config = app.config(as_of)
    with uncollected():
        view = View(reconciled.snapshot, config, assume_fresh=assume_fresh, estimates=foreseen)
        for program in programs:
            material = Material(
                view=view, evaluation=reconciled.evaluation, alerts={}, acts=(), decisions=(),
                audience=Audience.TEAM, zone=zone.key, program=program,
            )  # fmt: skip
            if told := outlook(material):
                yield told if len(programs) == 1 else f"{clean(material.program_name)}: {told}"
        view.forget()
