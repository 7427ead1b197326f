"""Whose turn it was and is at a change: its reviewers', its author's, or whoever merges it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from syncd.model.history import REQUEST
from syncd.model.items import PullRequest
from syncd.reconciler.view import View


class Holder(StrEnum):
    """Who is to act next."""

    REVIEWER = "review"
    AUTHOR = "author"
    MERGER = "merge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One wait for one holder; `is_over` where they acted, else it goes on or was cut short."""

    holder: Holder
    since: datetime
    until: datetime
    is_over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """Who holds an open change, since when, and what it waits for (`a review`)."""

    holder: Holder
    accounts: tuple[str, ...]
    """At the change's source; a team is written `team:slug`."""
    since: datetime
    wants: str


@dataclass(frozen=True, slots=True, order=True)
class _Step:
    at: datetime
    kind: str
    """push, asked (for a review), or the verdict of a review, merged or closed."""
    by: str = ""


class Course:
    """The turns of one change, from the day it was ready for review."""

    def __init__(self, view: View, pull: PullRequest) -> None:
        self._pull, self._as_of = pull, view.snapshot.as_of
        self.steps = sorted(_steps(view, pull))
        self._unhappy: set[str] = set()
        """Reviewers who want changes that the author has not pushed yet."""
        self._answered: set[str] = set()
        """Reviewers who wanted changes and have not looked at what was pushed since."""
        self.turns = tuple(self._turns(_ready(view, pull)))
        self._touched_at = _touched(view, pull)

    def now(self) -> Now | None:
        """Who is to act; None where nobody was asked."""
        pull = self._pull
        last = self.turns[-1] if self.turns and self.turns[-1].until == self._as_of else None
        holder = last.holder if last else None
        trouble = _trouble(pull)
        if trouble:
            since = last.since if last and holder is Holder.AUTHOR else self._last_at()
            return self._held(Holder.AUTHOR, since, trouble)
        if holder is Holder.AUTHOR and self._unhappy <= set(pull.requested_reviewers):
            # Asked to look again after the author answered, by a host that tells not when.
            return self._held(Holder.REVIEWER, self._touched_at, "another review")
        if holder is Holder.AUTHOR:
            return self._held(holder, self._since(last), "an answer to its review")
        is_enough = pull.review_decision in (None, "approved")
        if holder is Holder.MERGER and is_enough:
            return self._held(holder, self._since(last), "its merge")
        return self._held(Holder.REVIEWER, self._asked_at(), "a review")

    def _held(self, holder: Holder, since: datetime, wants: str) -> Now | None:
        pull = self._pull
        accounts: tuple[str, ...] = (pull.author,) if pull.author else ()
        if holder is Holder.REVIEWER:
            accounts = pull.requested_reviewers or tuple(sorted(self._answered))
            if not accounts and pull.review_decision == "review_required":
                accounts = tuple(pull.code_owners[0].split()) if pull.code_owners else ()
        return Now(holder=holder, accounts=accounts, since=since, wants=wants) if accounts else None

    def _since(self, last: Turn | None) -> datetime:
        return last.since if last else self._last_at()

    def _last_at(self) -> datetime:
        return self.steps[-1].at if self.steps else self._pull.created_at

    def _asked_at(self) -> datetime:
        """When it was last ready or pushed to, or the first of those asked now was asked."""
        pushes = [step.at for step in self.steps if step.kind == "push"]
        last = {step.by: step.at for step in self.steps if step.kind == "asked"}
        asked = [last[one] for one in self._pull.requested_reviewers if one in last]
        is_known = len(asked) == len(self._pull.requested_reviewers)
        return max([self._begun, *pushes, *([min(asked)] if asked and is_known else [])])

    def _turns(self, begun: datetime) -> Iterator[Turn]:
        self._begun = begun
        holder: Holder | None = Holder.REVIEWER
        since, is_asked = begun, False
        for step in self.steps:
            if step.at < begun:
                continue
            is_first = step.kind == "asked" and not is_asked
            since = step.at if is_first and holder is Holder.REVIEWER else since
            is_asked = step.kind == "asked" or (is_asked and step.kind != "push")
            after = self._after(holder, step)
            is_over = after is not holder and step.kind != "closed"
            if is_over or step.kind in ("push", "closed"):
                if holder and not (holder is after is Holder.MERGER):
                    yield Turn(holder=holder, since=since, until=step.at, is_over=is_over)
                since = since if holder is after is Holder.MERGER else step.at
            holder = after
        if holder and self._pull.state == "open":
            yield Turn(holder=holder, since=since, until=self._as_of, is_over=False)

    def _after(self, holder: Holder | None, step: _Step) -> Holder | None:
        if step.kind == "push":
            self._answered |= self._unhappy
            self._unhappy.clear()
            return Holder.MERGER if holder is Holder.MERGER else Holder.REVIEWER
        if step.kind in ("merged", "closed"):
            return None
        if step.kind == "asked":
            return self._once_asked(holder, step.by)
        return self._once_reviewed(holder, step)

    def _once_reviewed(self, holder: Holder | None, step: _Step) -> Holder | None:
        self._answered.discard(step.by)
        if step.kind == "changes_requested":
            self._unhappy.add(step.by)
        elif step.kind in ("approved", "dismissed"):
            self._unhappy.discard(step.by)
        if self._unhappy:
            return Holder.AUTHOR
        if step.kind == "approved":
            return Holder.MERGER
        if step.kind == "dismissed":
            return Holder.REVIEWER
        return None if holder is Holder.REVIEWER else holder

    def _once_asked(self, holder: Holder | None, who: str) -> Holder | None:
        """Who wanted changes and is asked again has been answered, be it without a push."""
        if who in self._unhappy:
            self._unhappy.discard(who)
            self._answered.add(who)
        if self._unhappy or holder is Holder.MERGER:
            return holder
        return Holder.REVIEWER


def _trouble(pull: PullRequest) -> str:
    if pull.checks == "failure":
        return "its checks to be mended"
    return "its conflict to be resolved" if pull.mergeable is False else ""


def _steps(view: View, pull: PullRequest) -> Iterator[_Step]:
    bots = view.once(_bots)
    for change in view.changes(pull.key, "push"):
        yield _Step(change.at, "push")
    for change in view.changes(pull.key, REQUEST):
        yield _Step(change.at, "asked", change.new or "")
    known = pull.pushed_at
    if known and pull.created_at < known <= view.snapshot.as_of:
        yield _Step(known, "push")
    for review in pull.reviews:
        is_theirs = review.author == pull.author or (pull.key.source, review.author) in bots
        if review.at <= view.snapshot.as_of and not is_theirs:
            yield _Step(review.at, review.verdict, review.author)
    end = pull.merged_at or pull.closed_at
    if pull.state != "open" and end:
        yield _Step(end, "merged" if pull.merged_at else "closed")


def _bots(view: View) -> frozenset[tuple[str, str]]:
    return frozenset((one.source, one.id) for one in view.snapshot.accounts if one.is_bot)


def _touched(view: View, pull: PullRequest) -> datetime:
    """Its last update; where robots write on it, which updates it too, what a person did last."""
    robots = any(one.is_bot for one in view.changes(pull.key, "comment"))
    return (robots and pull.last_human_activity_at) or pull.updated_at


def _ready(view: View, pull: PullRequest) -> datetime:
    """When it was last taken out of draft, else when it was made."""
    ready = [one.at for one in view.changes(pull.key, "draft") if one.new == "false"]
    return max([pull.created_at, *ready])
