"""The repository whose rows are mapped: its names, and what the configuration says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from syncd.connectors.github.codeowners import NOBODY, CodeOwners
from syncd.model.items import ItemKey, Kind, Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Repo:
    """The repository whose rows are mapped, and what the configuration says of them."""

    source: str
    scope: str
    """Its name in the configuration."""
    id: int
    full_name: str
    """Its name now."""
    web: str
    """Address of the web site, such as `https://github.com`."""
    former: tuple[str, ...] = ()
    default_branch: str = ""
    phases: Mapping[str, Phase] = field(default_factory=dict)
    """Label, casefolded → phase, in order of precedence."""
    bots: frozenset[str] = frozenset()
    """Casefolded logins."""
    date_fields: Mapping[str, str] = field(default_factory=dict)
    project_fields: Mapping[str, str] = field(default_factory=dict)
    """Field of a project, casefolded → what it means."""
    today: date | None = None
    """By the provider's clock."""
    owners: CodeOwners = NOBODY
    milestones: Mapping[str, ItemKey] = field(default_factory=dict)
    """Title → identity."""

    def key(self, kind: Kind, native_id: int | str) -> ItemKey:
        """Identity of one of its items."""
        return ItemKey(self.source, kind, str(native_id))

    def ref(self, item: int) -> str:
        """What people call issue or pull request `item` now."""
        return f"{self.full_name}#{item}"

    def aliases(self, item: int) -> tuple[str, ...]:
        """What they called it before, or call it by the configured name."""
        names = dict.fromkeys((*self.former, self.scope))
        return tuple(f"{name}#{item}" for name in names if name != self.full_name)
