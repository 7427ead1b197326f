"""What `doctor` says of the account's rights: which are missing, and which nobody needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from syncd.connectors.jira.client import JiraClient
from syncd.errors import NotVisible, UnexpectedAnswer
from syncd.interfaces import Check, Mark

BROWSE = "BROWSE_PROJECTS"
"""All that reading needs."""
NEEDLESS = (
    "ADMINISTER", "SYSTEM_ADMIN", "ADMINISTER_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES",
    "DELETE_ISSUES", "ADD_COMMENTS", "TRANSITION_ISSUES",
)  # fmt: skip
_GATEWAY = "api.atlassian.com"


def project_checks(
    client: JiraClient, projects: Sequence[str], name: str, readable: dict[str, str]
) -> Iterator[Check]:
    """Each project readable, and nothing else allowed in it; fills `readable` (key → id)."""
    needless: dict[str, list[str]] = {}
    for key in projects:
        try:
            project = client.project(key)
        except NotVisible:
            yield _hidden(key, name)
            continue
        try:
            rights = client.rights((BROWSE, *NEEDLESS), key)
        except (NotVisible, UnexpectedAnswer):
            rights = {}
        if rights and not _has(rights, BROWSE):
            yield _unreadable(key, project)
            continue
        readable[key] = str(project.get("id") or "")
        for each in (each for each in NEEDLESS if _has(rights, each)):
            needless.setdefault(_told(rights[each], each), []).append(key)
    if readable:
        count = f"{len(readable)} of {len(projects)}"
        yield Check(mark=Mark.OK, text=f"{count} projects readable: {', '.join(readable)}")
    if needless:
        yield _too_much(needless, readable, name)


def token_check(client: JiraClient, account: Mapping[str, Any], name: str) -> Iterator[Check]:
    """A person's classic token on Cloud may do all that the person may."""
    host = urlsplit(client.settings.url).hostname
    if client.is_cloud and host != _GATEWAY and account.get("accountType") == "atlassian":
        yield Check(
            mark=Mark.WARNING,
            text="signed in with the token of a person: it may do all that the person may",
            fix=f"use a service account with a token of scope read:jira-work, and set "
            f"sources.{name}.url = https://{_GATEWAY}/ex/jira/CLOUD-ID",
        )


def _hidden(key: str, name: str) -> Check:
    return Check(
        mark=Mark.FAILED,
        text=f"project {key}: renamed, deleted, or no right to see it",
        fix=f'ask an administrator of {key} to give the account "Browse projects" there, or take '
        f"{key} out of sources.{name}.projects",
        exit_code=4,
    )


def _unreadable(key: str, project: Mapping[str, Any]) -> Check:
    lead = project.get("lead")
    who = lead.get("displayName") if isinstance(lead, dict) else None
    return Check(
        mark=Mark.FAILED,
        text=f'project {key}: seen, but its issues are not: "Browse projects" is missing',
        fix=f'ask {who or f"an administrator of {key}"} to give the account "Browse projects"',
        exit_code=4,
    )


def _too_much(
    needless: Mapping[str, Sequence[str]], readable: Mapping[str, str], name: str
) -> Check:
    told = [
        right if len(keys) == len(readable) else f"{right} ({', '.join(keys)})"
        for right, keys in needless.items()
    ]
    return Check(
        mark=Mark.WARNING,
        text=f"the account may do more than read: {', '.join(told)}",
        fix=f'give source {name} an account that has "Browse projects" only',
    )


def _has(rights: Mapping[str, Any], key: str) -> bool:
    right = rights.get(key)
    return isinstance(right, dict) and right.get("havePermission") is True


def _told(right: Mapping[str, Any], key: str) -> str:
    return str(right.get("name") or key)
