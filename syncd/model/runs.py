"""The record of one pass."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRun:
    """What one rule did in one pass."""

    rule: str
    firing: int
    unknown: int
    """Subjects that it could not judge."""
    seconds: float = 0.0
    """Time it took, that of shared facts counted where they were asked for first."""


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
    rules: tuple[RuleRun, ...] = ()
    """What each rule that was on found and took, in the order of their ids."""
