"""The record of one pass."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRun:
    """What one rule did in one pass."""

    rule: str
    firing: int
    clear: int | None = None
    """Subjects that it looked at and had nothing to say of; None where nobody counted them."""
    unknown: int
    """Subjects that it could not judge."""
    seconds: float = 0.0
    """Time it took, that of shared facts counted where they were asked for first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A table of the configuration, as the newest pass knew it: by that it is known again."""

    id: str
    """Under which all of it is kept."""
    table: str
    """Its name; "" once another has that."""
    said: str
    """The name that it says it had before, else its own."""
    match: tuple[str, ...] = ()
    """() once it is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One pass, as `syncd status` shows it."""

    id: str
    started_at: datetime
    ended_at: datetime
    as_of: datetime
    snapshot_hash: str
    config_hash: str = ""
    """SHA-256, in hex, of all that may change an answer besides the data; "" of older passes."""
    calendar_data: str = ""
    """Versions of what tells public holidays and time zones."""
    code_version: str = ""
    """Of syncd and of each package whose rules judged: `syncd 0.1.0, acme-rules 2.1`."""
    findings: int
    transitions: int
    opened: int
    """Alerts that it opened: what an avalanche is measured against."""
    exit_code: int
    rules: tuple[RuleRun, ...] = ()
    """What each rule that was on found and took, in the order of their ids."""
    too_early: frozenset[str] = frozenset()
    """Fingerprints that it could not judge yet for want of history; kept of the newest pass."""
    declared: tuple[Declared, ...] = ()
    """All deliverables that were ever declared; kept of the newest pass."""
