"""Forecasts as they were made, kept to learn from what came true."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, select

from syncd.model.forecasts import PastForecast
from syncd.store.batch import put
from syncd.store.columns import from_micros, to_micros
from syncd.store.documents import forecast_of, forecast_text
from syncd.store.schema import forecasts

OUTCOME = ("done_on", "taken_out", "settled_at")
FIRST_TO_WAKE = timedelta(hours=14)
"""How far the earliest zone is ahead of UTC."""
NAMES = ("subject", "made_at", "made_on", *OUTCOME, "document")


def keep(conn: Connection, found: Iterable[PastForecast], at: datetime) -> None:
    """Store new forecasts, and the outcome of earlier ones; what they said is never changed."""
    put(
        conn,
        forecasts,
        NAMES,
        [
            (
                one.forecast.subject, to_micros(one.made_at), one.made_on.isoformat(),
                one.done_on and one.done_on.isoformat(), one.taken_out,
                to_micros(at) if one.done_on else None, forecast_text(one.forecast),
            )
            for one in found
        ],
        key=("subject", "made_at"),
        update=OUTCOME,
    )  # fmt: skip


def read(conn: Connection, as_of: datetime, known_by: datetime | None) -> tuple[PastForecast, ...]:
    """Those made by `as_of`, oldest first; outcomes only of days that had come somewhere on earth.

    With `known_by` only what was stored before: the pass of that moment stores its own at the end.
    """
    known = to_micros(known_by) if known_by else None
    query = (
        select(forecasts)
        .where(forecasts.c.made_at <= to_micros(as_of))
        .order_by(forecasts.c.made_at, forecasts.c.subject)
    )
    if known is not None:
        query = query.where(forecasts.c.made_at < known)
    found, today = [], (as_of + FIRST_TO_WAKE).date()
    for row in conn.execute(query):
        done_on = date.fromisoformat(row.done_on) if row.done_on else None
        is_ahead = done_on is not None and done_on > today
        is_unlearned = known is not None and (row.settled_at or 0) >= known
        is_open = is_ahead or is_unlearned
        found.append(
            PastForecast(
                forecast=forecast_of(row.document),
                made_at=from_micros(row.made_at),
                made_on=date.fromisoformat(row.made_on),
                done_on=None if is_open else done_on,
                taken_out=0 if is_open else row.taken_out,
            )
        )
    return tuple(found)
