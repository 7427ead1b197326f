"""The configuration: one TOML file with what it includes, the environment, and secrets by file."""

from syncd.settings.loading import Catalog, find, load
from syncd.settings.schema import ROLES
from syncd.settings.settings import Settings, invalid
from syncd.settings.workdays import holiday_years

__all__ = ["ROLES", "Catalog", "Settings", "find", "holiday_years", "invalid", "load"]
