"""Which working calendar counts for whom: the team's, else the organisation's."""

from __future__ import annotations

from dataclasses import replace

from syncd.model.calendar import WorkingCalendar
from syncd.model.people import Team
from syncd.reconciler.config import ReconcilerConfig


def team_calendars(config: ReconcilerConfig) -> dict[str, WorkingCalendar]:
    """Calendar of each team id: the days of the named calendar in the team's own time zone."""
    return {team.id: _of(team, config) for team in config.teams}


def _of(team: Team, config: ReconcilerConfig) -> WorkingCalendar:
    named = config.calendars.get(team.calendar, config.calendar)
    # "UTC" is what a team without a zone of its own carries.
    return named if team.timezone == "UTC" else replace(named, zone=team.timezone)
