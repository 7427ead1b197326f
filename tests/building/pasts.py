"""Items as they were on a past day."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from syncd.model.history import Change, values_at
from syncd.model.items import Item


def rewind(item: Item, changes: Iterable[Change], as_of: datetime, **how: Any) -> Item | None:
    """The item as it was at `as_of`, by all of its changes; None if it was created later."""
    values = values_at(item, changes, as_of, **how)
    return None if values is None else replace(item, **values)
