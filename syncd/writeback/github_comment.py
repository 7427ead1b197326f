"""Comments on GitHub issues and pull requests, and milestones' dates where a person picked so."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

from syncd.connectors.github.client import Fate, GitHubClient
from syncd.connectors.github.mapping import due_day
from syncd.connectors.github.rows import inner, native_id, optional_moment, optional_text, rows
from syncd.connectors.http import Limits
from syncd.connectors.markers import mark, marked
from syncd.errors import AuthError, ChangedMeanwhile, NotVisible
from syncd.interfaces import Check, Mark
from syncd.model.items import ItemKey, Kind
from syncd.model.remarks import Remark
from syncd.writeback import escaping
from syncd.writeback.github_rights import checks
from syncd.writeback.notes import Found, NoteWriter, sentences
from syncd.writeback.settings import GitHubCommentSettings
from syncd.writing import DateEdit, Invitations

_NUMBER = re.compile(r"[# ](\d+)$")
_MOST_PAGES = 20
"""Of a hundred comments each; an item with more is left alone rather than written on twice."""


class GitHubCommentWriter(NoteWriter):
    """One comment for each alert on an issue or pull request, edited in place."""

    Settings = GitHubCommentSettings

    def __init__(
        self, name: str, settings: GitHubCommentSettings, *, limits: Limits | None = None
    ) -> None:
        super().__init__(name, settings.takes_over)
        self.settings = settings
        kinds = frozenset({Kind.ISSUE, Kind.PULL_REQUEST})
        self.wants = settings.wants(kinds, settings.repos)
        self.edits_dates = settings.edits_dates
        self.client = GitHubClient(
            name, settings.client_settings(), threading.Event(), limits=limits
        )
        self._me = ""
        self._public: dict[str, bool] = {}

    def close(self) -> None:
        """Give back connections."""
        self.client.close()

    def can_edit(self, item: ItemKey, field: str) -> bool:
        """The due date of a milestone; those of projects and issue fields are left to people."""
        return item.kind is Kind.MILESTONE and field == "due"

    def edit(self, edit: DateEdit, *, invitations: Invitations) -> None:
        """See `syncd.writing.DateEditor`."""
        del invitations
        path = f"/repos/{edit.scope}/milestones/{_number(edit.ref)}"
        where = f"the due date of {edit.ref}"
        held = inner(self.client.get(path, where=where).body)
        if native_id(held, "id") != edit.item.native_id:
            raise NotVisible(f"{where}: another milestone has its number now", source=self.name)
        due = optional_moment(held, "due_on")
        if due is None or due_day(due) != edit.before:
            said = due_day(due).isoformat() if due else "no day"
            raise ChangedMeanwhile(
                f"changed meanwhile: it says {said}", hint="syncd sync; syncd align plan"
            )
        # GitHub keeps the day of the US west coast only; noon in UTC is that day there, and here.
        self.client.write("PATCH", path, {"due_on": f"{edit.after}T12:00:00Z"}, where=where)

    def _checks(self) -> Iterator[Check]:
        yield Check(mark=Mark.OK, text=f"signed in as {self._account()}")
        yield from checks(self.client, self.settings, self.name)

    def _put(self, remark: Remark) -> None:
        number, where = _number(remark.ref), f"the comment on {remark.ref}"
        self._require_private(remark.scope)
        self._require_same(remark, number)
        path = f"/repos/{remark.scope}/issues"
        own = self.is_to_edit(remark, self._found(f"{path}/{number}/comments", where))
        if own is None and remark.over:
            return
        text = escaping.markdown(sentences(remark), mark(remark.fingerprint, remark.instance))
        if own is None:
            self.client.write("POST", f"{path}/{number}/comments", {"body": text}, where=where)
        elif own.text != text:
            self.client.write("PATCH", f"{path}/comments/{own.id}", {"body": text}, where=where)

    def _require_private(self, repo: str) -> None:
        """Raises NotVisible where everybody could read what is written."""
        if repo not in self._public:
            body = inner(self.client.get(f"/repos/{repo}", where=f"repository {repo}").body)
            self._public[repo] = body.get("private") is not True
        if self._public[repo] and not self.settings.public:
            raise NotVisible(
                f"{repo} is public: nothing is written there without "
                f"notifiers.{self.name}.public = true",
                source=self.name,
            )

    def _require_same(self, remark: Remark, number: str) -> None:
        """Raises NotVisible for an item that was deleted, or is another one by now."""
        kind = "pulls" if remark.item.kind is Kind.PULL_REQUEST else "issues"
        path = f"/repos/{remark.scope}/{kind}/{number}"
        if self.client.fate(path, remark.item.native_id, where=remark.ref) is not Fate.THERE:
            raise NotVisible(
                f"{remark.ref}: deleted, transferred, or no right to see it", source=self.name
            )

    def _found(self, path: str, where: str) -> list[Found]:
        """Our own comments there; what others wrote is none, whatever it says."""
        me, found = self._account().casefold(), []
        for page in range(1, _MOST_PAGES + 1):
            query = {"per_page": 100, "page": page}
            told = rows(self.client.get(path, query, where=where).body)
            for row in told:
                if optional_text(inner(row, "user"), "login").casefold() == me:
                    found += _ours(row)
            if len(told) < 100:
                return found
        raise NotVisible(f"{where}: too many comments to find ours among them", source=self.name)

    def _account(self) -> str:
        """Login of the credential. Raises AuthError where it is not the one that is configured."""
        if self._me:
            return self._me
        if self.settings.token is None:
            slug = optional_text(self.client.installation(), "app_slug")
            self._me = f"{slug}[bot]"
            return self._me
        answer = self.client.get("/user", where="the account of the token")
        login = optional_text(inner(answer.body), "login")
        if login.casefold() != self.settings.account.casefold():
            raise AuthError(
                f'the token of notifiers.{self.name} is that of "{login}", not of '
                f'"{self.settings.account}": its comments would count as work',
                source=self.name,
            )
        self._me = login
        return login


def _ours(row: Any) -> list[Found]:
    text = optional_text(row, "body").replace("\r\n", "\n")
    told = marked(text)
    if told is None:
        return []
    number = native_id(row, "id") or ""
    return [Found(id=number, text=text, fingerprint=told[0], instance=told[1])]


def _number(ref: str) -> str:
    found = _NUMBER.search(ref)
    if not found:
        raise NotVisible(f"{ref}: not a reference to an item of GitHub")
    return found[1]
