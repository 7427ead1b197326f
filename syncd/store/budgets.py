"""What each provider lets syncd ask for, as its newest answer told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from syncd.interfaces import Budget
from syncd.store.batch import put
from syncd.store.columns import from_micros, instant_or_none, micros_or_none, to_micros
from syncd.store.schema import budgets


def note(conn: Connection, source: str, budget: Budget, at: datetime) -> None:
    """Replace what was known of a source."""
    names = ("source", "remaining", "whole", "reset_at", "noted_at")
    row = (source, budget.remaining, budget.limit, micros_or_none(budget.reset_at), to_micros(at))
    put(conn, budgets, names, [row], key=("source",), update=names[1:])


def read(conn: Connection) -> dict[str, tuple[Budget, datetime]]:
    """By source, sorted."""
    return {
        row.source: (
            Budget(
                remaining=row.remaining, limit=row.whole, reset_at=instant_or_none(row.reset_at)
            ),
            from_micros(row.noted_at),
        )
        for row in conn.execute(select(budgets).order_by(budgets.c.source))
    }
