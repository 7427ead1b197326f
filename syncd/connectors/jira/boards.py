"""Boards and their sprints, as the readers of one Jira learn of them in a run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from syncd.connectors.jira.client import JiraClient
from syncd.connectors.jira.paging import board_sprints
from syncd.connectors.jira.sprints import Sprint, read_sprint
from syncd.connectors.jira.values import Malformed
from syncd.errors import NotVisible, SourceError, UnexpectedAnswer

SPRINTS_FRESH = timedelta(minutes=15)
"""Provider's time after which sprints are asked for again, though no issue changed."""
OPEN = ("active", "future")
ALL = (*OPEN, "closed")

Sprints = Mapping[str, Sprint]
"""By id."""


class Boards:
    """Thread-safe. Methods ask with the client of whoever calls; nothing is asked twice at once."""

    def __init__(self, projects: Sequence[str]) -> None:
        self.projects = projects
        self._lock = threading.RLock()
        self._answered = False
        self._refused: NotVisible | None = None
        self._homes: dict[str, str] = {}
        self._listed: dict[tuple[str, tuple[str, ...]], tuple[datetime, Sprints]] = {}

    def recall(self, homes: Mapping[str, str]) -> None:
        """Take up which project the sprints of each board belong to."""
        with self._lock:
            for board, home in homes.items():
                if home in self.projects:
                    self._homes.setdefault(board, home)

    def home(self, client: JiraClient, board: str | None) -> str:
        """The configured project that the sprints of a board belong to, whoever meets them first.

        That of the board's own location, else the first one that the board shows, else the first.
        """
        with self._lock:
            if not board:
                return self.projects[0]
            if board not in self._homes:
                self._homes[board] = self._find_home(client, board)
            return self._homes[board]

    def _find_home(self, client: JiraClient, board: str) -> str:
        try:
            location = client.board(board).get("location")
            key = location.get("projectKey") if isinstance(location, dict) else None
            if key in self.projects:
                return str(key)
            told = client.board_projects(board) if key is None else ()
        except (NotVisible, UnexpectedAnswer):
            told = ()
        shown = [each.get("key") for each in told if isinstance(each, dict)]
        return next((each for each in self.projects if each in shown), self.projects[0])

    def sprints(
        self, client: JiraClient, board: str, states: tuple[str, ...], scope: str
    ) -> Sprints:
        """Id → sprint of a board; () of one that does not tell its sprints (kanban, hidden, gone).

        Malformed ones are left out.
        """
        with self._lock:
            asked = self._listed.get((board, states))
            now = client.server_time()
            if asked is None or now - asked[0] >= SPRINTS_FRESH:
                asked = now, self._ask(client, board, states, scope)
                self._listed[board, states] = asked
            return asked[1]

    def _ask(self, client: JiraClient, board: str, states: tuple[str, ...], scope: str) -> Sprints:
        try:
            raws = self._answer(lambda: board_sprints(client, board, states, scope))
        except (NotVisible, UnexpectedAnswer):
            return {}
        return dict(_readable(raws))

    def sprint(self, client: JiraClient, native_id: str) -> Sprint:
        """A sprint by its id. Raises `NotVisible`, `UnexpectedAnswer` and `Malformed`."""
        return read_sprint(self._answer(lambda: client.sprint(native_id)))

    def _answer(self, ask: Callable[[], Any]) -> Any:
        # A credential that is refused for one sprint is refused for all: no need to try each.
        if self._refused is not None:
            raise self._refused
        try:
            answer = ask()
        except NotVisible as error:
            self._refused = error if error.status == 401 else None
            raise
        self._answered = True
        return answer

    def proves_gone(self, error: Exception) -> bool:
        """Whether a sprint that was answered with `error` is not there.

        Where nothing else about boards is answered, they are what is missing or hidden, not it.
        """
        return isinstance(error, NotVisible) and error.status == 404 and self._answered


def is_refused(error: Exception) -> bool:
    """Whether we have no right to what was asked: `doctor` tells that, for all of it at once."""
    return isinstance(error, SourceError) and error.status in (401, 403)


def _readable(raws: Sequence[Any]) -> Iterator[tuple[str, Sprint]]:
    for raw in raws:
        try:
            sprint = read_sprint(raw)
        except Malformed:
            continue
        yield sprint.id, sprint
