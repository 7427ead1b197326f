"""What the reconciler is told besides the snapshot: who, which calendars, which thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from syncd.model.acts import Agreed
from syncd.model.calendar import WorkingCalendar
from syncd.model.links import LinkDecision
from syncd.model.people import DeclaredDeliverable, Person, Program, Team

AUTHORITY = ("config", "version", "epic", "github-milestone", "event", "sprint")
"""Whose date counts, highest first (`reconciler.md` §A1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPatterns:
    """Regular expressions (case-insensitive, searched in titles) that give an event its role."""

    gate: str = r"go\s*/?\s*no[- ]?go|\breview\b|\bsign[- ]?off\b|\breadiness\b"
    launch: str = r"\blaunch\b|\brelease\b|\bgo[- ]live\b|\bship\b"
    freeze: str = r"\bfreeze\b"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcilerConfig:
    """Everything that may change an answer, apart from the snapshot."""

    people: tuple[Person, ...] = ()
    teams: tuple[Team, ...] = ()
    programs: tuple[Program, ...] = ()
    deliverables: tuple[DeclaredDeliverable, ...] = ()
    calendars: Mapping[str, WorkingCalendar] = field(default_factory=dict)
    """By name; `Team.calendar` refers to them."""
    calendar: WorkingCalendar = field(default_factory=WorkingCalendar)
    """Of the organisation: used where no team is known."""
    authority: tuple[str, ...] = AUTHORITY
    events: EventPatterns = field(default_factory=EventPatterns)
    link_types: Mapping[str, str] = field(default_factory=dict)
    """Link type id → phrase meaning: `blocks`, `depends_on`, `child_of`, `parent_of`, `none`."""
    decisions: tuple[LinkDecision, ...] = ()
    """What people said of suspected dependencies; of one pair the last word."""
    agreed: Mapping[str, Agreed] = field(default_factory=dict)
    """Deliverable id → the baseline that people set."""
    intervals: Mapping[str, timedelta] = field(default_factory=dict)
    """Sync interval per source, for staleness."""
    interval: timedelta = timedelta(minutes=15)
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Rule id → parameters; `enabled = false` switches a rule off, `severity` sets its base."""
    mapped_repos: Mapping[str, str] = field(default_factory=dict)
    """`source:scope` of a repository → `source:scope` of the project it serves, for binding."""

    def calendar_of(self, person: Person) -> WorkingCalendar:
        """Working days of a person's team, else of the organisation, in the person's own zone."""
        of_team = (self.calendars[team.calendar] for team in self.teams if team.id == person.team)
        return replace(next(of_team, self.calendar), zone=person.timezone)
