"""Which repository a configured name stands for, where a look does not tell it."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from syncd.connectors.github.client import GitHubClient
from syncd.connectors.github.cursor import Cursor
from syncd.connectors.github.glimpse import Glimpse
from syncd.connectors.github.rows import Malformed, number, optional_text, row, text
from syncd.errors import CursorExpired, NotVisible, UnexpectedAnswer

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A repository as REST describes it."""

    id: int
    full_name: str
    default_branch: str
    has_issues: bool


def find(client: GitHubClient, scope: str, known: Cursor | None) -> Found:
    """The repository of that name; by the id that is `known` where the name is no longer shown.

    Raises as `ensure_own`.
    """
    where = f"the repository {scope}"
    try:
        answer = client.get(f"/repos/{scope}", where=where)
    except NotVisible:
        if known is None:
            raise
        # Its owner's name may be somebody else's now, which ends all redirects from it.
        answer = client.get(f"/repositories/{known.repo}", where=where)
    try:
        told = row(answer.body, "the answer")
        found = Found(
            id=number(told, "id"),
            full_name=text(told, "full_name"),
            default_branch=optional_text(told, "default_branch"),
            has_issues=told.get("has_issues") is not False,
        )
    except Malformed as error:
        raise UnexpectedAnswer(f"{where}: {error}") from None
    ensure_own(client, scope, known, found)
    return found


def ensure_own(
    client: GitHubClient, scope: str, known: Cursor | None, found: Found | Glimpse
) -> None:
    """That the configured name is the only one of this repository, and no other one's by now.

    Raises CursorExpired where another repository has the name now, and UnexpectedAnswer where the
    repository is configured under its new name as well: two scopes would take its items from each
    other.
    """
    folded = found.full_name.casefold()
    if folded != scope.casefold() and folded in (r.casefold() for r in client.settings.repos):
        raise UnexpectedAnswer(
            f"{scope} is called {found.full_name} now, which is read as well",
            source=client.name,
            hint=f'take "{scope}" out of sources.{client.name}.repos',
        )
    if known is None or known.repo == found.id:
        return
    said = (
        f"{scope} is another repository now (id {found.id}; it was {known.repo}, last called "
        f"{known.name}): read in full, and what is held of the former is not shown"
    )
    log.warning("%s: %s", client.name, said)
    raise CursorExpired(said)
