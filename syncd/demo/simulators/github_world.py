"""What people do to the simulated GitHub. Every act is in a timeline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from itertools import count
from typing import Any

from syncd.demo.simulators.github_things import Event, Field, Item, Milestone, Repo, Review, User

_MENTION = re.compile(r"(?<![\w/.#-])([\w.-]+/[\w.-]+)?#(\d+)(?!\w)")
_CLOSES = re.compile(
    r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+([\w.-]+/[\w.-]+)?#(\d+)", re.IGNORECASE
)


def _next_number(repo: Repo) -> int:
    return max((*repo.items, *repo.deleted, *repo.moved), default=0) + 1


class World:
    """Repositories, people and acts. Acts happen at `now`, the clock of the whole simulator."""

    now: datetime

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.repos: dict[int, Repo] = {}
        self._ids = count(1001)

    def user(self, login: str, name: str = "", *, bot: bool = False) -> User:
        """The user of that login, made when new."""
        if login not in self.users:
            self.users[login] = User(id=next(self._ids), login=login, name=name, is_bot=bot)
        return self.users[login]

    def add_repo(self, full_name: str, *, private: bool = True) -> Repo:
        """A new, empty repository."""
        repo = Repo(id=next(self._ids), full_name=full_name, created_at=self.now, private=private)
        self.repos[repo.id] = repo
        return repo

    def repo(self, full_name: str) -> Repo:
        """The repository of that name, now or formerly."""
        for repo in self.repos.values():
            if full_name.casefold() == repo.full_name.casefold():
                return repo
        for repo in self.repos.values():
            if full_name in repo.former:
                return repo
        raise KeyError(full_name)

    def rename_repo(self, full_name: str, new: str) -> None:
        """The old name is answered with 301 from now."""
        repo = self.repo(full_name)
        repo.former.append(repo.full_name)
        repo.full_name = new

    def item(self, ref: str) -> Item:
        """The issue or pull request that `owner/name#number` names."""
        name, _, number = ref.partition("#")
        return self.repo(name).items[int(number)]

    def items(self) -> Iterator[Item]:
        """All of all repositories."""
        for repo in self.repos.values():
            yield from repo.items.values()

    def add_milestone(
        self, repo: str, title: str, *, due: date | None = None, by: str = "octo"
    ) -> Milestone:
        """A new, open milestone."""
        held = self.repo(repo)
        found = Milestone(
            id=next(self._ids), number=len(held.milestones) + 1, title=title, due=due,
            creator=self.user(by), created_at=self.now, updated_at=self.now,
        )  # fmt: skip
        held.milestones[found.number] = found
        return found

    def milestone(self, repo: str, title: str) -> Milestone:
        """By title."""
        return next(m for m in self.repo(repo).milestones.values() if m.title == title)

    def set_due(self, repo: str, title: str, due: date | None) -> None:
        """Move a milestone's due date; this touches no issue."""
        found = self.milestone(repo, title)
        found.due, found.updated_at = due, self.now

    def rename_milestone(self, repo: str, title: str, new: str) -> None:
        """Timelines keep the old title."""
        found = self.milestone(repo, title)
        found.title, found.updated_at = new, self.now

    def close_milestone(self, repo: str, title: str) -> None:
        """Close it, whatever is open in it."""
        found = self.milestone(repo, title)
        found.closed_at = found.updated_at = self.now

    def open_issue(
        self,
        repo: str,
        title: str,
        *,
        by: str = "octo",
        body: str = "",
        labels: tuple[str, ...] = (),
        assignees: tuple[str, ...] = (),
        milestone: str | None = None,
        type: str | None = None,  # noqa: A002 # GitHub's own word
    ) -> str:
        """A new issue; gives its ref."""
        item = self._new(repo, title, by, body)
        item.type = type
        self._dress(item, by, labels, assignees, milestone)
        return item.ref

    def open_pull(
        self,
        repo: str,
        title: str,
        *,
        by: str = "octo",
        head: str,
        base: str = "main",
        body: str = "",
        draft: bool = False,
        labels: tuple[str, ...] = (),
        milestone: str | None = None,
        files: tuple[str, ...] = (),
    ) -> str:
        """A new pull request with one commit; gives its ref."""
        item = self._new(repo, title, by, body)
        item.pull_id = next(self._ids)
        item.head, item.base, item.draft, item.files = head, base, draft, list(files)
        self.push(item.ref, by=by, message=title)
        self._dress(item, by, labels, (), milestone)
        return item.ref

    def comment(self, ref: str, *, by: str, text: str = "") -> Event:
        """A comment; refs in it reach the timelines of what they name."""
        item = self.item(ref)
        made = self._record(item, "commented", by, text=text)
        self._cross_reference(item, text, by)
        return made

    def edit_comment(self, ref: str, number: int, text: str) -> None:
        """Rewrite a comment; this touches the item."""
        item = self.item(ref)
        found = next(e for e in item.events if e.id == number and e.kind == "commented")
        found.data |= {"text": text, "edited_at": self.now}
        item.updated_at = self.now
        self._cross_reference(item, text, found.actor.login)

    def delete_comment(self, ref: str, number: int) -> None:
        """Take a comment away; this touches the item."""
        item = self.item(ref)
        item.events = [e for e in item.events if e.id != number]
        item.updated_at = self.now

    def edit(self, ref: str, body: str, *, by: str = "octo") -> None:
        """Rewrite the description."""
        item = self.item(ref)
        item.body, item.updated_at = body, self.now
        self._cross_reference(item, body, by)

    def rename(self, ref: str, title: str, *, by: str = "octo") -> None:
        """Change the title."""
        item = self.item(ref)
        self._record(item, "renamed", by, old=item.title, new=title)
        item.title = title

    def label(self, ref: str, name: str, *, by: str = "octo") -> None:
        """Put a label on."""
        item = self.item(ref)
        item.labels.append(name)
        self._record(item, "labeled", by, label=name)

    def unlabel(self, ref: str, name: str, *, by: str = "octo") -> None:
        """Take a label off."""
        item = self.item(ref)
        item.labels.remove(name)
        self._record(item, "unlabeled", by, label=name)

    def assign(self, ref: str, login: str, *, by: str = "octo") -> None:
        """Add an assignee."""
        item = self.item(ref)
        item.assignees.append(self.user(login))
        self._record(item, "assigned", by, assignee=self.user(login))

    def unassign(self, ref: str, login: str, *, by: str = "octo") -> None:
        """Take an assignee off."""
        item = self.item(ref)
        item.assignees.remove(self.user(login))
        self._record(item, "unassigned", by, assignee=self.user(login))

    def set_milestone(self, ref: str, title: str | None, *, by: str = "octo") -> None:
        """Put into another milestone, or none."""
        item = self.item(ref)
        if item.milestone is not None:
            self._record(item, "demilestoned", by, milestone=item.milestone.title)
        item.milestone = None
        if title is not None:
            item.milestone = self.milestone(item.repo.full_name, title)
            self._record(item, "milestoned", by, milestone=title)

    def close(self, ref: str, *, by: str = "octo", reason: str = "completed") -> None:
        """`reason` is completed, not_planned or duplicate; a pull request has none."""
        item = self.item(ref)
        item.state, item.closed_at, item.closed_by = "closed", self.now, self.user(by)
        item.reason = None if item.pull_id else reason
        self._record(item, "closed", by, reason=item.reason)

    def reopen(self, ref: str, *, by: str = "octo") -> None:
        """Open again."""
        item = self.item(ref)
        item.state, item.closed_at, item.closed_by = "open", None, None
        item.reason = None if item.pull_id else "reopened"
        self._record(item, "reopened", by)

    def push(self, ref: str, *, by: str = "octo", message: str = "Go on") -> None:
        """One commit onto the branch."""
        self._record(self.item(ref), "committed", by, message=message)

    def force_push(self, ref: str, *, by: str = "octo") -> None:
        """Rewrite the branch."""
        self._record(self.item(ref), "head_ref_force_pushed", by)

    def request_review(self, ref: str, reviewer: str, *, by: str = "octo") -> None:
        """`reviewer` is a login or `team:slug`."""
        item = self.item(ref)
        slug = reviewer.removeprefix("team:")
        item.requested.append(slug if slug != reviewer else self.user(reviewer))
        self._record(item, "review_requested", by, reviewer=item.requested[-1])

    def review(self, ref: str, *, by: str, state: str = "APPROVED") -> None:
        """Submit a review; whoever was asked for it is not asked any more."""
        item, author = self.item(ref), self.user(by)
        item.reviews.append(Review(id=next(self._ids), author=author, state=state, at=self.now))
        item.requested = [each for each in item.requested if each != author]
        item.updated_at = self.now

    def ready(self, ref: str, *, by: str = "octo") -> None:
        """No draft any more."""
        item = self.item(ref)
        item.draft = False
        self._record(item, "ready_for_review", by)

    def to_draft(self, ref: str, *, by: str = "octo") -> None:
        """A draft again."""
        item = self.item(ref)
        item.draft = True
        self._record(item, "convert_to_draft", by)

    def merge(self, ref: str, *, by: str = "octo") -> None:
        """Merge; into the default branch this closes the issues that the description closes."""
        item = self.item(ref)
        item.state, item.merged_by, item.closed_by = "closed", self.user(by), self.user(by)
        item.merged_at = item.closed_at = self.now
        self._record(item, "merged", by)
        self._record(item, "closed", by, reason=None)
        if item.base == item.repo.default_branch:
            for issue in self.closes(item):
                if issue.state == "open":
                    self.close(issue.ref, by=by)

    def closes(self, pull: Item) -> list[Item]:
        """Issues that a pull request's description says it closes."""
        return [i for i in self._named(pull, _CLOSES, pull.body) if i.pull_id is None]

    def set_parent(self, ref: str, parent: str, *, by: str = "octo") -> None:
        """Make an issue a sub-issue of another."""
        child, above = self.item(ref), self.item(parent)
        child.parent = above
        self._record(child, "parent_issue_added", by, other=above)
        self._record(above, "sub_issue_added", by, other=child)

    def block(self, ref: str, blocker: str, *, by: str = "octo") -> None:
        """State that `ref` is blocked by `blocker`."""
        item, other = self.item(ref), self.item(blocker)
        item.blocked_by.append(other)
        self._record(item, "blocked_by_added", by, other=other)
        self._record(other, "blocking_added", by, other=item)

    def delete(self, ref: str) -> None:
        """Remove an issue for good."""
        item = self.item(ref)
        del item.repo.items[item.number]
        item.repo.deleted.add(item.number)
        self._point_anew(item, None)

    def transfer(self, ref: str, repo: str) -> str:
        """Move an issue to another repository, where it is a new one; gives its new ref."""
        item, held = self.item(ref), self.repo(repo)
        del item.repo.items[item.number]
        new = replace(
            item, repo=held, id=next(self._ids), number=_next_number(held), milestone=None
        )
        new.updated_at = self.now
        held.items[new.number] = item.repo.moved[item.number] = new
        self._point_anew(item, new)
        return new.ref

    def _point_anew(self, item: Item, new: Item | None) -> None:
        """What waited for an issue, or was part of it, follows it; no other issue is touched."""
        for each in self.items():
            each.parent = new if each.parent is item else each.parent
            waits = [new if one is item else one for one in each.blocked_by]
            each.blocked_by = [one for one in waits if one is not None]

    def set_field(self, ref: str, name: str, value: Field | None, *, project: str = "Plan") -> None:
        """Fill in a field of an item in a project; the item itself is not marked as updated."""
        fields = self.item(ref).fields.setdefault(project, {})
        fields.pop(name, None)
        if value is not None:
            fields[name] = value

    def _new(self, repo: str, title: str, by: str, body: str) -> Item:
        held = self.repo(repo)
        item = Item(
            repo=held, id=next(self._ids), number=_next_number(held), title=title,
            body=body, author=self.user(by), created_at=self.now, updated_at=self.now,
        )  # fmt: skip
        held.items[item.number] = item
        self._cross_reference(item, body, by)
        return item

    def _dress(
        self,
        item: Item,
        by: str,
        labels: tuple[str, ...],
        assignees: tuple[str, ...],
        milestone: str | None,
    ) -> None:
        for name in labels:
            self.label(item.ref, name, by=by)
        for login in assignees:
            self.assign(item.ref, login, by=by)
        if milestone is not None:
            self.set_milestone(item.ref, milestone, by=by)

    def _record(self, item: Item, kind: str, by: str, **data: Any) -> Event:
        event = Event(id=next(self._ids), kind=kind, at=self.now, actor=self.user(by), data=data)
        item.events.append(event)
        item.updated_at = self.now
        return event

    def _cross_reference(self, source: Item, text: str, by: str) -> None:
        for target in self._named(source, _MENTION, text):
            known = [e for e in target.events if e.data.get("source") is source]
            if target is not source and not known:
                self._record(target, "cross-referenced", by, source=source)

    def _named(self, item: Item, pattern: re.Pattern[str], text: str) -> list[Item]:
        found = []
        for name, number in pattern.findall(text):
            try:
                found.append(self.repo(name or item.repo.full_name).items[int(number)])
            except KeyError:
                continue
        return found
