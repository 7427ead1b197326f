"""Finds out whether a repository has news, with as few requests as the host allows."""

from __future__ import annotations

import base64
import logging
from collections.abc import Sequence
from typing import Any

from syncd.connectors.github import glimpse
from syncd.connectors.github.batches import Batches
from syncd.connectors.github.client import Answer, GitHubClient
from syncd.connectors.github.codeowners import NOBODY, PLACES, CodeOwners, parse
from syncd.connectors.github.cursor import Cursor
from syncd.connectors.github.glimpse import AT_ONCE, Glimpse, is_settled
from syncd.connectors.github.graphql_answers import GraphQLUnusable
from syncd.connectors.github.host import Host
from syncd.connectors.github.listing import update_times
from syncd.connectors.github.rows import inner, optional_text
from syncd.errors import NotVisible, TooLarge, Unavailable, UnexpectedAnswer

log = logging.getLogger(__name__)

RECENT = 30
"""Newest issues and pull requests whose tag tells, without GraphQL, whether there are new ones."""

_BIGGEST = 3 * 1024 * 1024
"""Bytes of a CODEOWNERS file; GitHub does not load a larger one."""


class Looker:
    """Looks at repositories for the pulls of one client."""

    def __init__(self, client: GitHubClient, host: Host) -> None:
        self.client, self.host = client, host
        self._batches = Batches(AT_ONCE, spares_lone=False)

    def glimpse(self, scope: str) -> Glimpse | None:
        """What a look at all repositories shows of this one; None where it can't be had so.

        One look serves one pull of each repository, in whichever thread that is.
        """
        with self.host.lock:
            if self.host.has_graphql and scope not in self.host.glimpses:
                try:
                    seen = self._batches.ask(self.client.settings.repos, self._look)
                except GraphQLUnusable as error:
                    log.info("%s: no GraphQL (%s); by REST", self.client.name, error)
                    self.host.has_graphql = False
                else:
                    names = (scope, *self.client.settings.repos)
                    self.host.glimpses = {name: seen.get(name) for name in names}
            return self.host.glimpses.pop(scope, None)

    def is_tagged_as(self, known: Cursor) -> bool:
        """Whether all answers that would tell of news are those of the cursor's tags.

        Not so where the repository is not shown any more: another one may have its name.
        """
        if len(known.etags) != len(_TELLING):
            return False
        try:
            return all(
                self._telling(known.repo, place, etag).unchanged
                for place, etag in enumerate(known.etags)
            )
        except NotVisible:
            return False

    def tags(self, repo: int) -> tuple[bool, tuple[str, ...]]:
        """Whether no late edit can hide behind the tags for `is_tagged_as`, and these."""
        answers = [self._telling(repo, place) for place in range(len(_TELLING))]
        tags = tuple(each.headers.get("etag", "") for each in answers)
        if not all(tags) or "next" in answers[0].headers.get("link", ""):
            return False, ()
        newest = answers[1].body if isinstance(answers[1].body, list) else []
        return is_settled(update_times(newest), RECENT, self.client.meter.date), tags

    def owners(self, repo: int, seen: Glimpse | None) -> CodeOwners:
        """The rules of its CODEOWNERS file; none where there is none or no right to read it."""
        if seen is not None and not seen.owners_path:
            return NOBODY
        place = (repo, seen.owners_id if seen else "")
        if place not in self.host.owners:
            places = (seen.owners_path,) if seen else PLACES
            self.host.owners[place] = self._read_owners(repo, places)
        return self.host.owners[place]

    def _read_owners(self, repo: int, places: Sequence[str]) -> CodeOwners:
        for path in places:
            try:
                answer = self.client.get(
                    f"/repositories/{repo}/contents/{path}", where=f"the code owners in {path}"
                )
            except NotVisible as error:
                if error.status == 403:
                    break
                continue
            except (Unavailable, UnexpectedAnswer, TooLarge) as error:
                # They are a help to reviews; nothing else waits for them.
                log.warning("%s: going on without code owners: %s", self.client.name, error)
                break
            found = inner(answer.body)
            return parse(_decoded(optional_text(found, "content")))
        return NOBODY

    def _look(self, repos: Sequence[str]) -> dict[str, Glimpse]:
        where = f"what is new in {len(repos)} repositories" if repos[1:] else f"news of {repos[0]}"
        data = self.client.query(glimpse.query(repos), {}, where=where, parts=len(repos))
        return glimpse.read(data, repos, self.client.meter.date)

    def _telling(self, repo: int, place: int, etag: str = "") -> Answer:
        path, query, what = _TELLING[place]
        return self.client.get(
            f"/repositories/{repo}{path}", query, where=f"{what} of repository {repo}", etag=etag
        )


_TELLING: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("/milestones", {"state": "all", "per_page": 100}, "the milestones"),
    (
        "/issues",
        {"state": "all", "sort": "updated", "direction": "desc", "per_page": RECENT},
        "the newest items",
    ),
)
"""Paths and queries whose tags stand for all that can be new in a repository."""


def _decoded(content: str) -> str:
    try:
        return base64.b64decode(content)[:_BIGGEST].decode("utf-8", "replace")
    except ValueError:
        return ""
