"""The report as one HTML file that loads nothing, and works without its script."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import date
from functools import cache, partial
from importlib.metadata import version
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from syncd.model.findings import Standing
from syncd.notifiers.email.dates import day, short_day
from syncd.notifiers.email.links import safe_url
from syncd.report import layers, timeline
from syncd.report.contents import WORST_FIRST, Audience, Block, Report
from syncd.report.slip_chart import chart

LOOKS = {
    Standing.LATE: "late", Standing.AT_RISK: "risk", Standing.ON_PLAN: "ok",
    Standing.NO_DATA: "none",
}  # fmt: skip
SHAPES = {
    Standing.LATE: "▲", Standing.AT_RISK: "◆", Standing.ON_PLAN: "●", Standing.NO_DATA: "○",
}  # fmt: skip
UNBROKEN = "\N{NON-BREAKING HYPHEN}"


def page(report: Report) -> bytes:
    """The whole file, UTF-8; the same report gives the same bytes."""
    is_lead = report.audience is Audience.LEAD
    has_graph = 0 < len(report.groups) <= layers.MOST
    text = _environment().get_template("report.html").render(
        r=report,
        w=report.weekly,
        is_lead=is_lead,
        audience="leaders" if is_lead else "teams",
        version=version("syncd"),
        policy=_policy(),
        style=Markup(_part("style.css")),  # noqa: S704  our own file
        script=Markup(_part("script.js")),  # noqa: S704  our own file
        size={"width": timeline.WIDTH},
        timeline=timeline.timeline(report.rows, report.today),
        charts=[chart(slip, report.today) for slip in report.slips]
        if Block.SLIPS in report.blocks
        else [],
        graph=layers.picture(report.groups, report.waits) if has_graph else None,
        matrix=list(layers.matrix(report.groups, report.waits)) if not has_graph else [],
        **_words(report),
    )  # fmt: skip
    return text.encode("utf-8", "replace")


def _words(report: Report) -> dict[str, object]:
    return {}


@cache
def _part(name: str) -> str:
    return (files("syncd.report") / "templates" / name).read_text(encoding="utf-8").strip()


@cache
def _policy() -> str:
    """Nothing may be loaded; the style and the script are those of this file."""
    style, script = (_digest(_part(name)) for name in ("style.css", "script.js"))
    return (
        f"default-src 'none'; style-src '{style}'; script-src '{script}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
