"""Changes of items over time, and the pure functions that rebuild a past day from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise, takewhile
from operator import attrgetter
from typing import Any, NamedTuple

from syncd.model.items import (
    DateClaim,
    Issue,
    Item,
    ItemKey,
    Milestone,
    MilestoneKind,
    Phase,
    Precision,
    PullRequest,
)
from syncd.model.values import SCALARS, SETS, claim_of, interval_of, precision_of

ACTIVITY_FIELDS = frozenset({"comment", "review", "push"})
"""Fields whose changes say only that somebody did something; both values are None."""

REQUEST = "review_request"
"""Field whose changes say that somebody was asked for a review: `new` is who, as in
`PullRequest.requested_reviewers`. They say nothing of what the pull request was."""

SECOND = "second_assignee"
"""Field whose changes say who shares an issue with its assignee, in trackers that allow several."""

SET_FIELDS = frozenset({"milestones", "labels", "components"})
"""Fields whose changes add (`old` is None) or remove (`new` is None) one element each."""

SCALAR_FIELDS = frozenset(
    {
        "title", "state", "phase", "resolution", "assignee", "team", "parent", "sprint", "priority",
        "size", "flagged", "draft", "status", "start_at", "end_at", "first_day", "last_day",
        "description",
    }
)  # fmt: skip
"""Fields with one value. Besides these, every `DateClaim.field` is a field of its own."""


OBSERVED = "observed:"
"""Prefix of the native ids of changes that no provider reported."""


class Change(NamedTuple):
    """One change of one field of one item: what, from, to, when, by whom, learned when.

    Values are canonical text, the same for every source: dates `2026-11-24`, instants ISO 8601 in
    UTC, items `str(ItemKey)`, booleans `true`/`false`, phases `Phase` values, states the tracker's
    names; None = no value. The value of a `description` change is never kept.
    """

    item: ItemKey
    field: str
    old: str | None
    new: str | None
    at: datetime
    native_id: str
    """Unique within the item: the provider's id of the change, or `observed:…` for one that syncd
    saw by itself between two pulls."""
    actor: str | None = None
    """Account id at the source."""
    is_bot: bool = False
    learned_at: datetime | None = None
    """Set by the store when it commits the change; None before."""

    @property
    def is_reread(self) -> bool:
        """Whether nobody changed anything: it is read in another way than before."""
        return self.is_bot and self.native_id.startswith(OBSERVED)


HUMAN_FIELDS = ACTIVITY_FIELDS | {"state", "phase", "description", "assignee"}
"""Fields whose change shows that somebody works on the item (`reconciler.md` §A)."""

HOP = timedelta(seconds=60)
"""A state left within this was passed through by automation: not a visit."""

BULK = 20
BULK_WINDOW = timedelta(minutes=10)

_RANK: dict[str, int] = {
    Phase.TODO: 0,
    Phase.ACTIVE: 1,
    Phase.WAITING: 1,
    Phase.REVIEW: 2,
    Phase.DONE: 3,
    Phase.DROPPED: 3,
}

_MOMENTS = ("created_at", "done_at", "merged_at", "closed_at")
Values = dict[str, Any]
Stay = tuple[str | None, datetime | None]
"""(value, since); since is None where nobody knows."""


def in_order(changes: Iterable[Change]) -> list[Change]:
    """Oldest first; of changes of one instant the provider's shorter, then smaller, id first."""
    return sorted(changes, key=lambda one: (one.at, len(one.native_id), one.native_id))


def bulk_changes(changes: Iterable[Change]) -> frozenset[tuple[ItemKey, str]]:
    """(item, native_id) of each of ≥ 20 changes of one field by one actor within 10 minutes."""
    groups: dict[tuple[str, str, str], list[Change]] = defaultdict(list)
    for change in changes:
        if change.actor is not None:
            groups[change.item.source, change.actor, change.field].append(change)
    found: set[tuple[ItemKey, str]] = set()
    for group in groups.values():
        if len(group) < BULK:
            continue
        group.sort(key=attrgetter("at"))
        marked = 0
        for first, last in enumerate(group[BULK - 1 :]):
            if last.at - group[first].at <= BULK_WINDOW:
                start, marked = max(first, marked), first + BULK
                found.update((one.item, one.native_id) for one in group[start:marked])
    return frozenset(found)


