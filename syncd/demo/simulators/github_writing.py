"""What a simulated GitHub lets credentials change: comments, and due dates of milestones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from syncd.demo.simulators import github_rows
from syncd.demo.simulators.github_access import Token, said
from syncd.demo.simulators.github_things import PACIFIC, Event, Item, Milestone, Repo
from syncd.demo.simulators.server import Answer, Handler, Request

REFUSED = "Resource not accessible by personal access token"


class Site(Protocol):
    """What these routes need of the simulator."""

    now: datetime

    @property
    def url(self) -> str:
        """Base address."""
        ...

    def route(self, method: str, pattern: str, handler: Handler) -> None:
        """See `Simulator`."""
        ...

    def token_of(self, request: Request) -> Token | None:
        """The credential of a request."""
        ...

    def page(self, request: Request, rows: list[Any]) -> Answer:
        """The rows that a request asks for."""
        ...

    def of_item(
        self,
        request: Request,
        where: Mapping[str, str],
        number: str,
        then: Callable[[Item], Answer],
    ) -> Answer:
        """What `then` says of the item, if it may be seen."""
        ...

    def within(
        self,
        request: Request,
        where: Mapping[str, str],
        then: Callable[[Repo], Answer],
        right: str,
    ) -> Answer:
        """What `then` says of the repository, if it may be seen."""
        ...

    def comment(self, ref: str, *, by: str, text: str) -> Event:
        """A new comment."""
        ...

    def edit_comment(self, ref: str, number: int, text: str) -> None:
        """Rewrite one."""
        ...


def add_writing(sim: Site) -> None:
    """Answer the addresses that list comments and change things."""
    made = _Writing(sim)
    repo = r"/repos/(?P<owner>[^/]+)/(?P<name>[^/]+)"
    sim.route("GET", rf"{repo}/issues/(?P<number>\d+)/comments", made.comments)
    sim.route("POST", rf"{repo}/issues/(?P<number>\d+)/comments", made.comment)
    sim.route("PATCH", rf"{repo}/issues/comments/(?P<comment>\d+)", made.edit_comment)
    sim.route("GET", rf"{repo}/milestones/(?P<number>\d+)", made.milestone)
    sim.route("PATCH", rf"{repo}/milestones/(?P<number>\d+)", made.edit_milestone)


class _Writing:
    def __init__(self, sim: Site) -> None:
        self.sim = sim

    def comments(self, request: Request, number: str, **where: str) -> Answer:
        def listed(item: Item) -> Answer:
            rows = [
                github_rows.comment(each, item, self.sim.url)
                for each in item.events
                if each.kind == "commented"
            ]
            return self.sim.page(request, rows)

        return self.sim.of_item(request, where, number, listed)

    def comment(self, request: Request, number: str, **where: str) -> Answer:
        token = self.sim.token_of(request)

        def made(item: Item) -> Answer:
            if not _may_write(token, item) or token is None:
                return said(403, REFUSED)
            if item.locked:
                return said(403, "Unable to create comment because issue is locked.")
            text = request.json().get("body")
            if not isinstance(text, str) or not text:
                return said(422, "Validation Failed")
            event = self.sim.comment(item.ref, by=token.login, text=text)
            return Answer(status=201, body=github_rows.comment(event, item, self.sim.url))

        return self.sim.of_item(request, where, number, made)

    def edit_comment(self, request: Request, comment: str, **where: str) -> Answer:
        token = self.sim.token_of(request)

        def edited(repo: Repo) -> Answer:
            for item in repo.items.values():
                for event in item.events:
                    if event.kind == "commented" and event.id == int(comment):
                        if token is None or not _may_write(token, item):
                            return said(403, REFUSED)
                        self.sim.edit_comment(item.ref, event.id, request.json()["body"])
                        return Answer(body=github_rows.comment(event, item, self.sim.url))
            return said(404, "Not Found")

        return self.sim.within(request, where, edited, "issues")

    def milestone(self, request: Request, number: str, **where: str) -> Answer:
        def one(repo: Repo) -> Answer:
            found = repo.milestones.get(int(number))
            if found is None:
                return said(404, "Not Found")
            return Answer(body=github_rows.milestone(found, repo, self.sim.url))

        return self.sim.within(request, where, one, "issues")

    def edit_milestone(self, request: Request, number: str, **where: str) -> Answer:
        token = self.sim.token_of(request)

        def edited(repo: Repo) -> Answer:
            found = repo.milestones.get(int(number))
            if found is None:
                return said(404, "Not Found")
            if token is None or "issues" not in token.writes:
                return said(403, REFUSED)
            self._set_due(found, request.json().get("due_on"))
            return Answer(body=github_rows.milestone(found, repo, self.sim.url))

        return self.sim.within(request, where, edited, "issues")

    def _set_due(self, found: Milestone, text: object) -> None:
        # The day by the clock of the west coast is all that is kept.
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
        found.due = moment.astimezone(PACIFIC).date() if moment else None
        found.updated_at = self.sim.now


def _may_write(token: Token | None, item: Item) -> bool:
    right = "pull_requests" if item.pull_id else "issues"
    return token is not None and right in token.writes
