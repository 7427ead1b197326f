"""Sprints read for their own sake: they start, move and end without any issue changing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from syncd.connectors.jira.boards import is_refused
from syncd.connectors.jira.client import JiraClient
from syncd.connectors.jira.issues import problem
from syncd.connectors.jira.learned import Learned
from syncd.connectors.jira.sprints import Sprint
from syncd.connectors.jira.values import Malformed
from syncd.errors import NotVisible, SourceError, UnexpectedAnswer
from syncd.interfaces import Page, Problem
from syncd.model.items import Milestone

MOST_ASKED = 100
"""Sprints that are asked for by id at a time, since no board lists them."""


class SprintReader:
    """Of one project, except `told`: ids of sprints that issues have just told of.

    `known` are the boards that issues named: others show their sprints on those as well.
    """

    def __init__(
        self,
        client: JiraClient,
        learned: Learned,
        scope: str,
        *,
        told: Collection[str],
        known: Collection[str],
    ) -> None:
        self.client, self.scope, self.told, self.known = client, scope, told, known
        self.boards, self.site = learned.boards, learned.plain_site(client)
        self.found: dict[str, Milestone] = {}
        """Id → sprint."""
        self._silent: dict[str, SourceError | Malformed] = {}

    def list(self, boards: Iterable[str], states: tuple[str, ...]) -> None:
        """All sprints of the boards that tell them, a request for each hundred."""
        for board in boards:
            for sprint in self.boards.sprints(self.client, board, states, self.scope).values():
                if sprint.board is None or sprint.board in self.known:
                    self._take(sprint, board)

    def ask(self, wanted: Mapping[str, str]) -> None:
        """Sprints by id (→ board, "" where that is unknown)."""
        for native_id, board in wanted.items():
            try:
                self._take(self.boards.sprint(self.client, native_id), board)
            except (NotVisible, UnexpectedAnswer, Malformed) as error:
                self._silent[native_id] = error

    def _take(self, sprint: Sprint, board: str) -> None:
        if sprint.id in self.told:
            return
        placed = replace(sprint, board=sprint.board or board or None)
        home = self.boards.home(self.client, placed.board)
        self.found[sprint.id] = self.site.milestone(placed, home)

    def gone(self) -> set[str]:
        """Those asked for that are not there any more; call it when all have been asked for."""
        return {each for each, error in self._silent.items() if self.boards.proves_gone(error)}

    def page(self) -> Page:
        """What was found, and in words why another one could not be read."""
        gone = self.gone()
        unread = {
            native_id: error
            for native_id, error in self._silent.items()
            if native_id not in gone and not is_refused(error)
        }
        return Page(items=tuple(self.found.values()), problems=tuple(map(_unread, unread.items())))


def _unread(entry: tuple[str, SourceError | Malformed]) -> Problem:
    native_id, error = entry
    return problem({"id": f"sprint-{native_id}"}, error)
