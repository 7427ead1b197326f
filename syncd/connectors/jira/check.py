"""What `syncd doctor` says about a Jira source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from syncd.connectors.jira.client import JiraClient
from syncd.connectors.jira.fields import MEANINGS, Ids, closest, find_fields
from syncd.connectors.jira.phases import has_category
from syncd.connectors.jira.rights import board_check, project_checks, token_check
from syncd.connectors.jira.settings import JiraSettings
from syncd.errors import AuthError, SourceError
from syncd.interfaces import Check, Mark
from syncd.text import grouped

_WANTED = {
    "start": "Start date",
    "target_end": "Target end",
    "points": "Story points",
    "sprint": "Sprint",
}
"""Fields whose absence costs something → their usual name."""
_DATES = frozenset({"start", "target_start", "target_end"})
MOST_TOLD = 5


def checks(client: JiraClient, settings: JiraSettings, name: str) -> Iterator[Check]:
    """Reachable, signed in, rights, fields, statuses, requests left; stops where it is useless."""
    try:
        info = client.server_info()
        kind = "Jira Cloud" if client.is_cloud else f"Jira Data Center {info.get('version', '')}"
        yield Check(mark=Mark.OK, text=f"{kind.strip()} at {settings.url}")
        me = client.myself()
        who = me.get("displayName") or me.get("name") or me.get("accountId")
        yield Check(mark=Mark.OK, text=f"signed in as {who}")
        yield from token_check(client, me, name)
        seen: dict[str, str] = {}
        yield from project_checks(client, settings.projects, name, seen)
        yield from board_check(client, tuple(seen))
        yield from _fields(client.fields(), settings, seen, name)
        yield from _statuses(client.statuses(), settings, name)
    except SourceError as error:
        yield _failed(error)
        return
    yield from _budget(client)


def _fields(
    answer: Sequence[Any], settings: JiraSettings, projects: Mapping[str, str], name: str
) -> Iterator[Check]:
    known = {str(each.get("id")): each for each in answer if isinstance(each, dict)}
    for path, native_id in _chosen(settings):
        if native_id not in known:
            yield Check(
                mark=Mark.FAILED,
                text=f"field {native_id}, set as {path.rpartition('.')[2]}, does not exist",
                fix=f"correct sources.{name}.{path}",
                exit_code=3,
            )
    per = {
        key: find_fields(answer, settings.chosen(key), native_id).by_meaning()
        for key, native_id in (projects or {"": ""}).items()
    }
    yield from _found(per)
    for meaning in MEANINGS:
        for ids, keys in _alike(per, meaning).items():
            where = "" if len(keys) == len(per) else f" in {', '.join(keys)}"
            if len(ids) > 1:
                yield _several(meaning, [known[each] for each in ids], where, name)
            elif not ids and meaning in _WANTED:
                yield _missing(answer, meaning, where, name)


def _found(per: Mapping[str, Mapping[str, Ids]]) -> Iterator[Check]:
    firsts = {
        meaning: list(dict.fromkeys(ids[meaning][0] for ids in per.values() if ids[meaning]))
        for meaning in _WANTED
    }
    told = [f"{meaning} = {' or '.join(ids)}" for meaning, ids in firsts.items() if ids]
    if told:
        yield Check(mark=Mark.OK, text=f"fields: {'; '.join(told)}")


def _alike(per: Mapping[str, Mapping[str, Ids]], meaning: str) -> dict[Ids, list[str]]:
    """Candidates for a meaning → the projects that have just these."""
    found: dict[Ids, list[str]] = {}
    for key, ids in per.items():
        found.setdefault(ids[meaning], []).append(key)
    return found


def _chosen(settings: JiraSettings) -> Iterator[tuple[str, str]]:
    """(setting, field id) of every field that the configuration names."""
    sections = {"fields": settings.fields}
    sections |= {f"project_fields.{key}": own for key, own in settings.project_fields.items()}
    for section, chosen in sections.items():
        for meaning, native_id in chosen.model_dump().items():
            if native_id:
                yield f"{section}.{meaning}", native_id


def _several(meaning: str, rows: Sequence[Any], where: str, name: str) -> Check:
    first = rows[0]["id"]
    told = ", then ".join(f'{row["id"]} "{row.get("name")}"' for row in rows[:MOST_TOLD])
    more = f" and {len(rows) - MOST_TOLD} more" if len(rows) > MOST_TOLD else ""
    text = (
        f"{len(rows)} fields can be {meaning}{where}; the first with a value counts: {told}{more}"
    )
    if meaning not in _DATES:
        return Check(mark=Mark.NOTE, text=text)
    fix = f'if only one is meant: sources.{name}.fields.{meaning} = "{first}"'
    return Check(mark=Mark.WARNING, text=text, fix=fix)


def _statuses(answer: Sequence[Any], settings: JiraSettings, name: str) -> Iterator[Check]:
    phases = {each.casefold() for each in settings.phases}
    odd = sorted(
        {
            str(each.get("name"))
            for each in answer
            if isinstance(each, dict)
            and not has_category(each)
            and str(each.get("name")).casefold() not in phases
        }
    )
    if odd:
        told = ", ".join(f'"{each}"' for each in odd[:MOST_TOLD])
        more = f" and {len(odd) - MOST_TOLD} more" if len(odd) > MOST_TOLD else ""
        yield Check(
            mark=Mark.WARNING,
            text=f"no known category tells where work in these statuses stands: {told}{more}",
            fix=f'set sources.{name}.phases = {{ "{odd[0]}" = "active" }} with what each means',
        )


def _missing(answer: Sequence[Any], meaning: str, where: str, name: str) -> Check:
    usual = _WANTED[meaning]
    near = closest(answer, usual)
    fix = f'set sources.{name}.fields.{meaning} = "customfield_…" if the site has one'
    if near:
        fix = f'set sources.{name}.fields.{meaning} = "{near[0]}" if "{near[1]}" is it'
    return Check(
        mark=Mark.WARNING, text=f'no field "{usual}"{where}: {meaning} stays unknown', fix=fix
    )


def _budget(client: JiraClient) -> Iterator[Check]:
    left, limit = client.meter.remaining, client.meter.limit
    if left is not None and limit:
        mark = Mark.WARNING if left < limit / 10 else Mark.OK
        yield Check(mark=mark, text=f"{grouped(left)} of {grouped(limit)} requests left")


def _failed(error: SourceError) -> Check:
    code = 4 if isinstance(error, AuthError) else 3
    return Check(mark=Mark.FAILED, text=str(error), fix=error.hint, exit_code=code)
