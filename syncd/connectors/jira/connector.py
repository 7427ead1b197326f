"""Reads the projects of one Jira: pulls, sweeps, and what `doctor` asks."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from syncd.connectors.answers import readable
from syncd.connectors.http import Limits, Meter
from syncd.connectors.jira.check import checks
from syncd.connectors.jira.client import Deployment, JiraClient
from syncd.connectors.jira.cursors import digest, parse
from syncd.connectors.jira.discovery import projects
from syncd.connectors.jira.learned import Learned
from syncd.connectors.jira.pull import Pull
from syncd.connectors.jira.settings import JiraSettings
from syncd.connectors.jira.sweep import Sweep
from syncd.discovering import Found
from syncd.errors import SourceError
from syncd.interfaces import INTERFACE, Check, Page
from syncd.model.items import ItemKey


class JiraConnector:
    """Reads the configured projects of one Jira site, Cloud or Data Center."""

    interface = INTERFACE
    Settings = JiraSettings

    def __init__(
        self,
        name: str,
        settings: JiraSettings,
        *,
        limits: Limits | None = None,
        parent: JiraConnector | None = None,
    ) -> None:
        self.name, self.settings, self.limits = name, settings, limits
        self.learned: Learned = parent.learned if parent else Learned(name, settings)
        deployment: Deployment | None = parent.client.deployment if parent else None
        meter: Meter | None = parent.client.meter if parent else None
        self.client: JiraClient = JiraClient(
            name, settings, threading.Event(), limits=limits, deployment=deployment, meter=meter
        )
        self._last: Pull | None = None

    def fork(self) -> JiraConnector:
        """Another reader of the same site, for another thread."""
        return JiraConnector(self.name, self.settings, limits=self.limits, parent=self)

    @property
    def meter(self) -> Meter:
        """The provider's clock and what is left of its rate budget."""
        return self.client.meter

    def scopes(self) -> Sequence[str]:
        """The configured project keys."""
        return self.settings.projects

    def check(self) -> Iterator[Check]:
        """Reachable, signed in, rights, fields and statuses of each project, requests left."""
        return checks(self.client, self.settings, self.name)

    def discover(self) -> Iterator[Found]:
        """Every project that the account may browse, with how many issues are open."""
        with self._named(""):
            yield from projects(self.client, self.settings.projects)

    def close(self) -> None:
        """Give back the connections; a wait that is going on ends."""
        self.client.close()

    def pull(self, scope: str, cursor: str | None) -> Iterator[Page]:
        """Issues of a project updated since `cursor`, its versions, and the sprints they name."""
        with self._named(scope):
            self._last = Pull(self.client, self.learned, scope, parse(cursor))
            yield from self._last.pages()

    def reads_as(self, scope: str, cursor: str) -> bool:
        """Whether a position is of settings, fields and statuses that read alike."""
        known, last = parse(cursor), self._last
        if known is None or known.settings != digest(self.settings, scope):
            return False
        return last is None or last.scope != scope or last.reads_as(known)

    def sweep(self, scope: str, held: Mapping[ItemKey, str]) -> Iterator[Page]:
        """What became of the held issues and sprints of a project."""
        with self._named(scope):
            last = self._last
            if last is None or last.scope != scope:
                last = Pull(self.client, self.learned, scope, None)
            yield from Sweep(last, held).pages()

    @contextmanager
    def _named(self, scope: str) -> Iterator[None]:
        try:
            with readable(scope):
                yield
        except SourceError as error:
            error.source, error.scope = self.name, error.scope or scope
            raise
