"""Items without anything in them that names them; their dates, states and places in plans stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from syncd.model.items import CalendarEvent, Issue, Milestone, PullRequest

T = TypeVar("T", Issue, PullRequest, Milestone, CalendarEvent)

ITEM, MILESTONE, DELIVERABLE = "restricted item", "restricted milestone", "restricted deliverable"
_BLANK: Mapping[type, Mapping[str, Any]] = {
    Issue: {
        "ref": ITEM, "title": ITEM, "restricted": True, "labels": (), "components": (),
        "parent": None, "assignee": None,
    },
    PullRequest: {
        "ref": ITEM, "title": ITEM, "labels": (), "author": None, "base": "", "head_branch": "",
        "requested_reviewers": (), "reviews": (), "code_owners": (),
    },
    Milestone: {"ref": MILESTONE, "name": MILESTONE, "board": None},
    CalendarEvent: {
        "ref": ITEM, "title": "", "private": True, "refs": (), "attendees": (), "organiser": None,
    },
}  # fmt: skip


def nameless(item: T, scope: str) -> T:
    """The item as kept in a part of its source that is called `scope`; no name, person or link."""
    return replace(item, scope=scope, url="", aliases=(), **_BLANK[type(item)])
