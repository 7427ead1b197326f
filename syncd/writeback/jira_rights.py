"""What `doctor` says of an account that writes on Jira issues: what lacks, what is too much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from syncd.connectors.jira.client import JiraClient
from syncd.connectors.jira.rights import has_right
from syncd.errors import NotVisible
from syncd.interfaces import Check, Mark
from syncd.writeback.settings import JiraCommentSettings

COMMENTING = ("BROWSE_PROJECTS", "ADD_COMMENTS", "EDIT_OWN_COMMENTS")
EDITING = ("EDIT_ISSUES", "SCHEDULE_ISSUES")
NEEDLESS = (
    "ADMINISTER", "SYSTEM_ADMIN", "EDIT_ALL_COMMENTS", "DELETE_ALL_COMMENTS", "DELETE_ISSUES",
    "CREATE_ISSUES", "MOVE_ISSUES", "TRANSITION_ISSUES", "SET_ISSUE_SECURITY",
)  # fmt: skip


def checks(client: JiraClient, settings: JiraCommentSettings, name: str) -> Iterator[Check]:
    """Of each project that may be written to."""
    wanted = COMMENTING + (EDITING if settings.edits_dates else ())
    beyond = NEEDLESS if settings.edits_dates else (*NEEDLESS, *EDITING)
    for project in settings.projects:
        try:
            rights = client.rights((*wanted, *beyond), project)
        except NotVisible as error:
            yield Check(
                mark=Mark.FAILED,
                text=f"project {project}: {error}",
                fix=f"give the account of notifiers.{name} Browse Projects in {project}, or take "
                f"it out of notifiers.{name}.projects",
                exit_code=4,
            )
            continue
        yield from _of_project(rights, project, wanted, beyond)


def _of_project(
    rights: Mapping[str, Any], project: str, wanted: tuple[str, ...], beyond: tuple[str, ...]
) -> Iterator[Check]:
    lacks = [_name(rights, each) for each in wanted if not has_right(rights, each)]
    spare = [_name(rights, each) for each in beyond if has_right(rights, each)]
    if lacks:
        yield Check(
            mark=Mark.FAILED,
            text=f"project {project}: the account lacks {', '.join(lacks)}",
            fix=f"ask an administrator of {project} to give it: {', '.join(lacks)}",
            exit_code=4,
        )
    if spare:
        yield Check(
            mark=Mark.WARNING,
            text=f"project {project}: the account may do more than it needs: {', '.join(spare)}",
            fix=f"give it in {project} {', '.join(_name(rights, each) for each in wanted)} only",
        )


def _name(rights: Mapping[str, Any], key: str) -> str:
    held = rights.get(key)
    told = held.get("name") if isinstance(held, dict) else None
    return str(told or key.replace("_", " ").capitalize())
