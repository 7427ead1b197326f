"""Asks connectors and notifiers how they are, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from syncd.errors import SyncdError
from syncd.interfaces import Check, Connector, Mark, Store


def checks_of(build: Callable[[], Connector]) -> Iterator[Check]:
    """The checks of a connector, which is built for them and closed after."""
    try:
        connector = build()
    except SyncdError as error:
        yield _failed(error)
        return
    try:
        yield from guarded(connector.check)
    finally:
        connector.close()


def guarded(check: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """The checks, with an error on the way as the last one, failed."""
    try:
        yield from check()
    except SyncdError as error:
        yield _failed(error)


def store_check(store: Store) -> Iterator[Check]:
    """Whether the store can be read from its first to its last byte."""
    store.check()
    yield Check(mark=Mark.OK, text=f"can be read as a whole, {store.size() / 1e6:.1f} MB")


def _failed(error: SyncdError) -> Check:
    return Check(mark=Mark.FAILED, text=str(error), fix=error.hint, exit_code=error.exit_code)
