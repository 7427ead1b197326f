"""Progress that nobody watches."""

from syncd.errors import SyncdError


class Silent:
    """Says nothing of how far a pull is."""

    def started(self, source: str) -> None: ...
    def advanced(self, source: str, items: int, expected: int | None) -> None: ...
    def finished(self, source: str, changed: int, failure: SyncdError | None) -> None: ...
