"""Where a page of simulated events begins and ends."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

from syncd.demo.simulators.google_rows import HeldCalendar, Raw


def placed(held: HeldCalendar, rows: list[Raw]) -> Iterator[tuple[tuple[int, int], Raw]]:
    """Rows with their places: the edit that they are from, and which of its rows they are."""
    last, number = 0, 0
    for row in rows:
        edit = held.edits.get(str(row["id"])) or held.edits[str(row["recurringEventId"])]
        last, number = edit, number + 1 if edit == last else 1
        yield (edit, number), row


def page_token(token: str) -> tuple[str, tuple[int, int]] | None:
    """(mark of the query, place after which a page begins) of a token; None without one."""
    if not token:
        return None
    try:
        mark, (edit, number) = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError):
        return "unknown", (0, 0)
    return str(mark), (int(edit), int(number))
