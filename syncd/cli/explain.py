"""`syncd alerts explain`: why an alert fires or fired; judging again. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from functools import cache
from shlex import quote
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from syncd.alerts.escalation import as_known
from syncd.alerts.news import kept
from syncd.app import App
from syncd.cli.alerts import alert_entry, answers_of, find, head, messages_of, past, victims_of
from syncd.cli.findings import SHAPES, finding_entry
from syncd.cli.options import Options, Usage
from syncd.cli.reconcile import moment_of
from syncd.cli.screen import Screen, clean
from syncd.cli.wiring import now, open_app, zone_of
from syncd.cli.words import count, day, moment, slip
from syncd.interfaces import Store
from syncd.model.alerts import Alert, AlertState, MessageState, Reason, Transition
from syncd.model.findings import Evaluation, Finding, Standing, Threshold
from syncd.model.runs import RunRecord
from syncd.pictures.days import age, asked
from syncd.plugins import code_version
from syncd.reconciler.canonical import config_hash
from syncd.reconciler.engine import ABOUT_SOURCES, judge
from syncd.reconciler.facts.wording import listing
from syncd.reconciler.silence import subjects_of
from syncd.settings import Settings
from syncd.settings.table import descriptions
from syncd.settings.workdays import calendar_data
from syncd.text import safe_url

MOVES = (Reason.OPENED, Reason.ADOPTED, Reason.WORSE, Reason.CHANGED, Reason.REOPENED)
"""Steps of which the reader wants to know how late it was then."""
SHOWN = 5
"""Alerts of one cause that are named; the rest are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The flags of the command."""

    ids: Sequence[str] = ()
    replay: bool = False
    as_of: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """What every part of the answer needs."""

    screen: Screen
    app: App
    zone: ZoneInfo
    today: date


def explain(options: Options, request: Request) -> int:
    """Evidence, formula and thresholds of alerts, as they were kept; 1 if a replay differs."""
    if not request.ids:
        raise Usage("name an alert, as D-41", "syncd alerts list")
    if request.replay and request.as_of:
        raise Usage("--replay judges the alert's own day, so --as-of does not go with it")
    with open_app(options, read_only=True) as app:
        zone = zone_of(options, app.settings)
        place = Place(Screen(options), app, zone, now().astimezone(zone).date())
        if request.as_of:
            return _of_day(place, request)
        found = [find(app.store, text) for text in request.ids]
        # Alerts of one pass share the judging of its moment.
        judging = cache(lambda at: judge(app.view(at, known_by=at), app.rules, assume_fresh=True))
        asked_for = found if request.replay else ()
        replays = {alert.fingerprint: _replayed(app, alert, judging) for alert in asked_for}
        if place.screen.is_json:
            _documents(place, found, replays)
        else:
            for index, alert in enumerate(found):
                if index:
                    place.screen.line("")
                _explain(place, alert)
                if alert.fingerprint in replays:
                    _tell_replay(place, alert, replays[alert.fingerprint])
    codes = {one.code for one in replays.values()}
    return next((code for code in (1, 3) if code in codes), 0)


def _of_day(place: Place, request: Request) -> int:
    """What was found of each alert or subject by the end of a day, whether it was told or not."""
    at = moment_of(request.as_of, ZoneInfo(place.app.settings.timezone))
    view = place.app.view(at)
    judged = judge(view, place.app.rules, assume_fresh=True)
    every = (*judged.findings, *judged.holding)
    chosen = []
    for name in request.ids:
        subjects = subjects_of(view, name)
        wanted = None if subjects else find(place.app.store, name).fingerprint
        chosen.append(
            [one for one in every if one.fingerprint == wanted or one.subject in subjects]
        )
    if place.screen.is_json:
        entries = [_entry(place.app, one) for found in chosen for one in found]
        place.screen.entries("syncd/alerts/1", "findings", entries, as_of=at.isoformat())
        return 0
    on = day(at.astimezone(place.zone).date(), place.today)
    for name, found in zip(request.ids, chosen, strict=True):
        if not found:
            place.screen.text(f"Nothing was found of {clean(name)} as of {on}.")
            place.screen.note(
                f"Why: syncd alerts explain --why-not {quote(name)} all --as-of {request.as_of}"
            )
        for one in found:
            shape, style = SHAPES[one.standing]
            place.screen.text(f"{shape} {clean(one.summary)}", hanging=2, style=style)
            place.screen.text(f"rule {one.rule} · {one.standing}, {one.severity} · as of {on}")
            _body(place, one)
            place.screen.line("")
    return 0


def _explain(place: Place, alert: Alert) -> None:
    screen, store, finding = place.screen, place.app.store, alert.finding
    answers = answers_of(place.app.settings, store, now())
    head(screen, store, alert, place.zone, answers.of(alert))
    at = _judged_at(store, alert)
    by = f" by {run.code_version}" if (run := _run_of(store, at)) and run.code_version else ""
    judged = moment(at, place.zone, place.today)
    screen.text(f"judged {judged}{by} · {_told(place, alert)}", style="dim")
    _body(place, finding)
    _causes(place, alert)
    if alert.state is not AlertState.RESOLVED:
        screen.text(f"To do: {clean(asked(finding.act, finding.by, place.today))}", hanging=2)
        screen.text(f"Clears: {clean(finding.clears)}", hanging=2)
    steps = _steps(store.history(alert.fingerprint), place.zone, place.today)
    if steps:
        screen.text(f"History: {' · '.join(steps)}", hanging=2)
    for line in _unknown(store, alert):
        screen.text(f"Not known: {line}", hanging=2)
    current = now()
    ages = [
        f"{fresh.scope.source} {age(current - fresh.succeeded_at)}"
        for fresh in store.freshness()
        if fresh.scope in finding.scopes and fresh.succeeded_at
    ]
    if ages:
        screen.text(f"Data: {', '.join(dict.fromkeys(ages))} old", style="dim")
    screen.note(f"syncd rules explain {finding.rule} shows the rule.")


def _told(place: Place, alert: Alert) -> str:
    """`3 messages sent, the last Wed 18 Nov 08:25; 1 waits`."""
    messages = messages_of(place.app.store, alert)
    sent = [one.sent_at for one in messages if one.sent_at]
    waiting = sum(one.state is MessageState.WAITING for one in messages)
    words = "nobody was told of it yet"
    if sent:
        last = moment(max(sent), place.zone, place.today)
        words = f"{count(len(sent), 'message')} sent, the last {last}"
    return words + (f"; {waiting} {'waits' if waiting == 1 else 'wait'}" if waiting else "")


def _body(place: Place, finding: Finding) -> None:
    """Facts, formula, thresholds and what is pushed."""
    screen = place.screen
    screen.line("")
    screen.line(("Evidence", "bold"))
    for fact in finding.facts:
        seen = fact.source
        if fact.seen_at:
            seen = f"{fact.source} {moment(fact.seen_at, place.zone, place.today)}"
        screen.text(f"{clean(fact.text)}" + (f"  ({seen})" if seen else ""), indent=2, hanging=2)
        if link := safe_url(fact.url):
            screen.line(("    " + link, "dim"))
    for push in finding.pushes:
        said = dict.fromkeys((clean(push.ref), clean(push.title), slip(push.slip)))
        screen.text(f"Pushes: {' '.join(filter(None, said))}", hanging=2)
    if finding.more_pushes:
        screen.text(f"and pushes {finding.more_pushes} more")
    screen.line("")
    reckoned = finding.reckoning
    if reckoned.formula:
        screen.text(f"Reckoned: {clean(reckoned.formula)}", hanging=2)
    described = _descriptions(place.app, finding.rule)
    for one in reckoned.thresholds:
        words = f"{one.name} = {one.limit}, found {one.value}: {described.get(one.name, '')}"
        origin = _origin(place.app.settings, finding.rule, one)
        screen.text(f"{words} ({origin})", indent=2, hanging=2)


def _descriptions(app: App, rule: str) -> Mapping[str, str]:
    found = next((one for one in app.rules if one.id == rule), None)
    return descriptions(found.params) if found else {}


def _origin(settings: Settings, rule: str, one: Threshold) -> str:
    """File and line that set the parameter, or `default`."""
    if one.name not in settings.rules.get(rule, {}):
        return "default"
    return settings.translator.places.find(("rules", rule, one.name)).where


def _causes(place: Place, alert: Alert) -> None:
    """What speaks for it, and what it speaks for."""
    alerts = place.app.store.alerts()
    root = next((one for one in alerts if one.fingerprint == alert.inhibited_by), None)
    if root is not None:
        words = f"{root.id}, which is told instead: {clean(root.finding.summary)}"
        place.screen.text(f"Caused by: {words}", hanging=2)
    victims = victims_of(place.app.store, alert)
    for victim in victims[:SHOWN]:
        would = " (in time, or nearly, without it)" if _is_explained(alert, victim) else ""
        words = f"{victim.id} {clean(victim.finding.summary)}{would}"
        place.screen.text(f"Speaks for: {words}", hanging=2)
    if len(victims) > SHOWN:
        place.screen.text(f"and for {len(victims) - SHOWN} more")


def _is_explained(alert: Alert, victim: Alert) -> bool:
    return victim.finding.subject in alert.finding.explains


def _unknown(store: Store, alert: Alert) -> Iterator[str]:
    """What could change the answer and is not known."""
    finding = alert.finding
    if alert.frozen_by and alert.state is not AlertState.RESOLVED:
        yield f"whether it still holds: {clean(alert.frozen_by)}"
    failing = [one for one in store.freshness() if one.scope in finding.scopes]
    for one in failing:
        if one.succeeded_at is None or one.failing_since is not None:
            yield f"what is new in {one.scope}, which was not read completely"
    for other in store.alerts(AlertState.FIRING):
        same = other.finding.deliverable == finding.deliverable != ""
        if other.finding.standing is Standing.NO_DATA and other != alert and same:
            yield f"{clean(other.finding.summary)} ({other.id})"


def _steps(history: Sequence[Transition], zone: ZoneInfo, today: date) -> list[str]:
    """What happened to it, day by day; a change of words, or that time went by, is no step."""
    steps: list[str] = []
    last: int | None = None
    planned: date | None = None
    for step in history:
        finding, drift = step.alert.finding, step.alert.finding.drift
        is_older = finding.passed is not None and finding.planned == planned
        if step.reason is Reason.CHANGED and (drift == last or is_older):
            continue
        moved = slip(drift) if step.reason in MOVES and drift != last else ""
        when = day(step.at.astimezone(zone).date(), today)
        steps.append(f"{when} {step.called}{' ' + moved if moved else ''}")
        last, planned = drift, finding.planned
    return steps


def _first_said(store: Store, alert: Alert) -> tuple[datetime, Alert]:
    """The pass whose finding is kept, the first of those that say the same, and its alert."""
    steps = store.history(alert.fingerprint)
    same = ((one.at, one.alert) for one in steps if one.alert.finding == alert.finding)
    return next(same, (alert.changed_at, alert))


def _judged_at(store: Store, alert: Alert) -> datetime:
    return _first_said(store, alert)[0]


def _run_of(store: Store, at: datetime) -> RunRecord | None:
    """The pass that judged that moment, as long as it is kept."""
    return next(iter(store.runs(1, at)), None)


class Replay(NamedTuple):
    """Judging the same data again. `code` is the exit code that it earns."""

    verdict: str
    code: int
    differences: Sequence[str] = ()
    since: Sequence[str] = ()
    """What besides the data is not as it was then, as far as the pass is kept."""


def _replayed(app: App, alert: Alert, judging: Callable[[datetime], Evaluation]) -> Replay:
    if alert.finding.rule in ABOUT_SOURCES:
        return Replay("it cannot be judged again: how its source was read is not kept", 3)
    differences = _differences(app.store, alert, judging)
    if not differences:
        return Replay("it agrees", 0)
    return Replay("it differs", 1, differences, tuple(_since(app, _judged_at(app.store, alert))))


def _since(app: App, at: datetime) -> Iterator[str]:
    run = _run_of(app.store, at)
    if run is None or not run.code_version:
        return
    if run.config_hash != config_hash(app.config(at)):
        yield "the configuration is another"
    for was, now_is in ((run.calendar_data, calendar_data()), (run.code_version, code_version())):
        if was != now_is:
            yield f"{was} is now {now_is}"


def _differences(
    store: Store, alert: Alert, judging: Callable[[datetime], Evaluation]
) -> list[str]:
    """Where judging again differs from what is kept; when a fact was last seen is no difference."""
    at, then = _first_said(store, alert)
    judged = judging(at)
    every = {one.fingerprint: one for one in (*judged.holding, *judged.findings)}
    found = every.get(alert.fingerprint)
    if found is None:
        unknown = [one.reason for one in judged.unknown if one.fingerprint == alert.fingerprint]
        return [f"it cannot be told now: {unknown[0]}" if unknown else "nothing is found now"]
    (told,) = as_known((found,), {alert.fingerprint: then}, at)
    was, again = kept(alert.finding), kept(told)
    return [
        f"{field.name} was {_shown(was, field.name)}, is {_shown(again, field.name)}"
        for field in fields(Finding)
        if _compared(was, field.name) != _compared(again, field.name)
    ]


def _compared(finding: Finding, name: str) -> Any:
    value = getattr(finding, name)
    return [replace(fact, seen_at=None) for fact in value] if name == "facts" else value


def _shown(finding: Finding, name: str) -> str:
    value = getattr(finding, name)
    if name == "facts":
        return listing([f'"{clean(fact.text)}"' for fact in value])
    return f'"{clean(str(value))}"'


def _tell_replay(place: Place, alert: Alert, replay: Replay) -> None:
    at = moment(_judged_at(place.app.store, alert), place.zone, place.today)
    place.screen.text(f"Replay of {at}: {replay.verdict}.")
    for one in replay.differences:
        place.screen.text(one, indent=2, hanging=2)
    if replay.since:
        place.screen.text(f"Since then: {'; '.join(replay.since)}.", indent=2, hanging=2)


def _entry(app: App, finding: Finding) -> dict[str, Any]:
    described = _descriptions(app, finding.rule)
    thresholds = [
        {
            "parameter": one.name, "limit": one.limit, "value": one.value,
            "description": described.get(one.name, ""),
            "origin": _origin(app.settings, finding.rule, one),
        }
        for one in finding.reckoning.thresholds
    ]  # fmt: skip
    return finding_entry(finding, None) | {
        "formula": clean(finding.reckoning.formula) or None,
        "thresholds": thresholds,
    }


def _documents(place: Place, found: Sequence[Alert], replays: Mapping[str, Replay]) -> None:
    entries = []
    for alert in found:
        store = place.app.store
        told = alert_entry(alert, answers_of(place.app.settings, store, now())) | past(store, alert)
        entry = _entry(place.app, alert.finding) | told
        at = _judged_at(store, alert)
        entry["judged_at"], entry["judged_by"] = at.isoformat(), _inputs(_run_of(store, at))
        entry["speaks_for"] = [one.id for one in victims_of(store, alert)]
        entry["not_known"] = list(_unknown(store, alert))
        if (again := replays.get(alert.fingerprint)) is not None:
            entry["replay"] = {
                "verdict": again.verdict, "differences": list(again.differences),
                "since": list(again.since),
            }  # fmt: skip
        entries.append(entry)
    place.screen.entries("syncd/alerts/1", "alerts", entries)


def _inputs(run: RunRecord | None) -> dict[str, str] | None:
    """What a pass judged by; None where it is not kept."""
    if run is None:
        return None
    return {
        "run": run.id, "snapshot_hash": run.snapshot_hash, "config_hash": run.config_hash,
        "calendar_data": run.calendar_data, "code_version": run.code_version,
    }  # fmt: skip
