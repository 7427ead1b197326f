"""Credentials that end soon, where the provider tells: operators hear of each three times."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from syncd.alerts.routing import operator_notices
from syncd.model.alerts import Notification
from syncd.model.people import Person
from syncd.pulling import SourceReport

WARNINGS = (30, 7, 1)
"""Days before the end."""


def expiring(
    sources: Iterable[SourceReport], people: Iterable[Person], as_of: datetime
) -> tuple[Notification, ...]:
    """A service notice for each credential that ends within a warning; the same until the next."""
    everybody = tuple(people)
    found: list[Notification] = []
    for one in sources:
        if one.credential_until is None:
            continue
        left = one.credential_until - as_of
        reached = [days for days in WARNINGS if left <= timedelta(days=days)]
        if not reached:
            continue
        day = f"{one.credential_until:%Y-%m-%d}"
        effect = f"After {one.credential_until:%Y-%m-%d %H:%M} UTC {one.source} refuses to be read."
        cure = f"Make a new one, replace the secret's file, then type: syncd doctor {one.source}"
        found += operator_notices(
            everybody,
            f"The credential of {one.source} ends on {day}",
            (effect, cure),
            key=f"credential-ends {one.source} {day} {min(reached)}",
            as_of=as_of,
        )
    return tuple(found)
