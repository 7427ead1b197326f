"""What is known of one GitHub host, shared by all readers of a source so that it is asked once."""

from __future__ import annotations

import threading

from syncd.connectors.github.batches import Batches
from syncd.connectors.github.budgets import Budgets
from syncd.connectors.github.codeowners import CodeOwners
from syncd.connectors.github.glimpse import Glimpse
from syncd.connectors.github.settings import Settings

NUMBERS_AT_ONCE = 5_000
"""Numbers of items looked up in one query; fewer where the host can't."""


class Host:
    """Safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        self.meter = Budgets()
        self.has_graphql = settings.use_graphql != "never"
        self.has_parents = True
        self.has_projects = bool(settings.project_fields)
        """Whether project fields are wanted, and nothing says that they can't be read."""
        self.presence = Batches(NUMBERS_AT_ONCE)
        self.lock = threading.Lock()
        """Held while all repositories are looked at, so that one thread does it for all."""
        self.glimpses: dict[str, Glimpse | None] = {}
        """Configured name → what the last look showed; taken out by the pull that uses it."""
        self.owners: dict[tuple[int, str], CodeOwners] = {}
        """(Repository id, id of its CODEOWNERS file) → the rules in it."""

    @property
    def tells_projects(self) -> bool:
        """Whether it is to be expected that an item comes with its fields of projects."""
        return self.has_graphql and self.has_projects
