"""What `doctor` says of the account's rights: which are missing, and which nobody needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from syncd.connectors.jira.boards import is_refused
from syncd.connectors.jira.client import JiraClient
from syncd.connectors.jira.paging import board_sprints
from syncd.errors import NotVisible, UnexpectedAnswer
from syncd.interfaces import Check, Mark

BROWSE = "BROWSE_PROJECTS"
"""All that reading needs."""
MIGHTY = (
    "ADMINISTER", "SYSTEM_ADMIN", "ADMINISTER_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES",
    "DELETE_ISSUES", "ADD_COMMENTS", "TRANSITION_ISSUES",
)  # fmt: skip
"""What nobody needs who only reads: told first."""
OTHERS = (
    "ASSIGN_ISSUES", "CLOSE_ISSUES", "LINK_ISSUES", "MODIFY_REPORTER", "MOVE_ISSUES",
    "RESOLVE_ISSUES", "SCHEDULE_ISSUES", "SET_ISSUE_SECURITY", "MANAGE_WATCHERS",
    "EDIT_ALL_COMMENTS", "EDIT_OWN_COMMENTS", "DELETE_ALL_COMMENTS", "DELETE_OWN_COMMENTS",
    "CREATE_ATTACHMENTS", "DELETE_ALL_ATTACHMENTS", "DELETE_OWN_ATTACHMENTS", "WORK_ON_ISSUES",
    "EDIT_ALL_WORKLOGS", "EDIT_OWN_WORKLOGS", "DELETE_ALL_WORKLOGS", "DELETE_OWN_WORKLOGS",
    "BULK_CHANGE", "CREATE_SHARED_OBJECTS", "MANAGE_GROUP_FILTER_SUBSCRIPTIONS",
)  # fmt: skip
"""Cloud tells only what it is asked for; Data Center tells all that it has."""
_READING = ("BROWSE", "VIEW_", "USER_PICKER", "ASSIGNABLE_USER")
"""How the keys of rights begin that change nothing."""
MOST_TOLD = 8
BOARD_SCOPES = "read:board-scope:jira-software and read:sprint:jira-software"
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
        rights = _rights(client, key)
        if rights and not has_right(rights, BROWSE):
            yield _unreadable(key, project)
            continue
        readable[key] = str(project.get("id") or "")
        if (now := str(project.get("key") or key)) != key:
            yield _renamed(key, now, name, is_twice=now in projects)
        for each in _beyond_reading(rights):
            needless.setdefault(_told(rights[each], each), []).append(key)
    if readable:
        count = f"{len(readable)} of {len(projects)}"
        yield Check(mark=Mark.OK, text=f"{count} projects readable: {', '.join(readable)}")
    if needless:
        yield _too_much(needless, readable, name)


def _renamed(key: str, now: str, name: str, *, is_twice: bool) -> Check:
    if is_twice:
        return Check(
            mark=Mark.FAILED,
            text=f"project {key} is called {now} now, which is read as well",
            fix=f'take "{key}" out of sources.{name}.projects',
            exit_code=3,
        )
    return Check(
        mark=Mark.WARNING,
        text=f"project {key} is called {now} now; it is still read",
        fix=f'write "{now}" in sources.{name}.projects',
    )


def _rights(client: JiraClient, project: str) -> Mapping[str, Any]:
    """What we may do in a project; {} where that is not told."""
    for names in ((BROWSE, *MIGHTY, *OTHERS), (BROWSE, *MIGHTY)):
        try:
            return client.rights(names, project)
        except NotVisible:
            break
        except UnexpectedAnswer:  # one that this Jira does not know spoils the question
            continue
    return {}


def _beyond_reading(rights: Mapping[str, Any]) -> list[str]:
    return [
        key
        for key in dict.fromkeys((*MIGHTY, *rights))
        if has_right(rights, key)
        and not key.startswith(_READING)
        # Data Center tells some a second time, under the key of an earlier version.
        and not rights[key].get("deprecatedKey")
    ]


def board_check(client: JiraClient, projects: Sequence[str]) -> Iterator[Check]:
    """Whether boards and their sprints are answered, tried at the first board that there is."""
    try:
        found = [board for key in projects for board in client.scrum_boards(key)]
        for board in found[:1]:
            board_sprints(client, str(board.get("id")), ("active",), projects[0])
    except (NotVisible, UnexpectedAnswer) as error:
        if error.status == 404:
            yield Check(mark=Mark.NOTE, text="no boards here: sprints are known from issues only")
            return
        yield Check(
            mark=Mark.WARNING,
            text=f"sprints are known from issues only, as boards can't be read: {error}",
            fix=_board_right(client) if is_refused(error) else error.hint,
        )


def _board_right(client: JiraClient) -> str:
    if client.is_cloud:
        return (
            f"give the token the scopes {BOARD_SCOPES} as well (Jira may ask for more of the same "
            "kind), and the account access to Jira"
        )
    return "ask an administrator to give the account access to Jira Software, and to the boards"


def token_check(client: JiraClient, account: Mapping[str, Any], name: str) -> Iterator[Check]:
    """A person's classic token on Cloud may do all that the person may."""
    host = urlsplit(client.settings.url).hostname
    if client.is_cloud and host != _GATEWAY and account.get("accountType") == "atlassian":
        yield Check(
            mark=Mark.WARNING,
            text="signed in with the token of a person: it may do all that the person may",
            fix="use a service account with a token of scope read:jira-work, for sprints also "
            f"{BOARD_SCOPES}, and set sources.{name}.url = https://{_GATEWAY}/ex/jira/CLOUD-ID",
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
    names = [
        right if len(keys) == len(readable) else f"{right} ({', '.join(keys)})"
        for right, keys in needless.items()
    ]
    more = f" and {len(names) - MOST_TOLD} more" if len(names) > MOST_TOLD else ""
    return Check(
        mark=Mark.WARNING,
        text=f"the account may do more than read: {', '.join(names[:MOST_TOLD])}{more}",
        fix=f'give source {name} an account that has "Browse projects" only',
    )


def has_right(rights: Mapping[str, Any], key: str) -> bool:
    """Whether the answer of `mypermissions` says that the account has the right."""
    right = rights.get(key)
    return isinstance(right, dict) and right.get("havePermission") is True


def _told(right: Mapping[str, Any], key: str) -> str:
    return str(right.get("name") or key)
