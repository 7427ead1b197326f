"""Permissions of a simulated Jira, as `GET mypermissions` tells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RIGHTS: Mapping[str, tuple[str, str, str]] = {
    "ADMINISTER": ("0", "Administer Jira", "GLOBAL"),
    "SYSTEM_ADMIN": ("44", "System Administrators", "GLOBAL"),
    "USER_PICKER": ("27", "Browse Users", "GLOBAL"),
    "CREATE_SHARED_OBJECTS": ("22", "Create Shared Objects", "GLOBAL"),
    "MANAGE_GROUP_FILTER_SUBSCRIPTIONS": ("24", "Manage Group Filter Subscriptions", "GLOBAL"),
    "BULK_CHANGE": ("33", "Bulk Change", "GLOBAL"),
    "ADMINISTER_PROJECTS": ("23", "Administer Projects", "PROJECT"),
    "BROWSE_PROJECTS": ("10", "Browse Projects", "PROJECT"),
    "VIEW_DEV_TOOLS": ("29", "View Development Tools", "PROJECT"),
    "VIEW_READONLY_WORKFLOW": ("45", "View Read-Only Workflow", "PROJECT"),
    "CREATE_ISSUES": ("11", "Create Issues", "PROJECT"),
    "EDIT_ISSUES": ("12", "Edit Issues", "PROJECT"),
    "ASSIGN_ISSUES": ("13", "Assign Issues", "PROJECT"),
    "RESOLVE_ISSUES": ("14", "Resolve Issues", "PROJECT"),
    "ADD_COMMENTS": ("15", "Add Comments", "PROJECT"),
    "DELETE_ISSUES": ("16", "Delete Issues", "PROJECT"),
    "ASSIGNABLE_USER": ("17", "Assignable User", "PROJECT"),
    "CLOSE_ISSUES": ("18", "Close Issues", "PROJECT"),
    "CREATE_ATTACHMENTS": ("19", "Create Attachments", "PROJECT"),
    "WORK_ON_ISSUES": ("20", "Work On Issues", "PROJECT"),
    "LINK_ISSUES": ("21", "Link Issues", "PROJECT"),
    "MOVE_ISSUES": ("25", "Move Issues", "PROJECT"),
    "SET_ISSUE_SECURITY": ("26", "Set Issue Security", "PROJECT"),
    "SCHEDULE_ISSUES": ("28", "Schedule Issues", "PROJECT"),
    "MODIFY_REPORTER": ("30", "Modify Reporter", "PROJECT"),
    "VIEW_VOTERS_AND_WATCHERS": ("31", "View Voters and Watchers", "PROJECT"),
    "MANAGE_WATCHERS": ("32", "Manage Watchers", "PROJECT"),
    "EDIT_ALL_COMMENTS": ("34", "Edit All Comments", "PROJECT"),
    "EDIT_OWN_COMMENTS": ("35", "Edit Own Comments", "PROJECT"),
    "DELETE_ALL_COMMENTS": ("36", "Delete All Comments", "PROJECT"),
    "DELETE_OWN_COMMENTS": ("37", "Delete Own Comments", "PROJECT"),
    "DELETE_ALL_ATTACHMENTS": ("38", "Delete All Attachments", "PROJECT"),
    "DELETE_OWN_ATTACHMENTS": ("39", "Delete Own Attachments", "PROJECT"),
    "EDIT_OWN_WORKLOGS": ("40", "Edit Own Worklogs", "PROJECT"),
    "EDIT_ALL_WORKLOGS": ("41", "Edit All Worklogs", "PROJECT"),
    "DELETE_OWN_WORKLOGS": ("42", "Delete Own Worklogs", "PROJECT"),
    "DELETE_ALL_WORKLOGS": ("43", "Delete All Worklogs", "PROJECT"),
    "TRANSITION_ISSUES": ("46", "Transition Issues", "PROJECT"),
}
"""Key → (id, name, type) of a permission."""


def right_row(key: str, held: bool) -> dict[str, Any]:
    """An entry of `GET mypermissions`."""
    native_id, name, kind = RIGHTS[key]
    return {
        "id": native_id, "key": key, "name": name, "type": kind, "description": "",
        "havePermission": held,
    }  # fmt: skip
