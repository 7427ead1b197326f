"""Jira issues of REST v2, as its search or issue answers were saved."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from syncd.connectors.file.content import Content, problem
from syncd.connectors.file.options import Options
from syncd.connectors.jira.mapping import Site, categories, find_fields, map_issue, map_version
from syncd.connectors.jira.values import parse_instant
from syncd.model.items import Issue, ItemKey, Milestone

Raw = Mapping[str, Any]
Placed = tuple[str, Raw]
"""`file:line` of a raw issue, and the issue."""

_SPRINT_TYPE = {"type": "array", "custom": "com.pyxis.greenhopper.jira:gh-sprint"}
_SPRINT_STATES = frozenset({"active", "closed", "future"})
_BAD = (ValueError, TypeError, KeyError, AttributeError, OverflowError)


def is_jira(value: Any) -> bool:
    """Whether a JSON value is an issue or a search answer of Jira."""
    if not isinstance(value, dict):
        return False
    return isinstance(value.get("issues"), list) or _is_issue(value)


def _is_issue(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("fields"), dict) and "key" in value


def read_jira_json(values: Iterable[tuple[str, Any]], options: Options) -> Content:
    """Issues, their history where the change log was saved, links, versions and sprints."""
    placed: list[Placed] = []
    names: dict[str, Any] = {}
    schema: dict[str, Any] = {}
    for place, value in values:
        names |= value.get("names") or {}
        schema |= value.get("schema") or {}
        issues = value.get("issues", [value])
        placed.extend(
            (f"{place}, issue {number}" if "issues" in value else place, issue)
            for number, issue in enumerate(issues, 1)
        )
    answer = [
        {"id": each, "name": name, "schema": schema.get(each) or {}} for each, name in names.items()
    ]
    answer += [] if names else _sprint_fields(issue for _, issue in placed)
    fields = find_fields(answer, options.fields)
    site = Site(
        source=options.source,
        url=_site_url(placed) or options.url,
        fields=fields,
        zones=options.sprint_zones,
    )
    return read_issues(placed, site, options, Content(what="Jira JSON export"))


def read_issues(placed: list[Placed], site: Site, options: Options, content: Content) -> Content:
    """Map raw issues of one site into `content`; one that can't be read becomes a problem."""
    site = _complete(site, options, [raw for _, raw in placed])
    now = max((at for _, raw in placed if (at := _updated(raw))), default=None)
    milestones: dict[ItemKey, Milestone] = {}
    for place, raw in placed:
        try:
            mapped = map_issue(raw, site)
            versions = [
                map_version(each, mapped.issue.scope, site, now=now)
                for each in raw["fields"].get("fixVersions") or ()
            ]
        except _BAD as error:
            key = str(raw.get("key") or "") if isinstance(raw, dict) else ""
            content.problems.append(problem(place, key, f"{key or 'this'}: {error}"))
            continue
        content.items.append(_linked(mapped.issue, site))
        content.changes.extend(mapped.changes)
        content.links.extend(mapped.links)
        content.take_accounts(mapped.accounts)
        milestones.update({each.key: each for each in (*versions, *mapped.sprints)})
    content.items.extend(_linked(each, site) for each in milestones.values())
    return content


def _linked(item: Issue | Milestone, site: Site) -> Issue | Milestone:
    return item if site.url else replace(item, url="")


def _complete(site: Site, options: Options, issues: list[Raw]) -> Site:
    """The site with what can be learned of it from all issues together."""
    tables = [each["fields"] for each in issues if _is_issue(each)]
    versions = {
        str(version.get("name")).casefold(): str(version.get("id"))
        for each in tables
        for version in each.get("fixVersions") or ()
        if isinstance(version, dict)
    }
    workflow = replace(
        site.workflow,
        categories=categories(each.get("status") for each in tables),
        phases=options.phases,
    )
    return replace(site, workflow=workflow, versions=versions, bots=options.bots)


def _site_url(placed: Iterable[Placed]) -> str:
    """Address of the site, out of an issue's own address."""
    for _, raw in placed:
        own = str(raw.get("self") or "") if _is_issue(raw) else ""
        if found := re.match(r"(https?://[^?#]+?)/rest/", own):
            return found[1]
    return ""


def _sprint_fields(issues: Iterable[Raw]) -> Iterator[dict[str, Any]]:
    """Custom fields that hold sprints, for answers saved without the names of their fields."""
    found = {
        name
        for issue in issues
        if _is_issue(issue)
        for name, value in issue["fields"].items()
        if name.startswith("customfield_") and isinstance(value, list) and value
        if _is_sprint(value[0])
    }
    for name in sorted(found):
        yield {"id": name, "name": "Sprint", "schema": _SPRINT_TYPE}


def _updated(raw: Any) -> datetime | None:
    fields = raw.get("fields") if isinstance(raw, dict) else None
    return parse_instant(fields.get("updated")) if isinstance(fields, dict) else None


def _is_sprint(value: Any) -> bool:
    if isinstance(value, str):
        return "greenhopper.service.sprint.Sprint@" in value
    return isinstance(value, dict) and value.get("state") in _SPRINT_STATES and "name" in value
