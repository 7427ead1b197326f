"""The ids of the rules, told without importing what the rules reckon with."""

from __future__ import annotations

import re
from importlib.metadata import entry_points
from importlib.resources import files

_RULE = re.compile(r'^    "([a-z-]+)": "syncd\.reconciler\.rules\.', re.MULTILINE)


def rule_ids() -> list[str]:
    """The id of every rule, built-ins first, then those that packages add."""
    table = files("syncd").joinpath("reconciler", "rules", "__init__.py").read_text("utf-8")
    return [*_RULE.findall(table), *(point.name for point in entry_points(group="syncd.rules"))]
