"""What `syncd doctor` says of a GitHub source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from syncd.connectors.answers import failed_check, http_date, until
from syncd.connectors.github import graphql, queries
from syncd.connectors.github.client import Answer, GitHubClient
from syncd.connectors.github.codeowners import PLACES
from syncd.connectors.github.graphql_answers import GraphQLUnusable
from syncd.connectors.github.rows import Row, inner, optional_text, rows
from syncd.errors import NotVisible, SourceError
from syncd.interfaces import Check, Mark

EXPIRES_SOON = 14
"""Days."""

_READING = re.compile(r"read:\w+|user:email")
"""Scopes of a classic token that let nothing be changed."""

_USEFUL = frozenset({"checks", "contents", "issues", "metadata", "pull_requests", "statuses"})
"""Rights of an App that reading makes use of, projects aside."""

_BUDGETS = {"core": "requests", "graphql": "GraphQL points"}


def check(client: GitHubClient) -> Iterator[Check]:
    """Sign-in first; without it nothing else is worth asking."""
    try:
        signed_in, answer = _signed_in(client)
    except SourceError as error:
        yield failed_check(error)
        return
    yield signed_in
    yield from _expiry(client, answer.headers)
    yield from _needless(client, answer.headers)
    yield from _budgets(client)
    for repo in client.settings.repos:
        yield from _repository(client, repo)


def _signed_in(client: GitHubClient) -> tuple[Check, Answer]:
    if client.settings.token is None:
        answer = client.get("/rate_limit", where="the rate limit")
        return Check(mark=Mark.OK, text=f"signed in as GitHub App {client.settings.app_id}"), answer
    answer = client.get("/user", where="the account of the token")
    login = optional_text(inner(answer.body), "login")
    return Check(mark=Mark.OK, text=f"signed in as {login or 'an unnamed account'}"), answer


def _expiry(client: GitHubClient, headers: Mapping[str, str]) -> Iterator[Check]:
    ends = until(headers.get("github-authentication-token-expiration"))
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


def _needless(client: GitHubClient, headers: Mapping[str, str]) -> Iterator[Check]:
    """Rights that were given and are not made use of."""
    enough = "Metadata, Issues, Pull requests and Contents: read"
    if client.settings.token is None:
        found = _of_installation(client)
        fix = f"leave the App {enough}, in its settings at {client.renewal}"
    else:
        scopes = [each.strip() for each in headers.get("x-oauth-scopes", "").split(",")]
        found = [scope for scope in scopes if scope and not _READING.fullmatch(scope)]
        fix = f"make a fine-grained token with {enough} at {client.renewal}"
    if found:
        what = "App" if client.settings.token is None else "token"
        text = f"the {what} may do more than reading needs: {', '.join(found)}"
        yield Check(mark=Mark.WARNING, text=text, fix=fix)


def _of_installation(client: GitHubClient) -> list[str]:
    try:
        given = inner(client.installation(), "permissions")
    except NotVisible:
        return []
    wanted = _USEFUL | {right for right, _ in client.settings.rights}
    return [f"{k}: {v}" for k, v in sorted(given.items()) if v != "read" or k not in wanted]


def _budgets(client: GitHubClient) -> Iterator[Check]:
    try:
        answer = client.get("/rate_limit", where="the rate limit")
    except NotVisible:
        # An Enterprise Server limits nothing unless told to.
        return
    parts = inner(answer.body, "resources")
    for resource, what in _BUDGETS.items():
        left, limit = (inner(parts, resource).get(name) for name in ("remaining", "limit"))
        if not (isinstance(left, int) and isinstance(limit, int) and limit):
            continue
        low = left * 10 < limit
        yield Check(
            mark=Mark.WARNING if low else Mark.OK,
            text=f"{left} of {limit} {what} left in this hour",
            fix="give syncd a token of its own, so that nothing else uses it up" if low else "",
        )


def _repository(client: GitHubClient, repo: str) -> Iterator[Check]:
    try:
        answer = client.get(f"/repos/{repo}", where=f"the repository {repo}")
    except SourceError as error:
        yield failed_check(error)
        return
    found = inner(answer.body)
    failed = list(_unreadable(client, repo))
    yield from failed
    yield from _of_name(client, repo, found)
    if found.get("archived") is True:
        yield Check(
            mark=Mark.WARNING,
            text=f"{repo} is archived: what is open there can neither be closed nor moved",
            fix=f'take "{repo}" out of sources.{client.name}.repos',
        )
    if not failed:
        text = f"{repo}: issues, pull requests and milestones can be read"
        if found.get("has_issues") is False:
            text = f"{repo}: pull requests can be read; issues are switched off there"
        yield Check(mark=Mark.OK, text=text)
    yield from _owners(client, repo)
    if client.settings.project_fields:
        yield _projects(client, repo)


def _unreadable(client: GitHubClient, repo: str) -> Iterator[Check]:
    for part in ("issues", "pulls", "milestones"):
        try:
            client.get(f"/repos/{repo}/{part}", {"per_page": 1}, where=f"the {part} of {repo}")
        except SourceError as error:
            yield failed_check(error)


def _of_name(client: GitHubClient, repo: str, found: Row) -> Iterator[Check]:
    now = optional_text(found, "full_name")
    if now and now.casefold() in (r.casefold() for r in client.settings.repos if r != repo):
        yield Check(
            mark=Mark.FAILED,
            text=f"{repo} is called {now} now, which is read as well",
            fix=f'take "{repo}" out of sources.{client.name}.repos',
            exit_code=3,
        )
    elif now and now.casefold() != repo.casefold():
        yield Check(
            mark=Mark.WARNING,
            text=f"{repo} is called {now} now; it is still read",
            fix=f'write "{now}" in sources.{client.name}.repos',
        )


def _owners(client: GitHubClient, repo: str) -> Iterator[Check]:
    """That code owners are not read is worth a word, not a warning: all else works without."""
    where = f"the code owners of {repo}"
    try:
        client.get(f"/repos/{repo}/contents/{PLACES[0]}", where=where)
    except NotVisible as error:
        if error.status == 403:
            text = f"{repo}: code owners are not read, the right contents=read is missing"
            yield Check(mark=Mark.NOTE, text=text)
    except SourceError as error:
        yield failed_check(error)


def _projects(client: GitHubClient, repo: str) -> Check:
    owner, _, name = repo.partition("/")
    where = f"the projects of {repo}"
    section = f"sources.{client.name}"
    if client.settings.use_graphql == "never":
        return Check(
            mark=Mark.WARNING,
            text=f"{repo}: fields of projects are told by GraphQL only, which is switched off",
            fix=f"take use_graphql or project_fields out of {section}",
        )
    try:
        data: Mapping[str, Any] = client.query(queries.planned(owner, name), {}, where=where)
        items = _planned(inner(data, "repository"))
        seen = not any(graphql.is_withheld(item) for item in items)
    except GraphQLUnusable:
        items, seen = [], False
    except SourceError as error:
        return failed_check(error)
    if seen:
        return _named_fields(client, repo, items)
    return Check(
        mark=Mark.WARNING,
        text=f"{repo}: fields of projects can't be read; going on without them",
        fix="give the token the right organization_projects=read (a classic one: read:project), "
        f"or take project_fields out of {section}",
    )


def _planned(repository: Row) -> list[Row]:
    """Its newest items, with the projects that they are in."""
    parts = ("issues", "pullRequests")
    return [item for part in parts for item in rows(inner(repository, part).get("nodes"))]


def _named_fields(client: GitHubClient, repo: str, items: Iterable[Row]) -> Check:
    """Whether the projects have the fields that the configuration names."""
    found = [
        {optional_text(field, "name").casefold() for field in rows(fields.get("nodes"))}
        for item in items
        for each in rows(inner(item, "projectItems").get("nodes"))
        if (fields := inner(each, "project", "fields"))
    ]
    known = set[str]().union(*found)
    lacking = [name for name in client.settings.project_fields if name.casefold() not in known]
    if not (found and lacking):
        return Check(mark=Mark.OK, text=f"{repo}: fields of projects can be read")
    return Check(
        mark=Mark.WARNING,
        text=f"{repo}: no project of its newest items has a field {', '.join(lacking)}",
        fix=f"name fields as projects call them in sources.{client.name}.project_fields",
    )
