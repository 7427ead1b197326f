"""Who is told of what, and who may see what, as the configuration says it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from syncd.model.findings import Severity
from syncd.model.people import Role

ANY_SCOPE = "*"
"""In an `Audience`: every scope of the source that has no audience of its own."""


class Pace(StrEnum):
    """When those whom a route reaches are told."""

    USUAL = "usual"
    """As without routes: at once from high on, within their noise budget."""
    NOW = "now"
    """At once whatever the severity; quiet hours and a reader's own digests still hold."""
    DIGEST = "digest"
    """With the next digest, criticals excepted."""
    DROP = "drop"
    """Never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One line of the routing tree. Every condition that is given must hold."""

    id: str
    within: str = ""
    """The route that this one refines; "" = it stands on the first level."""
    programs: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    severity: Severity | None = None
    """At least."""
    tiers: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    """Person ids."""
    roles: tuple[Role, ...] = ()
    """Of the reader: others look at the next route."""
    to: tuple[str, ...] | None = None
    """Person ids, or the words of `syncd.alerts.recipients`; None = as the route around it says."""
    when: Pace | None = None
    """None = as the route around it says."""
    goes_on: bool = False
    """Whether the routes after it are looked at too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who may see one scope of a source."""

    source: str
    scope: str
    """Name of the scope, or `ANY_SCOPE`."""
    members: tuple[str, ...]
    """Ids of teams and people, roles, `everyone`, `operators`."""