def values_at(
    item: Item,
    changes: Iterable[Change],
    as_of: datetime,
    *,
    known_by: datetime | None = None,
    bulk: Collection[tuple[ItemKey, str]] = frozenset(),
    seen_at: datetime | None = None,
) -> Values | None:
    """What an item may have had of other attributes at `as_of`; None if it was created later.

    What was first read at `seen_at` was made by then, and ended if it was read as ended.

    `changes` are all changes of this item, in any order. With `known_by`, changes learned later
    are taken back too. `bulk` are changes that count as no human activity (`bulk_changes`).
    Fields that are derived from the history are among them for every `as_of`, also for now.
    """
    created: datetime | None = getattr(item, "created_at", None)
    is_seen = seen_at is not None and seen_at <= as_of
    if created is not None and created > as_of and not is_seen:
        return None
    every = in_order(changes)
    past = known_then(every, as_of, known_by)
    undone = {} if len(past) == len(every) else _undone(every, as_of, known_by)
    values = _undo_scalars(item, undone) | _undo_sets(item, undone) if undone else {}
    if seen_at is not None and is_seen and (early := _as_read(item, values, past, as_of, seen_at)):
        values, item = values | early, replace(item, **early)
    values["claims"] = _claims(item, past, undone)
    if isinstance(item, Issue | PullRequest):
        values["last_human_activity_at"] = _human_activity(past, bulk)
    values |= _derived(item, values, past, as_of)
    if item.updated_at is not None and item.updated_at > as_of:
        values["updated_at"] = past[-1].at if past else getattr(item, "created_at", None)
    return values


def known_then(
    changes: Iterable[Change], as_of: datetime, known_by: datetime | None
) -> list[Change]:
    """Those that had happened by `as_of` and were learned by `known_by`, in the same order."""
    if known_by is None:
        return [change for change in changes if change.at <= as_of]
    return [
        change
        for change in changes
        if change.at <= as_of and (change.learned_at is None or change.learned_at <= known_by)
    ]


def _undone(
    changes: Sequence[Change], as_of: datetime, known_by: datetime | None
) -> dict[tuple[str, str | None], Change]:
    """The first change of each slot after the last one that counts."""
    found: dict[tuple[str, str | None], Change] = {}
    for change in changes:
        kept = bool(known_then((change,), as_of, known_by))
        for slot in _slots(change):
            if kept:
                found.pop(slot, None)
            else:
                found.setdefault(slot, change)
    return found


def _as_read(
    item: Item, values: Values, past: Sequence[Change], as_of: datetime, seen_at: datetime
) -> Values:
    """Instead of days to come on which it says that it was made or ended, when that was known."""
    ahead = [name for name in _MOMENTS if (at := getattr(item, name, None)) and at > as_of]
    if not ahead:
        return {}
    ended = max([seen_at, *(one.at for one in past if one.field in ("phase", "state"))])
    ends = dict.fromkeys(ahead if {"phase", "state"}.isdisjoint(values) else (), ended)
    if "created_at" not in ahead:
        return ends
    late = {one: seen_at for one in item.claims if one.set_at and one.set_at > as_of}
    held = tuple(replace(one, set_at=late.get(one, one.set_at)) for one in item.claims)
    return ends | {"created_at": seen_at, "claims": held}


def _slots(change: Change) -> list[tuple[str, str | None]]:
    """What the change sets: its field, or each element of a set that it adds or removes."""
    if change.field not in SET_FIELDS:
        return [(change.field, None)]
    return [(change.field, element) for element in (change.old, change.new) if element is not None]


def _undo_scalars(item: Item, undone: dict[tuple[str, str | None], Change]) -> Values:
    values: Values = {}
    fields = SCALARS[type(item)]
    for (field, _), change in undone.items():
        how = fields.get(field)
        if how is None:
            continue
        with suppress(ValueError):  # what says nothing we can hold: today's value is the best
            values[how.attribute] = how.decode(change.old)
    return values


def _undo_sets(item: Item, undone: dict[tuple[str, str | None], Change]) -> Values:
    values: Values = {}
    for field in SETS[type(item)]:
        elements = {
            element: change.old == element
            for (name, element), change in undone.items()
            if name == field and element is not None
        }
        if elements:
            held = {str(one) for one in getattr(item, field)} - elements.keys()
            texts = sorted(held | {text for text, present in elements.items() if present})
            values[field] = _keys(texts) if field == "milestones" else tuple(texts)
    return values


def _keys(texts: Iterable[str]) -> tuple[ItemKey, ...]:
    keys = []
    for text in texts:
        with suppress(ValueError):
            keys.append(ItemKey.parse(text))
    return tuple(sorted(keys))


def _claims(
    item: Item, past: Sequence[Change], undone: dict[tuple[str, str | None], Change]
) -> tuple[DateClaim, ...]:
    if not item.claims and not undone:
        return ()
    claims = {claim.field: claim for claim in item.claims}
    for (field, element), change in undone.items():
        told = SCALAR_FIELDS | ACTIVITY_FIELDS | {REQUEST, SECOND}
        known = field in told or field in SCALARS[type(item)]
        if element is not None or (known and field not in claims):
            continue
        claim = _claim_before(item.key, claims.pop(field, None), change)
        if claim is not None:
            claims[field] = claim
    latest = {change.field: change for change in past if change.field in claims}
    for field, claim in claims.items():
        setting = latest.get(field)
        if claim.set_at is None and setting is not None:
            claims[field] = replace(claim, set_at=setting.at, set_by=setting.actor)
        elif claim.set_at is None and (field, None) in undone:
            claims[field] = replace(claim, set_at=getattr(item, "created_at", None))
    return tuple(claims[field] for field in sorted(claims))


