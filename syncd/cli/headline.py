"""The first line about a program: the day that all of it leads to, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from syncd.cli.screen import clean
from syncd.passes import Reconciled
from syncd.report.contents import Audience
from syncd.report.material import Material
from syncd.report.weekly import outlook

SHOWN = 3
"""Programs of which it is told; of more, who wants to know names one."""


def headlines(reconciled: Reconciled, programs: Sequence[str], zone: ZoneInfo) -> Iterator[str]:
    """One sentence a program that promises a date; the same day and odds as in a report."""
    if not programs or len(programs) > SHOWN:
        return
    for program in programs:
        material = Material(
            view=reconciled.view, evaluation=reconciled.evaluation, alerts={}, acts=(),
            decisions=(), audience=Audience.TEAM, zone=zone.key, program=program,
        )  # fmt: skip
        if told := outlook(material):
            yield told if len(programs) == 1 else f"{clean(material.program_name)}: {told}"
