"""`syncd routes`: the routing tree, and who would hear of one alert, by which line, and when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from syncd.alerts.audiences import Sight
from syncd.alerts.explaining import Told
from syncd.app import App
from syncd.cli.alerts import answers_of, find
from syncd.cli.holds import why_held
from syncd.cli.options import Options, Usage
from syncd.cli.screen import Cell, Column, Screen, clean
from syncd.cli.wiring import now, open_app, settings_of
from syncd.cli.words import moment
from syncd.model.alerts import Alert, AlertState, Reason, Transition
from syncd.model.routes import Route
from syncd.settings import Settings

LAST = "without a route that fits: owner, leads, those who run or follow the program"


def list_routes(options: Options) -> int:
    """Every route with its conditions, whom it tells, and where it is written."""
    screen = Screen(options)
    settings = settings_of(options, with_plugins=False)
    tree = settings.tree()
    if screen.is_json:
        entries = [_route_entry(route, settings) for route in tree]
        screen.entries("syncd/routes/1", "routes", entries)
        return 0
    columns = (
        Column(title="Route", head=True), Column(title="Fits", flexible=True),
        Column(title="Tells"), Column(title="When"), Column(title="Written at", drop=1),
    )  # fmt: skip
    rows = [
        [Cell(text=text) for text in _route_row(route, settings, depth)]
        for route, depth in _in_order(tree)
    ]
    if rows:
        screen.table(columns, rows)
    screen.text(LAST[:1].upper() + LAST[1:] + ".")
    return 0


def test(options: Options, name: str) -> int:
    """Each person of the configuration: told or not, by which line, when, and why."""
    screen = Screen(options)
    with open_app(options, read_only=True) as app:
        transition = _news_of(app, name)
        answer = answers_of(app.settings, app.store, now()).of(transition.alert)
        told = app.explain(now(), transition)
        if screen.is_json:
            _documents(screen, transition.alert, told, app.settings)
            return 0
        alert, finding = transition.alert, transition.alert.finding
        called = alert.id if alert.number else "Not an alert yet"
        screen.text(f"{called}  {clean(finding.summary)}", hanging=2)
        screen.text(f"{finding.rule}, {finding.severity}, tier {finding.tier}. If it were new now:")
        screen.table(
            (
                Column(title="", head=True), Column(title="", head=True),
                Column(title="", flexible=True), Column(title="", drop=1),
            ),
            [_told_row(one, app.settings, options.zone) for one in told],
        )  # fmt: skip
        if answer is not None:
            screen.note(f"{alert.id} was answered by {answer.by}: {answer.kind}; it is not told.")
        if alert.inhibited_by:
            screen.note(f"{alert.id} has the same cause as another, which is told instead.")
    return 0


def _news_of(app: App, name: str) -> Transition:
    """The alert of this number, fingerprint or ref, or a finding of now. Raises Usage."""
    at = now()
    try:
        alert = find(app.store, name)
    except Usage:
        held = [
            one
            for one in app.store.alerts()
            if one.finding.ref == name and one.state is not AlertState.RESOLVED
        ]
        alert = held[0] if held else _fresh(app, name)
    return Transition(alert=alert, before=None, reason=Reason.OPENED, at=at, told=True)


def _fresh(app: App, name: str) -> Alert:
    at = now()
    found = app.reconcile(at, assume_fresh=True).evaluation.findings
    matching = [one for one in found if name in (one.fingerprint, one.ref)]
    if not matching:
        raise Usage(f'there is no alert and no finding "{name}"', "syncd alerts list")
    return Alert.of(matching[0], at)


def _told_row(one: Told, settings: Settings, zone: str | None) -> list[Cell]:
    outcome = "not told"
    if one.is_told:
        outcome = "told now" if one.at is None else f"told {_at(one, zone)}"
    words = [one.why]
    if one.at is not None:
        words.append(why_held(one.hold, one.person))
    if one.sight is not Sight.FULL and one.is_told:
        words.append("in the neutral form, as they may not see all of it")
    texts = (one.person.id, outcome, clean("; ".join(filter(None, words))), _place(one, settings))
    return [Cell(text=text) for text in texts]


def _at(one: Told, zone: str | None) -> str:
    if one.at is None:
        return "now"
    local = ZoneInfo(zone or one.person.timezone)
    return f"{moment(one.at, local, now().astimezone(local).date())} {one.at.astimezone(local):%Z}"


def _place(one: Told, settings: Settings) -> str:
    return settings.place(one.path) if one.path else ""


def _documents(screen: Screen, alert: Alert, told: Sequence[Told], settings: Settings) -> None:
    entries = [
        {
            "type": "told", "person": one.person.id, "told": one.is_told,
            "at": one.at.isoformat() if one.at else None, "hold": str(one.hold) or None,
            "why": one.why, "sight": one.sight.value, "key": ".".join(one.path) or None,
            "line": _place(one, settings) or None,
        }
        for one in told
    ]  # fmt: skip
    number = alert.id if alert.number else None
    more = {"alert": number, "fingerprint": alert.fingerprint}
    screen.entries("syncd/routes-test/1", "people", entries, **more)


def _in_order(tree: Sequence[Route], level: str = "", depth: int = 0) -> list[tuple[Route, int]]:
    """Those of one level in their order, each followed by what refines it."""
    found: list[tuple[Route, int]] = []
    for route in tree:
        if route.within == level:
            found += [(route, depth), *_in_order(tree, route.id, depth + 1)]
    return found


def _route_row(route: Route, settings: Settings, depth: int) -> tuple[str, ...]:
    tells = ", ".join(route.to) if route.to else "as around it" if route.within else "usual"
    when = str(route.when or ("as around it" if route.within else "usual"))
    goes_on = "; goes on" if route.goes_on else ""
    name = "  " * depth + route.id
    return name, _conditions(route) + goes_on, tells, when, settings.place(("routes", route.id))


def _conditions(route: Route) -> str:
    lists = {
        "program": route.programs, "team": route.teams, "rule": route.rules,
        "tier": route.tiers, "owner": route.owners, "role": [str(one) for one in route.roles],
    }  # fmt: skip
    parts = [f"{name} {' or '.join(values)}" for name, values in lists.items() if values]
    if route.severity is not None:
        parts.append(f"{route.severity} or worse")
    return ", ".join(parts) or "everything"


def _route_entry(route: Route, settings: Settings) -> dict[str, Any]:
    return {
        "type": "route", "id": route.id, "within": route.within or None,
        "fits": {
            "program": list(route.programs), "team": list(route.teams), "rule": list(route.rules),
            "severity": str(route.severity) if route.severity is not None else None,
            "tier": list(route.tiers), "owner": list(route.owners),
            "role": [str(one) for one in route.roles],
        },
        "to": list(route.to) if route.to else None, "when": str(route.when) if route.when else None,
        "continue": route.goes_on, "line": settings.place(("routes", route.id)),
    }  # fmt: skip
