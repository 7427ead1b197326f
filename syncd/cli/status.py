"""`syncd status`: last and next run of each source, its lag, the mail that waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from syncd.alerts.usefulness import rarely_useful
from syncd.briefing.times import upcoming
from syncd.cli.incoming import incoming, print_incoming
from syncd.cli.notes import troubles
from syncd.cli.options import Options
from syncd.cli.own_health import own_health, print_own_health
from syncd.cli.refusals import mail_words, print_refusals, refusals
from syncd.cli.screen import Cell, Column, Screen, clean
from syncd.cli.wiring import now, open_reading, zone_of
from syncd.cli.words import NBSP, count, grouped, moment, stray
from syncd.interfaces import Budget, Problem, Store
from syncd.metrics import is_stale, read_at
from syncd.model.alerts import MessageState
from syncd.model.snapshot import Freshness, Scope
from syncd.pictures.days import age
from syncd.settings import Settings, holiday_years
from syncd.settings.timetable import next_reading, tried

COLUMNS = (
    Column(title="source", head=True),
    Column(title="last success"),
    Column(title="items"),
    Column(title="kept aside", drop=1),
    Column(title="next", drop=2),
    Column(title="requests left", drop=3),
    Column(title="state", flexible=True),
)

UNLISTED = timedelta(days=1)
"""Sweeps come every few hours: after this something keeps them from it."""
SHOWN_OF_HASH = 8
"""Hexadecimal digits by which two configurations are told apart; all are in the JSON."""
SHOWN = 3
"""Items kept aside that are listed of one source."""


def status(options: Options, *, live: bool) -> int:
    """Print it; 3 while a source is failing, else 0.

    `live` asks only whether the service is at work: 1 if no cycle ended within three intervals, or
    if mail fails for an hour; else 0.
    """
    screen = Screen(options)
    with open_reading(options) as (settings, store):
        current = now()
        fresh, aside, budgets = store.freshness(), store.problems(), store.budgets()
        sources = [
            _source(name, settings, fresh, current)
            | {"budget": _budget(budgets.get(name), current), "kept_aside": _aside(name, aside)}
            for name in settings.sources
        ]
        document = _document(store, sources, current) | incoming(settings, store, current)
        document |= own_health(settings, store, current)
        document["strays"] = _strays(store)
        document |= {
            "next_brief": _brief(settings, current), "digest_only": _quiet_rules(settings, store),
        }  # fmt: skip
        if screen.is_json:
            screen.document(document)
        else:
            _print(screen, zone_of(options, settings), document, current, live=live)
    if live:
        return int(bool(document["unwell"]))
    inbox = document["inbox"] or {}
    failing = [*(source["failing_since"] for source in sources), inbox.get("failing_since")]
    return 3 if any(failing) else 0


def _source(
    name: str, settings: Settings, freshness: Sequence[Freshness], current: datetime
) -> dict[str, Any]:
    interval, last_tried = settings.interval(name, current), tried(freshness).get(name)
    scopes = [fresh for fresh in freshness if fresh.scope.source == name]
    last = read_at(scopes)
    failing = [fresh for fresh in scopes if fresh.failing_since]
    return {
        "source": name,
        "last_success": last.isoformat() if last else None,
        "lag_seconds": int((current - last).total_seconds()) if last else None,
        "next": next_reading(settings, name, last_tried, current).isoformat() if last else None,
        "items": sum(fresh.items for fresh in scopes),
        "problems": sum(fresh.problems for fresh in scopes),
        "failing_since": _earliest(failing),
        "error": clean(failing[0].error) if failing else "",
        "listed_at": _listed(scopes),
        "stale": is_stale(scopes, current, interval),
    }


def _listed(scopes: Sequence[Freshness]) -> str | None:
    """Since when deletions would have been noticed in all scopes."""
    listed = [fresh.listed_at for fresh in scopes]
    oldest = min((at for at in listed if at), default=None)
    return oldest.isoformat() if oldest and all(listed) else None


def _aside(name: str, aside: Mapping[Scope, Sequence[Problem]]) -> list[dict[str, str]]:
    """What is kept aside of the source, with its reason."""
    return [
        {"scope": scope.name, "id": clean(one.native_id), "reason": clean(one.reason)}
        for scope, many in aside.items()
        if scope.source == name
        for one in many
    ]


def _strays(store: Store) -> list[dict[str, Any]]:
    """Where issues went that were read before, and that nobody reads."""
    return [
        {"source": scope.source, "scope": scope.name, "issues": issues}
        for scope, issues in store.strays().items()
    ]


def _budget(found: tuple[Budget, datetime] | None, current: datetime) -> dict[str, Any] | None:
    """The newest one that was told, unless it is whole again by now."""
    if found is None:
        return None
    budget, noted_at = found
    if budget.reset_at and budget.reset_at <= current:
        return None
    return {
        "remaining": budget.remaining,
        "limit": budget.limit,
        "reset_at": budget.reset_at.isoformat() if budget.reset_at else None,
        "at": noted_at.isoformat(),
    }


def _earliest(failing: Sequence[Freshness]) -> str | None:
    times = [fresh.failing_since for fresh in failing if fresh.failing_since]
    return min(times).isoformat() if times else None


def _quiet_rules(settings: Settings, store: Store) -> list[dict[str, str]]:
    found = rarely_useful(settings.rules, store.acts())
    return [{"rule": rule, "since": since.isoformat()} for rule, since in found.items()]


def _document(store: Store, sources: list[dict[str, Any]], current: datetime) -> dict[str, Any]:
    last = next(iter(store.runs(1)), None)
    sent = [
        message
        for message in store.messages(MessageState.SENT)
        if message.sent_at and (current - message.sent_at).total_seconds() < 86400
    ]
    return {
        "schema": "syncd/status/1",
        "at": current.isoformat(),
        "instance": store.instance(),
        "sources": sources,
        "last_run": last and {
            "id": last.id, "ended_at": last.ended_at.isoformat(), "findings": last.findings,
            "exit_code": last.exit_code, "as_of": last.as_of.isoformat(),
            "snapshot_hash": last.snapshot_hash, "config_hash": last.config_hash,
            "calendar_data": last.calendar_data, "code_version": last.code_version,
        },
        "mail": {
            "waiting": len(store.messages(MessageState.WAITING)),
            "dead": len(store.messages(MessageState.DEAD)),
            "sent_24h": len(sent),
            "refusals": refusals(store, current),
        },
        "notes": troubles(store),
    }  # fmt: skip


def _brief(settings: Settings, current: datetime) -> dict[str, Any] | None:
    """When the next one leaves, and for whom; None where nobody gets any."""
    config = settings.reconciler_config(holiday_years(current))
    found = upcoming(config, current)
    return found and {"at": found[0].isoformat(), "people": list(found[1])}


def _print(
    screen: Screen, zone: ZoneInfo, document: dict[str, Any], current: datetime, *, live: bool
) -> None:
    today = current.astimezone(zone).date()
    rows = []
    for source in document["sources"]:
        last = source["last_success"] and datetime.fromisoformat(source["last_success"])
        upcoming = source["next"] and datetime.fromisoformat(source["next"])
        shown = f"{moment(last, zone, today)} ({age(current - last)} ago)" if last else "never"
        rows.append([
            Cell(text=source["source"]), Cell(text=shown), Cell(text=str(source["items"])),
            Cell(text=str(source["problems"] or "—")),
            Cell(text=_next(upcoming, zone, current)), Cell(text=_left(source["budget"])),
            _state(source),
        ])  # fmt: skip
    screen.table(COLUMNS, rows)
    _print_kept_aside(screen, document["sources"])
    _print_strays(screen, document["strays"])
    last_run = document["last_run"]
    words = f"{mail_words(document['mail'])} · {_run_words(last_run, current)}"
    if document["next_brief"]:
        at = datetime.fromisoformat(document["next_brief"]["at"])
        people = count(len(document["next_brief"]["people"]), "person", "people")
        words += f" · next brief {moment(at, zone, today)} ({people})"
    screen.text(words)
    _print_judged_by(screen, last_run)
    print_refusals(screen, document)
    for trouble in document["notes"]:
        screen.text(f"note on {trouble['item']} not written: {trouble['error']}", hanging=8)
    for one in document["digest_only"]:
        since = moment(datetime.fromisoformat(one["since"]), zone, today)
        screen.text(f"rule {one['rule']}: rarely useful, in digests only since {since}")
    print_incoming(screen, document, zone, today)
    print_own_health(screen, document, zone, today, live=live)
    _print_unlisted(screen, document["sources"], current)
    _print_unread(screen, document, zone, today)


def _run_words(last_run: dict[str, Any] | None, current: datetime) -> str:
    if not last_run:
        return "no run yet"
    ended = age(current - datetime.fromisoformat(last_run["ended_at"]))
    found = count(last_run["findings"], "finding")
    return f"last run {ended} ago: {found}, exit {last_run['exit_code']}"


def _print_judged_by(screen: Screen, last_run: dict[str, Any] | None) -> None:
    if last_run and last_run["code_version"]:
        config = last_run["config_hash"][:SHOWN_OF_HASH]
        words = f"{last_run['code_version']} · {last_run['calendar_data']} · configuration {config}"
        screen.text(f"judged by {words}", style="dim")


def _print_unread(screen: Screen, document: dict[str, Any], zone: ZoneInfo, today: date) -> None:
    """Why there are sources that are not read, where no trouble of theirs tells it."""
    is_cycling = not any(trouble["part"] == "cycle" for trouble in document["unwell"])
    if document["cycle_moved"] and is_cycling:
        moved = moment(datetime.fromisoformat(document["cycle_moved"]), zone, today)
        screen.note(f"A cycle of the service goes on; it moved last {moved}.")
    elif any(source["stale"] and not source["failing_since"] for source in document["sources"]):
        screen.note("Nothing keeps them fresh: start syncd serve or a timer, or type syncd run.")


def _left(budget: dict[str, Any] | None) -> str:
    """`4 870 of 5 000`; a dash where the provider does not tell, or where it is whole again."""
    if budget is None:
        return "—"
    return f"{grouped(budget['remaining'])} of {grouped(budget['limit'])}".replace(" ", NBSP)


def _print_unlisted(screen: Screen, sources: list[dict[str, Any]], current: datetime) -> None:
    for source in sources:
        listed = source["listed_at"] and datetime.fromisoformat(source["listed_at"])
        if listed and current - listed > UNLISTED:
            ago = age(current - listed)
            screen.note(f"{source['source']}: what was deleted was last looked for {ago} ago.")


def _print_kept_aside(screen: Screen, sources: list[dict[str, Any]]) -> None:
    for source in sources:
        aside = source["kept_aside"]
        for one in aside[:SHOWN]:
            screen.text(f"kept aside: {source['source']}:{one['scope']} {one['reason']}")
        if len(aside) > SHOWN:
            more = f"and {grouped(len(aside) - SHOWN)} more: syncd status -f json"
            screen.text(screen.typed(more))


def _print_strays(screen: Screen, strays: list[dict[str, Any]]) -> None:
    for one in strays:
        what, fix = stray(Scope(one["source"], clean(one["scope"])), one["issues"])
        screen.text(f"{what}; {fix}", hanging=2)


def _next(upcoming: datetime | None, zone: ZoneInfo, current: datetime) -> str:
    """`08:40`; `due since 08:40` where that is over."""
    if upcoming is None:
        return "now"
    late = "due since " if upcoming < current else ""
    return late + moment(upcoming, zone, current.astimezone(zone).date()).replace(" ", NBSP)


def _state(source: dict[str, Any]) -> Cell:
    if source["failing_since"]:
        return Cell(text=f"▲ failing: {source['error']}", style="red")
    if source["last_success"] is None:
        return Cell(text="○ never read", style="dim")
    if source["stale"]:
        return Cell(text="◆ stale", style="yellow")
    return Cell(text="● ok", style="green")
