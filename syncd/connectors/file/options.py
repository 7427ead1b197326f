"""What the configuration says about exports, as the readers need it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from syncd.model.items import Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """See the settings of the same names."""

    source: str
    timezone: str = "UTC"
    sprint_zones: Mapping[str, str] = field(default_factory=dict)
    date_format: str = ""
    url: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    phases: Mapping[str, Phase] = field(default_factory=dict)
    """Casefolded name of a status or label → phase."""
    bots: frozenset[str] = frozenset()
    """Casefolded."""
