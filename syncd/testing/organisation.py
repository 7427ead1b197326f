"""Short ways to write teams, people, programs and configurations in tests."""

from __future__ import annotations

from typing import Any

from syncd.model.calendar import WorkingCalendar
from syncd.model.people import DeclaredDeliverable, Person, Program, Team
from syncd.reconciler.config import ReconcilerConfig


def team(id: str = "payments", *owns: str, **fields: Any) -> Team:  # noqa: A002
    """A team whose name is its id with a capital; owns e.g. `jira:PAY`."""
    return Team(id=id, name=fields.pop("name", id.title()), owns=owns, **fields)


def person(id: str = "dana", **fields: Any) -> Person:  # noqa: A002
    """A person with an address at example.com."""
    return Person(
        id=id,
        name=fields.pop("name", id.title()),
        email=fields.pop("email", f"{id}@example.com"),
        **fields,
    )


def program(id: str = "checkout", *, teams: tuple[str, ...] = (), **fields: Any) -> Program:  # noqa: A002
    """A program whose name is its id with a capital."""
    return Program(id=id, name=fields.pop("name", id.title()), teams=teams, **fields)


def declared(id: str = "checkout", *match: str, **fields: Any) -> DeclaredDeliverable:  # noqa: A002
    """A declared deliverable that binds what the selectors match."""
    return DeclaredDeliverable(id=id, name=fields.pop("name", id.title()), match=match, **fields)


def config(**fields: Any) -> ReconcilerConfig:
    """A configuration with the three teams of the house: payments, ledger, mobile."""
    fields.setdefault(
        "teams",
        (
            team("payments", "jira:PAY", "github:acme/payments"),
            team("ledger", "jira:LED", "github:acme/ledger"),
            team("mobile", "jira:MOB", "github:acme/mobile"),
        ),
    )
    fields.setdefault("calendar", WorkingCalendar())
    return ReconcilerConfig(**fields)
