"""The changes of an item, worked out backwards from what it is now. Pure.

Timelines tell steps (`assigned`, `closed`), the model tells values (assignee from, to; phase from,
to). Going back from the current row makes every chain end at what the row says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from syncd.connectors.github.details import Actor, Event
from syncd.model.history import REQUEST, SECOND, Change
from syncd.model.items import ItemKey, Kind, Phase

_ACTIVITY = {"commented": "comment", "committed": "push", "head_ref_force_pushed": "push"}
_SCALARS = frozenset({"state", "phase", "assignee", SECOND, "draft", "title"})
_MERGE_CLOSES_WITHIN = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What decides phase and state of an item at one moment."""

    state: str
    assignees: tuple[str, ...] = ()
    labels: frozenset[str] = frozenset()
    draft: bool = False

    @property
    def assignee(self) -> str | None:
        """The first assignee: the model knows one."""
        return self.assignees[0] if self.assignees else None

    @property
    def second(self) -> str | None:
        """Who shares it with the assignee."""
        return self.assignees[1] if len(self.assignees) > 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose history it is, and how its values are written."""

    key: ItemKey
    repo_id: int
    now: Standing
    milestone: ItemKey | None
    milestones: Mapping[str, ItemKey]
    """Title → identity."""
    phase: Callable[[Standing], Phase] | None = None
    """None for a pull request, which has no phase."""
    bots: frozenset[str] = frozenset()
    """Logins of robots, casefolded."""
    titles: dict[str, ItemKey] = field(default_factory=dict)
    """Titles that milestones had before, as learned from this item's last event."""


def closed_state(reason: str) -> str:
    """GitHub's words for a closed issue: `closed`, or `closed as not planned`."""
    return f"closed as {reason.replace('_', ' ')}" if reason in _DROPPING else "closed"


_DROPPING = frozenset({"not_planned", "duplicate"})


def changes(subject: Subject, events: Iterable[Event]) -> tuple[Change, ...]:
    """Everything that happened to the item, oldest first."""
    ordered = _without_closing_of_merge(sorted(events, key=lambda event: event.at))
    _learn_title(subject, ordered)
    past = _Past(reasons=_reasons_before(ordered), turns=_turns(ordered))
    after = subject.now
    found: list[Change] = []
    for event in reversed(ordered):
        after, before = _step(event, after, past)
        found.extend(reversed(_told(subject, event, before, after)))
        after = before
    return tuple(_folded(reversed(found)))


def is_bot(actor: Actor | None, bots: frozenset[str]) -> bool:
    """Whether GitHub or the configuration calls the actor a robot."""
    if actor is None:
        return False
    return actor.is_bot or actor.login.endswith("[bot]") or actor.login.casefold() in bots


def _folded(found: Iterable[Change]) -> list[Change]:
    """Changes of one value at one instant as one: nobody could tell in which order to undo them."""
    kept: dict[tuple[str, object], Change] = {}
    for change in found:
        slot = (change.field, change.at)
        if change.field in _SCALARS and slot in kept:
            kept[slot] = kept[slot]._replace(new=change.new)
        else:
            kept[slot if change.field in _SCALARS else (change.native_id, None)] = change
    return [e for e in kept.values() if e.field not in _SCALARS or e.old != e.new]


def _without_closing_of_merge(events: list[Event]) -> list[Event]:
    """GitHub tells `merged` and `closed` of one act: the second is not a change of its own."""
    merged = next((event.at for event in events if event.kind == "merged"), None)
    if merged is None:
        return events
    return [e for e in events if e.kind != "closed" or e.at + _MERGE_CLOSES_WITHIN < merged]


def _reasons_before(events: list[Event]) -> dict[str, str]:
    """Event id of each `reopened` → the closed state that it ended."""
    last, found = "closed", {}
    for event in events:
        if event.kind == "closed":
            last = closed_state(event.value)
        elif event.kind == "reopened":
            found[event.id] = last
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Past:
    reasons: Mapping[str, str]
    """Event id of each `reopened` → the closed state that it ended."""
    turns: Mapping[str, int]
    """Login → its place in the order in which people were first assigned."""


def _turns(events: list[Event]) -> dict[str, int]:
    logins = [event.who.login for event in events if event.kind == "assigned" and event.who]
    return {login: turn for turn, login in reversed(list(enumerate(logins)))}


