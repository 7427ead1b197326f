"""The record of one pass."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One pass, as `syncd status` shows it."""

    id: str
    started_at: datetime
    ended_at: datetime
    as_of: datetime
    snapshot_hash: str
    findings: int
    transitions: int
    opened: int
    """Alerts that it opened: what an avalanche is measured against."""
    exit_code: int
