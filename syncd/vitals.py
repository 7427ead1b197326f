"""What the service can be asked about itself, by whatever answers machines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """What the service tells of itself; each is asked at each request, in another thread."""

    silent_for: Callable[[], float]
    """Seconds since its loop, or a page that was read in it, gave a sign of life."""
    ready: Callable[[], str]
    """Why it is not ready: "" if the store answers and the configuration is valid."""
    metrics: Callable[[], str]