def _step(event: Event, after: Standing, past: _Past) -> tuple[Standing, Standing]:
    """The standing after and before an event; what the event says wins over what was derived."""
    if event.kind in ("closed", "reopened", "merged"):
        new = {"closed": closed_state(event.value), "merged": "merged"}.get(event.kind, "open")
        old = past.reasons.get(event.id, "closed") if event.kind == "reopened" else "open"
        return replace(after, state=new), replace(after, state=old)
    if event.kind in ("ready_for_review", "convert_to_draft"):
        draft = event.kind == "convert_to_draft"
        return replace(after, draft=draft), replace(after, draft=not draft)
    if event.kind in ("labeled", "unlabeled"):
        with_it, without = after.labels | {event.value}, after.labels - {event.value}
        ends = (with_it, without) if event.kind == "labeled" else (without, with_it)
        return replace(after, labels=ends[0]), replace(after, labels=ends[1])
    if event.kind in ("assigned", "unassigned") and event.who:
        return _assignment(event.kind, event.who.login, after, past.turns)
    return after, after


def _assignment(
    kind: str, login: str, after: Standing, turns: Mapping[str, int]
) -> tuple[Standing, Standing]:
    others = tuple(each for each in after.assignees if each != login)
    if kind == "unassigned":
        held = tuple(sorted((*others, login), key=lambda each: turns.get(each, -1)))
        return replace(after, assignees=others), replace(after, assignees=held)
    held = after.assignees if login in after.assignees else (*others, login)
    return replace(after, assignees=held), replace(after, assignees=others)


def _told(subject: Subject, event: Event, before: Standing, after: Standing) -> list[Change]:
    found: list[tuple[str, str | None, str | None]] = []
    if event.kind in _ACTIVITY:
        found.append((_ACTIVITY[event.kind], None, None))
    elif event.kind == "renamed":
        found.append(("title", event.old, event.value))
    elif event.kind == "review_requested" and event.value:
        found.append((REQUEST, None, event.value))
    elif event.kind in ("milestoned", "demilestoned"):
        key = str(_milestone(subject, event.value))
        found.append(("milestones", *((None, key) if event.kind == "milestoned" else (key, None))))
    elif event.kind in ("labeled", "unlabeled") and event.value:
        added = event.kind == "labeled"
        found.append(("labels", *((None, event.value) if added else (event.value, None))))
    found += _moved(subject, before, after)
    return [_change(subject, event, each, old, new) for each, old, new in found]


def _moved(
    subject: Subject, before: Standing, after: Standing
) -> list[tuple[str, str | None, str | None]]:
    if before is after:
        return []
    pairs: list[tuple[str, str | None, str | None]] = [
        ("state", before.state, after.state),
        ("draft", str(before.draft).lower(), str(after.draft).lower()),
    ]
    if subject.phase is not None:
        pairs.append(("phase", str(subject.phase(before)), str(subject.phase(after))))
        pairs.append(("assignee", before.assignee, after.assignee))
        pairs.append((SECOND, before.second, after.second))
    return [(name, was, is_now) for name, was, is_now in pairs if was != is_now]


def _change(subject: Subject, event: Event, name: str, old: str | None, new: str | None) -> Change:
    return Change(
        item=subject.key,
        field=name,
        old=old,
        new=new,
        at=event.at,
        native_id=f"{event.id}:{name}",
        actor=event.actor.login if event.actor else None,
        is_bot=is_bot(event.actor, subject.bots),
    )


def _learn_title(subject: Subject, events: list[Event]) -> None:
    """The last milestone set is the one the item has, whatever that was called then."""
    last = next((e for e in reversed(events) if e.kind in ("milestoned", "demilestoned")), None)
    if last and last.kind == "milestoned" and subject.milestone and last.value:
        subject.titles.setdefault(last.value, subject.milestone)


def _milestone(subject: Subject, title: str) -> ItemKey:
    found = subject.titles.get(title) or subject.milestones.get(title)
    if found is not None:
        return found
    # A timeline tells only the title. One that no milestone has any more was renamed or deleted.
    return ItemKey(subject.key.source, Kind.MILESTONE, f"{subject.repo_id}/{title}")
