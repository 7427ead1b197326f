"""Where an issue stands, told by the status, its category and the resolution."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from syncd.model.items import Phase

DROPPED = (
    "Won't Do", "Won't Fix", "Wont Do", "Wont Fix", "Duplicate", "Cannot Reproduce", "Declined",
    "Obsolete", "Invalid", "Incomplete", "Not A Bug", "Not A Problem", "Abandoned", "Rejected",
    "Cancelled", "Canceled", "Withdrawn", "Later", "Works for Me", "Out of Date", "Auto Closed",
    "Information Provided", "Known Error",
)  # fmt: skip
"""Usual names of resolutions, or final statuses, that mean: nothing was delivered."""

_CATEGORIES = {"new": Phase.TODO, "indeterminate": Phase.ACTIVE, "done": Phase.DONE}
_WAITING = re.compile(r"\b(waiting|blocked|on hold|pending|paused|suspended)\b", re.IGNORECASE)
_REVIEW = re.compile(
    r"\b(reviews?|reviewing|testing|in test|qa|verification|verifying|patch available)\b",
    re.IGNORECASE,
)
_DONE = re.compile(r"\b(done|closed|resolved|completed?|released|finished)\b", re.IGNORECASE)
_ACTIVE = re.compile(r"\b(in progress|doing|started|in development|reopened)\b", re.IGNORECASE)
_TODO = re.compile(r"\b(to ?do|open|new|backlog|selected|ready|created|triage)\b", re.IGNORECASE)
_WORDS = (_WAITING, _REVIEW, _DONE, _ACTIVE, _TODO)


@dataclass(frozen=True, slots=True)
class Status:
    """A status by id and name; either may be unknown ("")."""

    id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """What each status and resolution of a site means.

    The category of a status is known from `GET status`; a status that is gone since is judged by
    its name.
    """

    categories: Mapping[str, str] = field(default_factory=dict)
    """Status id, and `name:` + casefolded name → category key."""
    phases: Mapping[str, Phase] = field(default_factory=dict)
    """Casefolded status name → configured phase, which wins."""
    dropped: frozenset[str] = frozenset(name.casefold() for name in DROPPED)

    def phase(self, status: Status, resolution: str | None) -> Phase:
        """Where an issue with this status and resolution stands."""
        phase = self._by_status(status)
        is_chosen = status.name.casefold() in self.phases
        names = (resolution or "", "" if is_chosen else status.name)
        is_dropped = any(name.replace("’", "'").casefold() in self.dropped for name in names)  # noqa: RUF001 # sites write it so
        return Phase.DROPPED if phase is Phase.DONE and is_dropped else phase

    def is_mapped(self, status: Status) -> bool:
        """Whether configuration, category or name tells where work in this status stands."""
        is_told = status.name.casefold() in self.phases or self._category(status) in _CATEGORIES
        return is_told or any(words.search(status.name) for words in _WORDS)

    def _category(self, status: Status) -> str:
        return self.categories.get(status.id) or self.categories.get(_by_name(status.name), "")

    def _by_status(self, status: Status) -> Phase:
        chosen = self.phases.get(status.name.casefold())
        if chosen is not None:
            return chosen
        phase = _CATEGORIES.get(self._category(status)) or _by_words(status.name)
        if phase in (Phase.TODO, Phase.ACTIVE):
            if _WAITING.search(status.name):
                return Phase.WAITING
            if _REVIEW.search(status.name):
                return Phase.REVIEW
        return phase


def _by_words(name: str) -> Phase:
    if _DONE.search(name):
        return Phase.DONE
    return Phase.ACTIVE if _ACTIVE.search(name) else Phase.TODO


def _by_name(name: str) -> str:
    return f"name:{name.casefold()}"


def has_category(status: Mapping[str, Any]) -> bool:
    """Whether a status of `GET status` has a category that says where work in it stands."""
    category = status.get("statusCategory")
    return isinstance(category, dict) and category.get("key") in _CATEGORIES


def categories(statuses: Iterable[Any]) -> dict[str, str]:
    """`Workflow.categories` from the answer of `GET status`; malformed entries are left out."""
    found: dict[str, str] = {}
    for status in statuses:
        category = status.get("statusCategory") if isinstance(status, dict) else None
        if not isinstance(category, dict) or not isinstance(category.get("key"), str):
            continue
        found[str(status.get("id"))] = category["key"]
        for name in (status.get("name"), status.get("untranslatedName")):
            if isinstance(name, str):
                found.setdefault(_by_name(name), category["key"])
    return found
