"""Which sources fail is known to the store, wherever they are read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from syncd.interfaces import Store


@contextmanager
def told(store: Store, source: str, failing: dict[str, str]) -> Iterator[None]:
    """While it is read `failing` knows whether it failed before, also on another machine."""
    failing.pop(source, None)
    for fresh in store.freshness():
        if fresh.scope.source == source and fresh.failing_since is not None:
            failing[source] = fresh.error
    try:
        yield
    finally:
        failing.pop(source, None)
