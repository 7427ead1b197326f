"""Open changes that wait for somebody, and how long such waits usually are; in working hours."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from syncd.model.calendar import WorkingCalendar
from syncd.model.items import Issue, ItemKey, PullRequest
from syncd.model.people import Team
from syncd.reconciler.facts import subjects, wording
from syncd.reconciler.facts.attendance import Away
from syncd.reconciler.facts.code_mismatches import implementing
from syncd.reconciler.facts.dwell import WINDOW, Quantile, quantile
from syncd.reconciler.facts.grace import has_lasted
from syncd.reconciler.facts.office_hours import DAY, hours
from syncd.reconciler.facts.turns import Course, Holder, Now
from syncd.reconciler.view import View

WIP = re.compile(r"[\[(]?wip\b|draft:|[\[(]draft[\])]", re.IGNORECASE)
"""How titles of what is not to be reviewed yet begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """An open change, who holds it, for how long, and what it implements."""

    pull: PullRequest
    now: Now
    hours: float
    serves: tuple[Issue, ...]
    calendar: WorkingCalendar
    is_frozen: bool
    """Something it serves is not to be released now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """Working hours after which a share of such waits is over; `whose` is a repository or team."""

    whose: str
    ended: int
    long: Quantile


def long_waits(view: View) -> Iterator[tuple[Wait, bool]]:
    """Changes held for more than a working day, and whether something goes on with them now.

    Left out: drafts, those of robots or onto another open change.
    """
    heads = {
        (pull.scope, pull.head_branch)
        for pull in view.snapshot.pull_requests
        if pull.state == "open" and pull.head_branch
    }
    for pull in view.snapshot.pull_requests:
        if pull.state != "open":
            view.silent(pull.key, "it is {}", pull.state)
            continue
        # A fork's own `main` is offered under that name, and is no base of anything here.
        is_stacked = not pull.base_is_default and (pull.scope, pull.base) in heads
        stacked = (is_stacked, "it goes onto another open change")
        if view.passes_over(pull.key, stacked, *_guards(view, pull)):
            continue
        now, calendar = Course(view, pull).now(), view.calendar(pull.key)
        waited = hours(now.since, view.snapshot.as_of, calendar) if now else 0.0
        serves = tuple(view.once(_served).get(pull.key, ()))
        if now is None:
            view.silent(pull.key, "nobody was asked to review it")
        elif waited <= DAY:
            view.silent(pull.key, "it waits for {} since {:.0f} working hours", now.wants, waited)
        else:
            frozen = any(_is_frozen(view, issue) for issue in serves)
            wait = Wait(pull=pull, now=now, hours=waited, serves=serves, calendar=calendar,
                        is_frozen=frozen)  # fmt: skip
            checked = now.holder is Holder.MERGER and pull.checks not in (None, "success")
            running = (checked, "its checks are running")
            yield wait, view.passes_over(pull.key, _touched(view, pull), running)


def _guards(view: View, pull: PullRequest) -> Iterator[tuple[object, str]]:
    yield pull.key in view.snapshot.invisible, "it cannot be seen any more"
    yield pull.draft or WIP.match(pull.title.strip()), "it is a draft"
    yield pull.is_bot, "a robot made it"


def _touched(view: View, pull: PullRequest) -> tuple[object, str]:
    """The guard against what somebody acts on."""
    at, as_of = pull.last_human_activity_at, view.snapshot.as_of
    is_touched = at and not has_lasted(at, 1, as_of, view.calendar(pull.key))
    return is_touched, "somebody acted on it within a working day"


def _served(view: View) -> Mapping[ItemKey, list[Issue]]:
    """The open issues that each change surely implements."""
    found: dict[ItemKey, list[Issue]] = defaultdict(list)
    for issue in view.snapshot.issues:
        if not issue.phase.is_closed and issue.key not in view.snapshot.invisible:
            for pull in implementing(view, issue):
                found[pull.key].append(issue)
    return found


def _is_frozen(view: View, issue: Issue) -> bool:
    freezes = (view.event(key) for one in view.deliverables_of(issue.key) for key in one.freezes)
    return any(
        event.status != "cancelled" and event.first_day <= view.today <= event.last_day
        for event in freezes
        if event
    )


class Usuals:
    """How long changes wait for their holders, by repository and by team."""

    def __init__(self, view: View, share: float, min_n: int) -> None:
        """`share` of waits that `Usual.long` covers; it rests on `min_n` at least."""
        self._share, self._min_n = share, min_n
        self._seen: dict[tuple[Holder, str], list[tuple[int, bool]]] = defaultdict(list)
        self._known: dict[tuple[Holder, str], Usual | None] = {}
        for pull in view.snapshot.pull_requests:
            if not pull.is_bot:
                self._add(view, pull)

    def of(self, wait: Wait, team: str | None) -> Usual | None:
        """Of its repository, else of its team; None where too few are over."""
        for whose in (wait.pull.scope, f"team:{team}"):
            kind = (wait.now.holder, whose)
            if kind not in self._known:
                self._known[kind] = self._measure(kind)
            if found := self._known[kind]:
                return found
        return None

    def _measure(self, kind: tuple[Holder, str]) -> Usual | None:
        seen = self._seen.get(kind, [])
        ended = sum(is_over for _, is_over in seen)
        if ended < self._min_n:
            return None
        return Usual(whose=kind[1], ended=ended, long=quantile(seen, self._share))

    def _add(self, view: View, pull: PullRequest) -> None:
        calendar, team = view.calendar(pull.key), view.team_of(pull.key).team
        for turn in Course(view, pull).turns:
            if view.snapshot.as_of - turn.until <= WINDOW:
                seen = (math.ceil(hours(turn.since, turn.until, calendar)), turn.is_over)
                self._seen[turn.holder, pull.scope].append(seen)
                if team:
                    self._seen[turn.holder, f"team:{team}"].append(seen)


def holder_names(view: View, wait: Wait) -> tuple[str, ...]:
    """What people call those whose turn it is."""
    source = wait.pull.key.source
    return tuple(subjects.who(view, owner_of(view, source, one)) for one in wait.now.accounts)


def acting(view: View, wait: Wait) -> tuple[str, str]:
    """Who is to act, as findings carry owners, and for whom that one stands in ("" = nobody).

    The first holder who is there, else an owner of the code who is; with none of them the first.
    """
    source = wait.pull.key.source
    today = wait.calendar.local_date(view.snapshot.as_of)
    owners = [one for entry in wait.pull.code_owners for one in entry.split()]
    others = owners if wait.now.holder is Holder.REVIEWER else []
    for account in (*wait.now.accounts, *others):
        is_author = account == wait.pull.author and wait.now.holder is Holder.REVIEWER
        if not is_author and not view.once(Away).is_account_away(source, account, today):
            is_stand_in = account not in wait.now.accounts
            away = wording.listing(holder_names(view, wait)) if is_stand_in else ""
            return owner_of(view, source, account), away
    return owner_of(view, source, wait.now.accounts[0]), ""


def owner_of(view: View, source: str, account: str) -> str:
    """`source:account`, or `team:ID` of a team that the host calls `team:slug`."""
    slug = account.removeprefix("team:")
    if slug == account:
        return f"{source}:{account}"
    known = (one.id for one in view.config.teams if slug.casefold() in _names(one))
    return f"team:{next(known, slug)}"


def _names(team: Team) -> tuple[str, str]:
    return team.id.casefold(), team.name.casefold().replace(" ", "-")
