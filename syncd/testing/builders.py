"""Short ways to write items, snapshots and configurations in tests.

Days are written `"2026-12-02"`, instants `"2026-12-02 14:00"` (UTC). An item's native id is made
from its `ref` (`"PAY-1"` → `"n-PAY-1"`), so equal refs are one item and a ref is never an id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from syncd.model.history import Change
from syncd.model.items import (
    Account,
    CalendarEvent,
    DateClaim,
    DateRole,
    Issue,
    Item,
    ItemKey,
    Kind,
    Milestone,
    MilestoneKind,
    Phase,
    Precision,
    PullRequest,
)
from syncd.model.links import Evidence, Link
from syncd.model.snapshot import Freshness, Scope, Snapshot
from syncd.testing.organisation import config, declared, person, program, team

__all__ = [
    "AS_OF", "LONG_AGO", "at", "change", "claim", "config", "day", "declared", "event",
    "github_milestone", "implements", "issue", "key", "link", "parent_of", "person", "program",
    "pull_request", "snapshot", "sprint", "team", "version",
]  # fmt: skip

AS_OF = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
"""The Monday on which built snapshots are taken, where nothing else is said."""

LONG_AGO = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
"""When built items were created."""

Thing = Item | Link | Change | Account


def day(text: str | date) -> date:
    """A date from ISO text."""
    return text if isinstance(text, date) else date.fromisoformat(text)


def at(text: str | datetime) -> datetime:
    """An aware UTC instant from ISO text; a bare day means 09:00 of it."""
    if isinstance(text, datetime):
        return text
    found = datetime.fromisoformat(text if len(text) > 10 else f"{text} 09:00")
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def key(ref: str, *, source: str = "jira", kind: Kind = Kind.ISSUE) -> ItemKey:
    """Identity of the built item that people call `ref`."""
    return ItemKey(source, kind, f"n-{ref}")


def claim(
    subject: ItemKey,
    text: str | date,
    *,
    field: str = "due",
    role: DateRole = DateRole.DUE,
    until: str | date | None = None,
    set_at: str | datetime | None = None,
    **more: Any,
) -> DateClaim:
    """A claimed day, or the interval from `text` to `until`."""
    return DateClaim(
        subject=subject,
        role=role,
        field=field,
        lo=day(text),
        hi=day(until or text),
        set_at=at(set_at) if set_at else None,
        precision=more.pop("precision", Precision.DAY),
        **more,
    )


def issue(
    ref: str = "PAY-1",
    *,
    due: str | date | None = None,
    start: str | date | None = None,
    source: str = "jira",
    **fields: Any,
) -> Issue:
    """An issue: active, of type Story, in the project that its ref names; all can be overridden."""
    own = key(ref, source=source)
    claims = list(fields.pop("claims", ()))
    if due:
        claims.append(claim(own, due))
    if start:
        claims.append(claim(own, start, field="start", role=DateRole.START))
    phase = fields.pop("phase", Phase.ACTIVE)
    return Issue(
        key=own,
        ref=ref,
        scope=fields.pop("scope", re.split(r"#|-(?=\d+$)", ref)[0]),
        title=fields.pop("title", f"Title of {ref}"),
        type=fields.pop("type", "Story"),
        phase=phase,
        state=fields.pop("state", phase.value.title()),
        created_at=fields.pop("created_at", LONG_AGO),
        updated_at=fields.pop("updated_at", LONG_AGO),
        url=fields.pop("url", f"https://tracker.test/{ref}"),
        claims=tuple(claims),
        **fields,
    )


def pull_request(
    ref: str = "acme/ledger#1", *, source: str = "github", **fields: Any
) -> PullRequest:
    """An open pull request of the repository that its ref names."""
    scope, _, number = ref.partition("#")
    return PullRequest(
        key=key(ref, source=source, kind=Kind.PULL_REQUEST),
        ref=ref,
        scope=fields.pop("scope", scope),
        number=int(number),
        title=fields.pop("title", f"Title of {ref}"),
        state=fields.pop("state", "open"),
        created_at=fields.pop("created_at", LONG_AGO),
        updated_at=fields.pop("updated_at", LONG_AGO),
        url=fields.pop("url", f"https://host.test/{ref}"),
        **fields,
    )


def version(
    name: str = "2.0", *, release: str | date | None = None, scope: str = "PAY", **fields: Any
) -> Milestone:
    """A planned Jira version; `ref` is `PAY 2.0`."""
    return _milestone(
        MilestoneKind.VERSION,
        ref=f"{scope} {name}",
        name=name,
        scope=scope,
        field="release",
        when=release,
        fields=fields,
    )


def github_milestone(
    name: str = "2.0",
    *,
    due: str | date | None = None,
    scope: str = "acme/ledger",
    **fields: Any,
) -> Milestone:
    """An open GitHub milestone; `ref` is `acme/ledger milestone 2.0`."""
    fields.setdefault("source", "github")
    fields.setdefault("state", "active")
    ref = f"{scope} milestone {name}"
    return _milestone(
        MilestoneKind.GITHUB_MILESTONE,
        ref=ref,
        name=name,
        scope=scope,
        field="due",
        when=due,
        fields=fields,
    )


def sprint(
    name: str = "Sprint 41",
    *,
    start: str | date | None = None,
    end: str | date | None = None,
    scope: str = "PAY",
    **fields: Any,
) -> Milestone:
    """An active sprint; `ref` is its name."""
    fields.setdefault("state", "active")
    fields["start"] = day(start) if start else None
    return _milestone(
        MilestoneKind.SPRINT,
        ref=name,
        name=name,
        scope=scope,
        field="end",
        when=end,
        fields=fields,
    )


_ROLES = {"release": DateRole.RELEASE, "due": DateRole.DUE, "end": DateRole.END}


def _milestone(
    kind: MilestoneKind,
    *,
    ref: str,
    name: str,
    scope: str,
    field: str,
    when: str | date | None,
    fields: dict[str, Any],
) -> Milestone:
    own = key(ref, source=fields.pop("source", "jira"), kind=Kind.MILESTONE)
    claims = list(fields.pop("claims", ()))
    if when:
        claims.append(claim(own, when, field=field, role=_ROLES[field]))
    return Milestone(
        key=own,
        ref=ref,
        scope=scope,
        kind=kind,
        name=name,
        state=fields.pop("state", "planned"),
        url=fields.pop("url", f"https://tracker.test/{own.native_id.replace(' ', '-')}"),
        claims=tuple(claims),
        **fields,
    )


def event(
    title: str = "Go / no-go review",
    when: str | date | datetime = "2026-12-01",
    *,
    source: str = "calendar",
    scope: str = "plan@calendar.test",
    **fields: Any,
) -> CalendarEvent:
    """A confirmed event: all day for a day, one hour long for an instant."""
    own = key(fields.pop("ref", title), source=source, kind=Kind.EVENT)
    begins = None if len(str(when)) == 10 else at(str(when))
    first = day(str(when)) if begins is None else begins.date()
    last = day(fields.pop("last", first))
    claims = fields.pop("claims", (claim(own, first, field="event", role=DateRole.EVENT),))
    return CalendarEvent(
        key=own,
        ref=own.native_id.removeprefix("n-"),
        scope=scope,
        title=title,
        first_day=first,
        last_day=last,
        status=fields.pop("status", "confirmed"),
        start_at=begins,
        end_at=begins + timedelta(hours=1) if begins else None,
        all_day=begins is None,
        url=fields.pop("url", f"https://calendar.test/{own.native_id.replace(' ', '-')}"),
        claims=tuple(claims),
        **fields,
    )


def change(
    item: Item | ItemKey,
    field: str,
    old: str | None,
    new: str | None,
    when: str | datetime,
    *,
    actor: str | None = "ada",
    **more: Any,
) -> Change:
    """One change; its native id is made from field and instant."""
    own = item if isinstance(item, ItemKey) else item.key
    moment = at(when)
    return Change(
        item=own,
        field=field,
        old=old,
        new=new,
        at=moment,
        native_id=more.pop("native_id", f"{field}@{moment.isoformat()}"),
        actor=actor,
        learned_at=more.pop("learned_at", moment),
        **more,
    )


def link(
    near: Item,
    far: Item | str,
    phrase: str = "is blocked by",
    inverse: str = "blocks",
    *,
    evidence: Evidence = Evidence.ISSUE_LINK,
    **more: Any,
) -> Link:
    """A link read `{near} {phrase} {far}`; `far` may be a ref of which no identity is known."""
    far_ref = far if isinstance(far, str) else far.ref
    return Link(
        id=more.pop("id", f"{near.ref} {phrase or evidence.value} {far_ref}"),
        near=near.key,
        far_ref=far_ref,
        far=None if isinstance(far, str) else far.key,
        evidence=evidence,
        phrase=phrase if evidence in (Evidence.ISSUE_LINK, Evidence.WAITS_PHRASE) else "",
        inverse_phrase=inverse if evidence is Evidence.ISSUE_LINK else "",
        **more,
    )


def implements(pull: PullRequest, what: Issue, evidence: Evidence = Evidence.CLOSES) -> Link:
    """The link by which a pull request implements an issue."""
    return link(pull, what, "", "", evidence=evidence)


def parent_of(child: Issue, parent: Issue) -> Link:
    """The link by which a tracker states the parent of `child`."""
    return link(child, parent, "", "", evidence=Evidence.PARENT)


def snapshot(
    *things: Thing,
    as_of: str | datetime = AS_OF,
    stale: Mapping[str, str | datetime | None] | None = None,
    invisible: Iterable[ItemKey] = (),
    first_seen: Mapping[ItemKey, datetime] | None = None,
) -> Snapshot:
    """A sorted snapshot; every scope is fresh, except those of `stale`.

    `stale` maps `source:scope` to the end of its last complete pull (None = never); it is taken as
    failing since then. Items count as first seen when they were built (`LONG_AGO`).
    """
    moment = at(as_of)
    items = [thing for thing in things if isinstance(thing, Item)]
    seen = {item.key: LONG_AGO for item in items} | dict(first_seen or {})
    return Snapshot(
        as_of=moment,
        issues=_sorted(items, Issue),
        pull_requests=_sorted(items, PullRequest),
        milestones=_sorted(items, Milestone),
        events=_sorted(items, CalendarEvent),
        links=tuple(
            sorted((t for t in things if isinstance(t, Link)), key=lambda t: (t.id, t.near))
        ),
        changes=tuple(
            sorted(
                (t for t in things if isinstance(t, Change) and t.at <= moment),
                key=lambda t: (t.item, t.at, t.native_id),
            )
        ),
        accounts=tuple(
            sorted((t for t in things if isinstance(t, Account)), key=lambda t: (t.source, t.id))
        ),
        freshness=_freshness(items, moment, stale or {}),
        invisible=frozenset(invisible),
        first_seen=seen,
    )


def _sorted(items: Iterable[Item], kind: type[Any]) -> tuple[Any, ...]:
    return tuple(sorted((i for i in items if isinstance(i, kind)), key=lambda i: i.key))


def _freshness(
    items: Iterable[Item], as_of: datetime, stale: Mapping[str, str | datetime | None]
) -> tuple[Freshness, ...]:
    scopes = {Scope(item.key.source, item.scope) for item in items}
    scopes |= {Scope(*name.split(":", 1)) for name in stale}
    return tuple(_fresh(scope, as_of, stale) for scope in sorted(scopes))


def _fresh(scope: Scope, as_of: datetime, stale: Mapping[str, str | datetime | None]) -> Freshness:
    if str(scope) not in stale:
        return Freshness(scope=scope, succeeded_at=as_of, attempted_at=as_of)
    last = stale[str(scope)]
    return Freshness(
        scope=scope,
        succeeded_at=at(last) if last else None,
        attempted_at=as_of,
        failing_since=at(last) if last else as_of,
        error="the server did not answer",
    )
