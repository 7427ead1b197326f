"""Comments on Jira issues, and their dates where a person picked the edit."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from syncd.connectors.http import Limits
from syncd.connectors.jira.client import JiraClient
from syncd.connectors.jira.fields import find_fields
from syncd.connectors.jira.links import comment_text
from syncd.connectors.jira.paging import comments
from syncd.connectors.markers import mark, marked
from syncd.errors import ChangedMeanwhile, NotVisible
from syncd.interfaces import Check, Mark
from syncd.model.items import ItemKey, Kind
from syncd.model.remarks import Remark
from syncd.writeback import escaping
from syncd.writeback.jira_rights import checks
from syncd.writeback.notes import Found, NoteWriter, sentences
from syncd.writeback.settings import JiraCommentSettings
from syncd.writing import DateEdit, Invitations

_VERSION = "version-"
"""How the id of a version begins in the model; a sprint's begins otherwise."""

_INTERNAL = {"key": "sd.public.comment", "value": {"internal": True}}
"""In a service project customers would read it, and get mail; elsewhere it means nothing."""

_DATES = ("due", "start", "target_start", "target_end")


class JiraCommentWriter(NoteWriter):
    """One comment for each alert on an issue, edited in place."""

    Settings = JiraCommentSettings

    def __init__(
        self, name: str, settings: JiraCommentSettings, *, limits: Limits | None = None
    ) -> None:
        super().__init__(name, settings.takes_over)
        self.settings = settings
        self.wants = settings.wants(frozenset({Kind.ISSUE}), settings.projects)
        self.edits_dates = settings.edits_dates
        site = settings.client_settings()
        self.client = JiraClient(name, site, threading.Event(), limits=limits)
        self._me = ""

    def close(self) -> None:
        """Give back connections."""
        self.client.close()

    def can_edit(self, item: ItemKey, field: str) -> bool:
        """Dates of issues, and the release date of a version; a sprint's end is its board's."""
        if item.kind is Kind.ISSUE:
            return field in _DATES
        return item.native_id.startswith(_VERSION) and field == "release"

    def edit(self, edit: DateEdit, *, invitations: Invitations) -> None:
        """See `syncd.writing.DateEditor`."""
        del invitations
        if edit.item.kind is Kind.ISSUE:
            self._edit_issue(edit)
        else:
            self._edit_version(edit)

    def _checks(self) -> Iterator[Check]:
        account = self.client.myself()
        name = account.get("displayName") or account.get("name")
        yield Check(mark=Mark.OK, text=f"signed in as {name}")
        yield from checks(self.client, self.settings, self.name)

    def _put(self, remark: Remark) -> None:
        issue = remark.item.native_id
        text = sentences(remark)
        where = f"the comment on {remark.ref}"
        own = self.is_to_edit(remark, self._found(issue, remark.scope))
        if own is None and remark.over:
            return
        body = self._body(text, mark(remark.fingerprint, remark.instance))
        version = 3 if self.client.is_cloud else 2
        path = f"{version}/issue/{issue}/comment"
        if own is None:
            new = {"body": body, "properties": [_INTERNAL]}
            self.client.write("POST", path, new, where, scope=remark.scope)
        else:
            self.client.write("PUT", f"{path}/{own.id}", {"body": body}, where, scope=remark.scope)

    def _body(self, text: Any, signature: str) -> Any:
        make = escaping.document if self.client.is_cloud else escaping.wiki
        return make(text, signature)

    def _found(self, issue: str, scope: str) -> Iterator[Found]:
        """Our own comments there; what others wrote is none, whatever it says."""
        me = self._account()
        for row in comments(self.client, issue, scope):
            author = row.get("author") if isinstance(row, dict) else None
            told = marked(comment_text(row)) if _id(author) == me else None
            if told:
                yield Found(
                    id=str(row.get("id")), text=comment_text(row), fingerprint=told[0],
                    instance=told[1],
                )  # fmt: skip

    def _account(self) -> str:
        self._me = self._me or _id(self.client.myself())
        return self._me

    def _edit_issue(self, edit: DateEdit) -> None:
        issue, where = edit.item.native_id, f"the {edit.field} date of {edit.ref}"
        fields = self._fields(edit)
        held = self.client.issue(issue, ["project", *fields], edit.scope)
        if held is None:
            raise NotVisible(f"{where}: there is no such issue any more", source=self.name)
        said = held.get("fields") or {}
        name = next((each for each in fields if said.get(each)), fields[0])
        _require(said.get(name), edit)
        body = {"fields": {name: edit.after.isoformat()}}
        self.client.write("PUT", f"2/issue/{issue}", body, where, scope=edit.scope)

    def _fields(self, edit: DateEdit) -> tuple[str, ...]:
        """Ids of the fields that can hold this date; the first one that has a day is meant."""
        if edit.field == "due":
            return ("duedate",)
        project = str(self.client.project(edit.scope).get("id") or "")
        chosen = self.settings.fields.model_dump()
        ids = find_fields(self.client.fields(), chosen, project).by_meaning()[edit.field]
        if not ids:
            raise NotVisible(
                f"the {edit.field} date of {edit.ref}: this site shows no such field",
                source=self.name,
            )
        return ids

    def _edit_version(self, edit: DateEdit) -> None:
        number = edit.item.native_id.removeprefix(_VERSION)
        path, where = f"version/{number}", f"the release date of {edit.ref}"
        held = self.client.table(self.client.get(path, where, scope=edit.scope), where)
        _require(held.get("releaseDate"), edit)
        body = {"releaseDate": edit.after.isoformat()}
        self.client.write("PUT", f"2/{path}", body, where, scope=edit.scope)


def _require(said: object, edit: DateEdit) -> None:
    """Raises ChangedMeanwhile unless the field still says what was shown."""
    if said != edit.before.isoformat():
        now = said if isinstance(said, str) and _is_day(said) else "no day"
        raise ChangedMeanwhile(
            f"changed meanwhile: it says {now}", hint="syncd sync; syncd align plan"
        )


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _id(account: Mapping[str, Any] | None) -> str:
    held = account or {}
    return str(held.get("accountId") or held.get("key") or held.get("name") or "")
