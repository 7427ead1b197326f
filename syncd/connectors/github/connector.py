"""The GitHub connector: its scopes are repositories, read one at a time by each of its forks."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from syncd.connectors.answers import readable
from syncd.connectors.github import checks
from syncd.connectors.github.client import GitHubClient
from syncd.connectors.github.cursor import Cursor
from syncd.connectors.github.detail_reader import DetailReader
from syncd.connectors.github.discovery import repositories
from syncd.connectors.github.host import Host
from syncd.connectors.github.looking import Looker
from syncd.connectors.github.pull import Pull, digest
from syncd.connectors.github.settings import Settings as GitHubSettings
from syncd.connectors.github.sweep import Sweep
from syncd.connectors.http import Limits, Meter
from syncd.discovering import Found
from syncd.errors import CursorExpired, SourceError, UnexpectedAnswer
from syncd.interfaces import INTERFACE, Check, Page
from syncd.model.items import ItemKey


class GitHubConnector:
    """Reads the configured repositories of one host. A scope is a repository, `owner/name`."""

    interface = INTERFACE
    Settings = GitHubSettings

    def __init__(
        self,
        name: str,
        settings: GitHubSettings,
        *,
        limits: Limits | None = None,
        host: Host | None = None,
    ) -> None:
        self.name, self.settings, self.limits = name, settings, limits
        self.host = host or Host(settings)
        self.stop = threading.Event()
        self.client = GitHubClient(name, settings, self.stop, limits=limits, meter=self.host.meter)
        self.details = DetailReader(self.client, self.host)
        self.looker = Looker(self.client, self.host)
        self._last: dict[str, Pull] = {}
        """Scope → its newest pull, which knows where the repository stands."""

    @property
    def meter(self) -> Meter:
        """The provider's clock and what is left of its rate budgets."""
        return self.host.meter

    def fork(self) -> GitHubConnector:
        """Another reader of the same host, which shares what was learned about it."""
        return type(self)(self.name, self.settings, limits=self.limits, host=self.host)

    def scopes(self) -> Sequence[str]:
        """The configured repositories."""
        return self.settings.repos

    def check(self) -> Iterator[Check]:
        """Signed in as whom, for how long, with which rights, and what can be read."""
        return checks.check(self.client)

    def discover(self) -> Iterator[Found]:
        """Every repository that the credential was given, with its open issues and changes."""
        with self._naming(""):
            yield from repositories(self.client)

    def pull(self, scope: str, cursor: str | None) -> Iterator[Page]:
        """See `Connector.pull`. Raises SourceError classes only."""
        with self._naming(scope):
            pull = Pull(self.client, self.looker, self.details, scope, cursor)
            self._last[scope] = pull
            yield from pull.pages()

    def reads_as(self, scope: str, cursor: str) -> bool:
        """Whether a position is of settings that read alike."""
        with suppress(CursorExpired):
            return bool(scope) and Cursor.read(cursor).settings == digest(self.settings)
        return False

    def sweep(self, scope: str, held: Mapping[ItemKey, str]) -> Iterator[Page]:
        """See `Sweeping.sweep`. Raises SourceError classes only."""
        with self._naming(scope):
            pull = self._last.get(scope)
            if pull is None or pull.at is None:
                raise UnexpectedAnswer(f"{scope} was not read yet; a sweep follows a pull")
            yield from Sweep(self.client, self.host, pull.at, held).pages()

    @contextmanager
    def _naming(self, scope: str) -> Iterator[None]:
        try:
            with readable(scope):
                yield
        except SourceError as error:
            error.source, error.scope = self.name, scope
            raise

    def close(self) -> None:
        """Give back the connections; a wait that is going on ends."""
        self.client.close()