def _claim_before(key: ItemKey, claim: DateClaim | None, change: Change) -> DateClaim | None:
    if change.old is None:
        return None
    try:
        if claim is None:
            return claim_of(key, change.field, change.old)
        lo, hi = interval_of(change.old)
    except ValueError:
        return None
    keep = lo == hi and claim.precision in (Precision.DAY, Precision.INSTANT)
    precision = claim.precision if keep else precision_of(lo, hi)
    return replace(claim, lo=lo, hi=hi, precision=precision, set_at=None, set_by=None)


def _human_activity(
    past: Sequence[Change], bulk: Collection[tuple[ItemKey, str]]
) -> datetime | None:
    for change in reversed(past):
        is_human = change.field in HUMAN_FIELDS and not change.is_bot
        if is_human and (change.item, change.native_id) not in bulk:
            return change.at
    return None


def _derived(item: Item, values: Values, past: Sequence[Change], as_of: datetime) -> Values:
    if isinstance(item, Issue):
        return _derived_of_issue(item, values, past, as_of)
    if isinstance(item, PullRequest):
        return _derived_of_pull_request(item, values, past, as_of)
    if isinstance(item, Milestone) and item.closed_at is not None and item.closed_at > as_of:
        # Where no change tells it: neither versions nor milestones come with a history.
        is_ahead = item.kind is MilestoneKind.VERSION or item.is_ahead(as_of)
        state = "planned" if is_ahead else "active"
        return {"state": state} | values | {"closed_at": None}
    return {}


def _derived_of_issue(
    item: Issue, values: Values, past: Sequence[Change], as_of: datetime
) -> Values:
    phase = values.get("phase", item.phase)
    done_at = item.done_at if item.done_at is not None and item.done_at <= as_of else None
    if phase.is_closed and item.done_at is not None and done_at is None and "phase" not in values:
        recorded = any(change.field == "phase" for change in past)
        phase = phase if recorded else Phase.TODO  # an export without history: not done yet
    changed = [one for one in past if one.field in ("state", "phase")]
    since = item.created_at
    reopened = 0
    if changed:
        states = stays([one for one in changed if one.field == "state"], item.created_at)
        phases = stays([one for one in changed if one.field == "phase"], item.created_at)
        if len(phases) > 1 or phases[0][0] is not None:
            done_at = _closed_since(phases) or done_at
        since = max(filter(None, (states[-1][1], _regressed_at(phases))))
        reopened = sum(
            _is_closed(before) and not _is_closed(after)
            for (before, _), (after, _) in pairwise(phases)
        )
    return {
        "phase": phase,
        "done_at": done_at if phase.is_closed else None,
        "state_entered_at": since,
        "reopen_count": reopened,
    }


def stays(changes: Sequence[Change], born: datetime | None) -> list[Stay]:
    """Unbroken stays in the values of one field, oldest first; hops of ≤ 60 s are not among them.

    `changes` are of that field only, oldest first; without any, one stay of unknown value.
    """
    if not changes:
        return [(None, born)]
    visits: list[Stay] = [(changes[0].old, born), *((one.new, one.at) for one in changes)]
    merged: list[Stay] = []
    for index, (value, since) in enumerate(visits):
        left = visits[index + 1][1] if index + 1 < len(visits) else None
        if left is not None and since is not None and left - since <= HOP:
            continue
        if not merged or merged[-1][0] != value:
            merged.append((value, since))
    return merged


def _is_closed(phase: str | None) -> bool:
    return phase in (Phase.DONE, Phase.DROPPED)


def _closed_since(phases: Sequence[Stay]) -> datetime | None:
    ended = list(takewhile(lambda stay: _is_closed(stay[0]), reversed(phases)))
    return ended[-1][1] if ended else None


def _regressed_at(phases: Sequence[Stay]) -> datetime | None:
    at: datetime | None = None
    for (before, _), (after, since) in pairwise(phases):
        if _rank(after) < _rank(before):
            at = since
    return at


def _rank(phase: str | None) -> int:
    return _RANK.get(phase or "", 0)


def _derived_of_pull_request(
    item: PullRequest, values: Values, past: Sequence[Change], as_of: datetime
) -> Values:
    result: Values = {}
    reviews = tuple(review for review in item.reviews if review.at <= as_of)
    if len(reviews) != len(item.reviews):
        result |= {"reviews": reviews, "review_decision": None}
    if item.updated_at > as_of:
        result |= {"checks": None, "mergeable": None}
    if item.pushed_at is not None and item.pushed_at > as_of:
        pushes = [change.at for change in past if change.field == "push"]
        result["pushed_at"] = pushes[-1] if pushes else None
    if item.merged_at is not None and item.merged_at > as_of:
        result["merged_at"] = None
    if item.closed_at is not None and item.closed_at > as_of:
        closings = [change for change in past if change.field == "state"]
        state = values.get("state", closings[-1].new if closings else "open")
        result["state"] = state
        result["closed_at"] = closings[-1].at if closings and state != "open" else None
    return result
