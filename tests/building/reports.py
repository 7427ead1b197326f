"""Reports of built snapshots, for tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from syncd.model.acts import Act
from syncd.model.alerts import Alert
from syncd.model.forecasts import PastForecast
from syncd.model.items import ItemKey
from syncd.model.links import LinkDecision
from syncd.model.snapshot import Snapshot
from syncd.reconciler.config import ReconcilerConfig
from syncd.reconciler.engine import foreseen, judge
from syncd.reconciler.view import View
from syncd.report.contents import Audience, Block, Report
from syncd.report.gathering import gather
from syncd.report.material import Material
from syncd.testing.builders import AS_OF, Thing, config, snapshot


def material_of(
    held: Snapshot,
    settings: ReconcilerConfig | None = None,
    *,
    audience: Audience = Audience.TEAM,
    program: str = "",
    alerts: Iterable[Alert] = (),
    acts: Sequence[Act] = (),
    decisions: Sequence[LinkDecision] = (),
    zone: str = "UTC",
) -> Material:
    """What a report of a snapshot is made of, judged by all rules, data as fresh as it says."""
    view = View(held, settings or config(), estimates=foreseen)
    return Material(
        view=view,
        evaluation=judge(view),
        alerts={one.fingerprint: one for one in alerts},
        acts=acts,
        decisions=decisions,
        audience=audience,
        zone=zone,
        program=program,
    )


def report_of(
    *things: Thing,
    settings: ReconcilerConfig | None = None,
    pasts: tuple[PastForecast, ...] = (),
    as_of: datetime = AS_OF,
    invisible: Iterable[ItemKey] = (),
    blocks: Iterable[Block] = tuple(Block),
    audience: Audience = Audience.TEAM,
    program: str = "",
    alerts: Iterable[Alert] = (),
    acts: Sequence[Act] = (),
    decisions: Sequence[LinkDecision] = (),
    stale: dict[str, str | datetime | None] | None = None,
) -> Report:
    """The report of a snapshot of these things."""
    held = snapshot(*things, as_of=as_of, invisible=invisible, stale=stale)
    made = material_of(
        replace(held, forecasts=pasts), settings, audience=audience, program=program,
        alerts=alerts, acts=acts, decisions=decisions,
    )  # fmt: skip
    return gather(made, blocks)
