"""The report as one HTML file that loads nothing, and works without its script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib.metadata import version
from importlib.resources import files

from jinja2 import (
    Environment,
    PackageLoader,
    StrictUndefined,
    pass_context,
    select_autoescape,
)
from jinja2.runtime import Context
from markupsafe import Markup

from syncd.model.findings import Standing
from syncd.notifiers.email.dates import working_days
from syncd.outline import SHAPES
from syncd.pictures.days import day, short_day
from syncd.pictures.palette import DARK, LIGHT
from syncd.pictures.slips import SlipChart, slip_svg, slip_words
from syncd.report import layers, timeline
from syncd.report.contents import WORST_FIRST, Audience, Block, Report, Slip
from syncd.text import parted, safe_url

LOOKS = {
    Standing.LATE: "late", Standing.AT_RISK: "risk", Standing.ON_PLAN: "ok",
    Standing.NO_DATA: "none",
}  # fmt: skip
UNBROKEN = "\N{NON-BREAKING HYPHEN}"
FIRST = 15
"""Findings that are shown at once; the others unfold."""
_COLUMN = 500
"""Width of half a page."""
_FIXED = ("ink", "mute", "late", "risk", "ok", "none", "rule", "edge", "card")
"""Colours that a drawing for mail has in its attributes, and that follow the page here."""


def page(report: Report) -> bytes:
    """The whole file, UTF-8; the same report gives the same bytes."""
    is_lead = report.audience is Audience.LEAD
    has_graph = 0 < len(report.groups) <= layers.MOST
    graph = layers.picture(report.groups, report.waits) if has_graph else None
    text = (
        _templates()
        .get_template("report.html")
        .render(
            r=report,
            w=report.weekly,
            is_lead=is_lead,
            version=version("syncd"),
            policy=policy(),
            style=Markup(_style()),  # noqa: S704  our own file
            script=Markup(_part("script.js")),  # noqa: S704  our own file
            size={"width": timeline.WIDTH, "box": layers.BOX, "high": layers.HIGH},
            first=FIRST,
            timeline=timeline.timeline(report.rows, report.today),
            charts=[_chart(slip, report.today) for slip in _slips(report)],
            graph=graph,
            is_wide=graph is None or graph.width > _COLUMN,
            matrix=[] if has_graph else list(layers.matrix(report.groups, report.waits)),
        )
    )
    return text.encode("utf-8", "replace")


def file_name(report: Report, suffix: str = "html") -> str:
    """`checkout-lead-2026-11-27.html`: whom it is made for is told before it is opened.

    `checkout-lead-for-vp-2026-11-27.html` of what is made for one person.
    """
    reader = f"-for-{report.reader}" if report.reader else ""
    return f"{report.program or 'all'}-{report.audience}{reader}-{report.today}.{suffix}"


def _slips(report: Report) -> tuple[Slip, ...]:
    return report.slips if Block.SLIPS in report.blocks else ()


def _chart(slip: Slip, today: date) -> dict[str, object]:
    late = f"{working_days(slip.slip)} late" if slip.slip else ""
    drawn = SlipChart(
        name=slip.name, points=slip.points, planned=slip.plan, today=today, note=late,
        look=LOOKS[slip.standing], what="Expected finish" if slip.foretold else "Date",
    )  # fmt: skip
    svg = Markup(slip_svg(drawn))  # noqa: S704  escapes what it writes
    return {"name": slip.name, "picture": svg, "words": slip_words(drawn)}


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("syncd.report"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "look": LOOKS.__getitem__,
        "shape": SHAPES.__getitem__,
        "rank": WORST_FIRST.index,
        "day": _day,
        "short": _short,
        "places": _places,
        "web": safe_url,
        "parted": parted,
        "unbroken": lambda text: text.replace("-", UNBROKEN),
    }
    return made


@pass_context
def _day(context: Context, value: date | None) -> str:
    """Days as the reader of the report says them."""
    return day(value, context["r"].today)


@pass_context
def _short(context: Context, value: date | None) -> str:
    return short_day(value, context["r"].today)


@pass_context
def _places(context: Context, teams: Sequence[str]) -> str:
    """Numbers of the teams among those that can be chosen: names may hold spaces."""
    known = context["r"].teams
    return " ".join(str(known.index(team)) for team in teams if team in known)


@cache
def _part(name: str) -> str:
    return (files("syncd.report") / "templates" / name).read_text(encoding="utf-8").strip()


@cache
def _style() -> str:
    """The colours, light and dark, before what uses them; also in drawings made for mail."""
    follow = "".join(
        f'.slip [fill="{LIGHT[name]}"]{{fill:var(--{name})}}'
        f'.slip [stroke="{LIGHT[name]}"]{{stroke:var(--{name})}}'
        for name in _FIXED
    )
    dark = f"@media (prefers-color-scheme:dark){{:root{{{_names(DARK)}}}}}"
    head = f":root{{color-scheme:light dark;{_names(LIGHT)}}}\n{dark}\n"
    return f"{head}{_part('style.css')}\n{follow}"


def _names(colours: dict[str, str]) -> str:
    return ";".join(f"--{name.replace('_', '-')}:{value}" for name, value in colours.items())


@cache
def policy() -> str:
    """Nothing may be loaded; the style and the script are those of this file."""
    style, script = _digest(_style()), _digest(_part("script.js"))
    return (
        f"default-src 'none'; style-src '{style}'; script-src '{script}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
