"""What `doctor` says of a credential that comments on GitHub: rights that lack, rights too many."""

from __future__ import annotations

from collections.abc import Iterator

from syncd.connectors.answers import failed_check
from syncd.connectors.github.client import GitHubClient
from syncd.connectors.github.rows import inner
from syncd.errors import NotVisible, SourceError
from syncd.interfaces import Check, Mark
from syncd.writeback.settings import GitHubCommentSettings

WANTED = {"issues": "write", "pull_requests": "write", "metadata": "read"}
ENOUGH = "Metadata: read, Issues and Pull requests: write"


def checks(client: GitHubClient, settings: GitHubCommentSettings, name: str) -> Iterator[Check]:
    """Of the credential, then of each repository that may be written to."""
    yield from _of_token(client, name) if settings.token else _of_app(client, name)
    for repo in settings.repos:
        yield from _of_repository(client, settings, repo, name)


def _of_token(client: GitHubClient, name: str) -> Iterator[Check]:
    headers = client.get("/user", where="the account of the token").headers
    scopes = headers.get("x-oauth-scopes", "").strip()
    if scopes:
        yield Check(
            mark=Mark.WARNING,
            text=f"a classic token may do far more than comment: {scopes}",
            fix=f"make a fine-grained token with {ENOUGH}, for notifiers.{name}",
        )
    else:
        yield Check(
            mark=Mark.NOTE,
            text="GitHub does not tell what a fine-grained token may write; the first note will",
        )


def _of_app(client: GitHubClient, name: str) -> Iterator[Check]:
    given = inner(client.installation(), "permissions")
    lacks = [right for right, level in WANTED.items() if given.get(right) not in (level, "write")]
    spare = [f"{right}: {given[right]}" for right in sorted(set(given) - set(WANTED))]
    if lacks:
        yield Check(
            mark=Mark.FAILED,
            text=f"the App lacks: {', '.join(f'{one}: {WANTED[one]}' for one in lacks)}",
            fix=f"give the App of notifiers.{name} {ENOUGH}",
            exit_code=4,
        )
    if spare:
        yield Check(
            mark=Mark.WARNING,
            text=f"the App may do more than it needs: {', '.join(spare)}",
            fix=f"leave the App of notifiers.{name} {ENOUGH}",
        )


def _of_repository(
    client: GitHubClient, settings: GitHubCommentSettings, repo: str, name: str
) -> Iterator[Check]:
    try:
        body = inner(client.get(f"/repos/{repo}", where=f"the repository {repo}").body)
    except NotVisible as error:
        error.hint = f"give the account of notifiers.{name} the repository {repo}"
        yield failed_check(error)
        return
    except SourceError as error:
        yield failed_check(error)
        return
    if body.get("private") is not True:
        yield Check(
            mark=Mark.WARNING,
            text=f"{repo} is public: everybody on the internet would read the notes"
            + ("" if settings.public else "; none is written"),
            fix=f"take {repo} out of notifiers.{name}.repos"
            + ("" if settings.public else f", or set notifiers.{name}.public = true"),
        )
