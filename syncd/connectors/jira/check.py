"""What `syncd doctor` says about a Jira source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from syncd.connectors.jira.client import JiraClient
from syncd.connectors.jira.fields import closest, find_fields
from syncd.connectors.jira.settings import JiraSettings
from syncd.errors import AuthError, NotVisible, SourceError
from syncd.interfaces import Check, Mark

_WANTED = {
    "start": "Start date",
    "target_end": "Target end",
    "points": "Story points",
    "sprint": "Sprint",
}
"""Fields whose absence costs something → their usual name."""


def checks(client: JiraClient, settings: JiraSettings, name: str) -> Iterator[Check]:
    """Reachable, signed in, projects, fields, requests left; stops where going on is useless."""
    try:
        info = client.server_info()
        kind = "Jira Cloud" if client.is_cloud else f"Jira Data Center {info.get('version', '')}"
        yield Check(mark=Mark.OK, text=f"{kind.strip()} at {settings.url}")
        me = client.myself()
        who = me.get("displayName") or me.get("name") or me.get("accountId")
        yield Check(mark=Mark.OK, text=f"signed in as {who}")
        yield from _projects(client, settings, name)
        yield from _fields(client.fields(), settings, name)
    except SourceError as error:
        yield _failed(error)
        return
    yield from _budget(client)


def _projects(client: JiraClient, settings: JiraSettings, name: str) -> Iterator[Check]:
    readable = []
    for key in settings.projects:
        try:
            client.project(key)
        except NotVisible:
            yield Check(
                mark=Mark.FAILED,
                text=f"project {key}: renamed, deleted, or no right to see it",
                fix=f'give the account "Browse projects" in {key}, or take {key} out of '
                f"sources.{name}.projects",
                exit_code=4,
            )
        else:
            readable.append(key)
    if readable:
        count = f"{len(readable)} of {len(settings.projects)}"
        yield Check(mark=Mark.OK, text=f"{count} projects readable: {', '.join(readable)}")


def _fields(answer: Sequence[Any], settings: JiraSettings, name: str) -> Iterator[Check]:
    chosen = settings.fields.model_dump()
    ids = find_fields(answer, chosen).by_meaning()
    known = {str(each.get("id")) for each in answer if isinstance(each, dict)}
    for meaning, native_id in chosen.items():
        if native_id and native_id not in known:
            yield Check(
                mark=Mark.FAILED,
                text=f"field {native_id}, set as {meaning}, does not exist",
                fix=f"correct sources.{name}.fields.{meaning}",
                exit_code=3,
            )
    found = [f"{meaning} = {', '.join(ids[meaning])}" for meaning in _WANTED if ids[meaning]]
    if found:
        yield Check(mark=Mark.OK, text=f"fields: {'; '.join(found)}")
    for meaning, usual in _WANTED.items():
        if not ids[meaning]:
            yield _missing(answer, meaning, usual, name)


def _missing(answer: Sequence[Any], meaning: str, usual: str, name: str) -> Check:
    near = closest(answer, usual)
    fix = f'set sources.{name}.fields.{meaning} = "customfield_…" if the site has one'
    if near:
        fix = f'set sources.{name}.fields.{meaning} = "{near[0]}" if "{near[1]}" is it'
    return Check(mark=Mark.WARNING, text=f'no field "{usual}": {meaning} stays unknown', fix=fix)


def _budget(client: JiraClient) -> Iterator[Check]:
    left, limit = client.meter.remaining, client.meter.limit
    if left is not None and limit:
        mark = Mark.WARNING if left < limit / 10 else Mark.OK
        yield Check(mark=mark, text=f"{left:,} of {limit:,} requests left".replace(",", " "))


def _failed(error: SourceError) -> Check:
    code = 4 if isinstance(error, AuthError) else 3
    return Check(mark=Mark.FAILED, text=str(error), fix=error.hint, exit_code=code)
