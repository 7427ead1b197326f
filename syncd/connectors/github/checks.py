"""What `syncd doctor` says of a GitHub source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from syncd.connectors.answers import http_date
from syncd.connectors.github.client import Answer, GitHubClient
from syncd.connectors.github.rows import inner, optional_text
from syncd.errors import AuthError, NotVisible, SourceError
from syncd.interfaces import Check, Mark

EXPIRES_SOON = 14
"""Days."""

_NEEDLESS = ("repo", "public_repo", "workflow", "delete_repo", "gist", "user")
_NEEDLESS_PREFIXES = ("admin:", "write:", "delete:")


def check(client: GitHubClient) -> Iterator[Check]:
    """Sign-in first; without it nothing else is worth asking."""
    try:
        signed_in = _signed_in(client)
    except SourceError as error:
        yield _failed(error)
        return
    yield signed_in[0]
    yield from _of_headers(client, signed_in[1])
    for repo in client.settings.repos:
        yield from _repository(client, repo)


def _signed_in(client: GitHubClient) -> tuple[Check, Answer]:
    if client.settings.token is None:
        answer = client.get("/rate_limit", where="the rate limit")
        return Check(mark=Mark.OK, text=f"signed in as GitHub App {client.settings.app_id}"), answer
    answer = client.get("/user", where="the account of the token")
    login = optional_text(inner({"body": answer.body}, "body"), "login")
    return Check(mark=Mark.OK, text=f"signed in as {login or 'an unnamed account'}"), answer


def _of_headers(client: GitHubClient, answer: Answer) -> Iterator[Check]:
    headers = answer.headers
    yield from _expiry(client, headers)
    needless = _needless(headers)
    if needless:
        yield Check(
            mark=Mark.WARNING,
            text=f"the token may do more than reading needs: {', '.join(needless)}",
            fix=f"make a fine-grained token with Metadata, Issues and Pull requests: read at "
            f"{client.renewal}",
        )
    if client.meter.remaining is not None and client.meter.limit:
        low = client.meter.remaining < client.meter.limit / 10
        yield Check(
            mark=Mark.WARNING if low else Mark.OK,
            text=f"{client.meter.remaining} of {client.meter.limit} requests left in this hour",
            fix="give syncd a token of its own, so that nothing else uses it up" if low else "",
        )


def _expiry(client: GitHubClient, headers: Mapping[str, str]) -> Iterator[Check]:
    ends = _instant(headers.get("github-authentication-token-expiration", ""))
    now = http_date(headers.get("date"))
    if ends is None or now is None:
        return
    days = (ends - now).days
    soon = days < EXPIRES_SOON
    yield Check(
        mark=Mark.WARNING if soon else Mark.OK,
        text=f"the token expires in {days} days, on {ends:%Y-%m-%d}",
        fix=f"make a new one at {client.renewal}" if soon else "",
    )


def _instant(text: str) -> datetime | None:
    """GitHub writes `2026-12-01 06:12:06 UTC`, or with an offset `-0700`."""
    try:
        found = datetime.fromisoformat(re.sub(r" ([+-])", r"\1", text.replace(" UTC", "+00:00")))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _needless(headers: Mapping[str, str]) -> list[str]:
    scopes = [each.strip() for each in headers.get("x-oauth-scopes", "").split(",")]
    return [s for s in scopes if s in _NEEDLESS or s.startswith(_NEEDLESS_PREFIXES)]


def _repository(client: GitHubClient, repo: str) -> Iterator[Check]:
    try:
        answer = client.get(f"/repos/{repo}", where=f"the repository {repo}")
        found = inner({"body": answer.body}, "body")
        for part in ("issues", "pulls", "milestones"):
            client.get(f"/repos/{repo}/{part}", {"per_page": 1}, where=f"the {part} of {repo}")
    except SourceError as error:
        yield _failed(error)
        return
    now = optional_text(found, "full_name")
    if now and now.casefold() != repo.casefold():
        yield Check(
            mark=Mark.WARNING,
            text=f"{repo} is called {now} now; it is still read",
            fix=f'write "{now}" in sources.{client.name}.repos',
        )
    else:
        yield Check(mark=Mark.OK, text=f"{repo}: issues, pull requests and milestones can be read")


def _failed(error: SourceError) -> Check:
    rights = isinstance(error, AuthError | NotVisible)
    return Check(mark=Mark.FAILED, text=str(error), fix=error.hint, exit_code=4 if rights else 3)
