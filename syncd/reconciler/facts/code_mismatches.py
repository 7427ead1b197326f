"""Where a pull request and its issue disagree about done: lines a, b and h of §B2."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from syncd.model.findings import Fact, Finding, Unknown
from syncd.model.items import Issue, ItemKey, Phase, PullRequest
from syncd.reconciler.facts import hygiene, subjects, wording
from syncd.reconciler.facts.mismatch import RULE, Mismatch, latest, on, stands
from syncd.reconciler.facts.unseen import unseen
from syncd.reconciler.view import View

REVERTED_BD = 20
"""Working days for which it is news that merged code was taken back."""
SURE = 0.85
"""From this confidence on a pull request counts as the work of an issue."""


def implementing(view: View, issue: Issue) -> list[PullRequest]:
    """Visible pull requests that surely implement it, by creation."""
    found = view.implementations(issue.key)
    if not found:
        return []
    keys = [one.pull_request for one in found if one.confidence >= SURE]
    pulls = [pull for key in keys if (pull := view.pull_request(key))]
    return sorted(pulls, key=lambda pull: (pull.created_at, pull.key))


class Reverts:
    """Merged reverts, and what became of what they take back."""

    def __init__(self, view: View) -> None:
        self._found: dict[str, list[PullRequest]] = defaultdict(list)
        self._every: dict[str, list[PullRequest]] = defaultdict(list)
        for pull in view.snapshot.pull_requests:
            self._every[pull.scope].append(pull)
            if pull.is_revert and pull.merged_at:
                self._found[pull.scope].append(pull)

    def undo(self, pull: PullRequest) -> bool:
        """Whether a later merged revert in the repository takes it back, and stands itself."""
        return self.of(pull) is not None

    def of(self, pull: PullRequest) -> PullRequest | None:
        """That revert."""
        standing = (
            revert
            for revert in self._found.get(pull.scope, ())
            if revert.base == pull.base and self._means(revert, pull) and not self.undo(revert)
        )
        return next(standing, None)

    def _means(self, revert: PullRequest, pull: PullRequest) -> bool:
        """Of several of one title it means the one that its branch names, else the last."""
        at = revert.merged_at
        is_later = pull.merged_at and at and at > pull.merged_at
        if not is_later or not _names(revert.title, pull):
            return False
        alike = [
            one
            for one in self._every[pull.scope]
            if one.title.strip() == pull.title.strip() and one.base == pull.base
            if one.merged_at and at and one.merged_at < at
        ]
        if len(alike) < 2 or re.search(rf"#{pull.number}\b", revert.title):
            return True
        branch = re.match(r"revert-(\d+)-", revert.head_branch)
        meant = [one for one in alike if branch and one.number == int(branch[1])]
        return pull in (meant or [max(alike, key=lambda one: (one.merged_at, one.key))])

    def is_back(self, pull: PullRequest, revert: PullRequest) -> bool:
        """Whether what the revert took back is merged anew or proposed, by whatever says its title.

        A single word is said by too much: that has to be the whole title.
        """
        title = pull.title.strip()
        said = re.compile(rf"(?<!\w){re.escape(title)}(?!\w)")
        return any(
            one.title.strip() == title or (" " in title and said.search(one.title))
            for one in self._every[pull.scope]
            if revert.merged_at and (one.merged_at or one.created_at) > revert.merged_at
            if one.state != "closed" and one.base == pull.base
        )


def _names(title: str, pull: PullRequest) -> bool:
    """Whether the title of a revert names this pull request, by its whole title or its number.

    Git calls the revert of `Revert "Fix"` `Reapply "Fix"`.
    """
    title = re.sub(r'^Reapply (".+")', r'Revert "Revert \1"', title)
    quoted = re.search(r'"(.+)"', title)
    if quoted is None:
        return re.search(rf"#{pull.number}\b", title) is not None
    # What that one took back itself is quoted once more, and not meant.
    meant = title.replace(quoted[1], re.sub(r'".+"', "", quoted[1]))
    is_numbered = re.search(rf"#{pull.number}\b", meant) is not None
    return is_numbered or quoted[1].strip() == pull.title.strip()


def merged_but_open(
    view: View, issue: Issue, pulls: list[PullRequest], reverts: Reverts, awaits: str
) -> Iterator[Mismatch]:
    """Line a. `awaits` is a pattern of states in which merged work waits for something else."""
    merged = [pull for pull in pulls if pull.merged_at and pull.base_is_default]
    merged = [pull for pull in merged if not pull.is_revert and not reverts.undo(pull)]
    is_under_way = any(pull.state == "open" for pull in pulls) or issue.unchecked_tasks > 0
    if not merged:
        view.silent(issue.key, "no code of it is merged for good")
        return
    waits = re.search(awaits, issue.state, re.IGNORECASE)
    has_parts = any(not child.phase.is_closed for child in view.children(issue.key))
    if view.passes_over(
        issue.key,
        (is_under_way, "a pull request or a task of it is open"),
        (waits, "its state waits for release or test"),
        (has_parts, "a part of it is open"),
    ):
        return
    last = max(merged, key=lambda pull: (pull.merged_at, pull.key))
    calendar = view.calendar(issue.key)
    draft = subjects.draft_of_item(view, issue.key, "")
    when = on(view, calendar, last.merged_at)
    yield Mismatch(
        kind="a",
        draft=draft,
        since=latest(last.merged_at, issue.state_entered_at),
        calendar=calendar,
        summary=(
            f"{subjects.called(issue)} is still {issue.state}, but {last.ref} was merged{when}."
        ),
        plain=f"{draft.title} is shown as open, but its code was finished{when}.",
        act=f"close {issue.ref}, or say what is left to do.",
        clears=f"{issue.ref} is closed, or a pull request for it is open again.",
        facts=(stands(issue, issue.state_entered_at), stands(last, last.merged_at)),
        rests_on=(issue.key, last.key),
    )


def closed_unmerged(view: View, issue: Issue, pulls: list[PullRequest]) -> Iterator[Mismatch]:
    """Line h: in review, and the newest pull request was closed without being merged."""
    if issue.phase is not Phase.REVIEW or not pulls:
        return
    is_open = any(pull.state == "open" for pull in pulls)
    guards = (
        (is_open, "a pull request of it is open"),
        (pulls[-1].state != "closed", "its newest pull request was merged"),
    )
    if view.passes_over(issue.key, *guards):
        return
    last, calendar = pulls[-1], view.calendar(issue.key)
    draft = subjects.draft_of_item(view, issue.key, "")
    when = on(view, calendar, last.closed_at)
    yield Mismatch(
        kind="h",
        draft=draft,
        since=latest(last.closed_at, issue.state_entered_at),
        calendar=calendar,
        summary=(
            f"{subjects.called(issue)} is {issue.state}, but {last.ref} was closed{when} "
            f"without being merged."
        ),
        plain=(
            f"{draft.title} is shown as in review, but what was to be reviewed was withdrawn{when}."
        ),
        act=f"open a new pull request, or move {issue.ref} to where it stands.",
        clears=f"{issue.ref} leaves review, or a newer pull request appears.",
        facts=(stands(issue, issue.state_entered_at), stands(last, last.closed_at)),
        rests_on=(issue.key, last.key),
    )


def done_but_unmerged(view: View, idle_bd: int) -> Iterator[Mismatch | Unknown]:
    """Line b: open pull requests all of whose issues are closed, at least one as delivered.

    Drafts that nobody touched for `idle_bd` working days are left to `idle_drafts`.
    """
    for pull, done, gone in _unmerged(view):
        idle = f"it is a draft untouched for over {idle_bd} wd: in the monthly line of its team"
        if gone:
            yield unseen(view, RULE, pull.key, "an issue of it", gone, kind="b")
        elif not view.passes_over(pull.key, (_is_idle(view, pull, idle_bd), idle)):
            yield _unmerged_mismatch(view, pull, done)


def done_but_reverted(view: View) -> Iterator[Mismatch]:
    """Line j: done, and all that was merged for it was taken back afterwards, and not long ago."""
    reverts = Reverts(view)
    first = view.config.calendar.shift(view.today, -REVERTED_BD)
    for issue in view.snapshot.issues:
        if issue.phase is not Phase.DONE or issue.key in view.snapshot.invisible:
            continue
        pulls = [one for one in implementing(view, issue) if not one.is_revert]
        merged = [one for one in pulls if one.merged_at and one.base_is_default]
        taken = [(one, revert) for one in merged if (revert := reverts.of(one))]
        if not merged or len(taken) < len(merged):
            continue
        last = max((revert for _, revert in taken), key=lambda one: (one.merged_at, one.key))
        at = last.merged_at or view.snapshot.as_of
        is_open = any(one.state == "open" for one in pulls)
        knew = issue.done_at is None or at <= issue.done_at
        is_back = any(reverts.is_back(one, revert) for one, revert in taken)
        is_old = view.calendar(issue.key).local_date(at) < first
        if not view.passes_over(
            issue.key,
            (is_open, "a pull request of it is open"),
            (knew, "its code was taken back, but not known to be so after it was done"),
            (is_back, "what was taken back was merged or proposed again"),
            (is_old, "that its code was taken back is no news any more"),
        ):
            yield _reverted(view, issue, last, at)


def _reverted(view: View, issue: Issue, last: PullRequest, at: datetime) -> Mismatch:
    calendar, draft = view.calendar(issue.key), subjects.draft_of_item(view, issue.key, "")
    when = on(view, calendar, at)
    return Mismatch(
        kind="j",
        draft=draft,
        since=at,
        calendar=calendar,
        summary=f"{subjects.called(issue)} is {issue.state}, but {last.ref} took it back{when}.",
        plain=f"{draft.title} is shown as done, but its code was taken back{when}.",
        act=f"reopen {issue.ref} and tell who builds on it, or say that it is not needed.",
        clears=f"{issue.ref} is open again, or other code for it is merged.",
        facts=(stands(issue, issue.done_at), stands(last, at)),
        rests_on=(issue.key, last.key),
    )


def idle_drafts(view: View, idle_bd: int, rule: str) -> Iterator[Finding]:
    """A monthly line for each team with drafts that `done_but_unmerged` leaves out."""
    idle: dict[str, list[PullRequest]] = defaultdict(list)
    for pull, _, gone in _unmerged(view):
        if not gone and _is_idle(view, pull, idle_bd):
            idle[view.team_of(pull.key).team or ""].append(pull)
    for team, pulls in sorted(idle.items()):
        drafts = wording.plural(len(pulls), "idle draft pull request")
        yield hygiene.monthly_line(
            view,
            team,
            rule=rule,
            kind="b-drafts",
            what=f"has {drafts} for work that is done",
            act="close these drafts, or finish them.",
            clears="Each is merged, closed or worked on.",
            facts=[
                Fact(text=pull.ref, source=pull.key.source, seen_at=pull.updated_at, url=pull.url)
                for pull in pulls
            ],
            scopes=subjects.scopes(view, [pull.key for pull in pulls]),
        )


def _unmerged(view: View) -> Iterator[tuple[PullRequest, list[Issue], list[ItemKey]]]:
    """Open pull requests whose issues are closed, with those delivered, and those not seen now."""
    serves: dict[ItemKey, list[Issue]] = defaultdict(list)
    hidden = view.snapshot.invisible
    for issue in view.snapshot.issues:
        for pull in implementing(view, issue):
            if pull.key not in hidden:
                serves[pull.key].append(issue)
    for key, issues in sorted(serves.items()):
        served = view.pull_request(key)
        seen = [issue for issue in issues if issue.key not in hidden]
        gone = [issue.key for issue in issues if issue.key in hidden]
        done = [issue for issue in seen if issue.phase is Phase.DONE]
        if served is None:
            continue
        guards = (
            (served.state != "open", f"it is {served.state}"),
            (served.is_bot, "a robot made it"),
            (not all(issue.phase.is_closed for issue in seen), "an issue of it is open"),
            (not gone and not done, "no issue of it was delivered"),
        )
        if not view.passes_over(key, *guards):
            yield served, done, gone


def _is_idle(view: View, pull: PullRequest, idle_bd: int) -> bool:
    calendar = view.calendar(pull.key)
    active = calendar.local_date(subjects.active_at(view, pull) or pull.created_at)
    today = calendar.local_date(view.snapshot.as_of)
    return pull.draft and calendar.between(active, today) > idle_bd


def _unmerged_mismatch(view: View, pull: PullRequest, done: list[Issue]) -> Mismatch:
    calendar, first = view.calendar(pull.key), done[0]
    since = latest(*(issue.done_at for issue in done))
    when = on(view, calendar, since)
    return Mismatch(
        kind="b",
        draft=subjects.draft_of_item(view, pull.key, ""),
        since=latest(since, pull.created_at),
        calendar=calendar,
        summary=f"{pull.ref} is still open, but {subjects.called(first)} was done{when}.",
        plain=f"{subjects.short(first.title)} was done{when}, but code of it is not in.",
        act=f"merge or close {pull.ref}, or reopen {first.ref}.",
        clears=f"{pull.ref} is merged or closed, or its issue is open again.",
        facts=(stands(pull, pull.updated_at), stands(first, first.done_at)),
        rests_on=(pull.key, *(issue.key for issue in done)),
    )
