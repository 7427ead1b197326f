"""Three providers in which people work, an installation that reads them, and an undisturbed twin."""

import base64
import json
import shutil
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ports import kept_port
from sections import AT_ONCE, DANA, OUTBOX
from silent import Silent

from syncd import plugins
from syncd.app import App, RunReport
from syncd.connectors.google_calendar.connector import GoogleCalendarConnector
from syncd.connectors.http import Limits
from syncd.demo.simulators.github import GitHubSimulator
from syncd.demo.simulators.google_calendar import GoogleCalendarSimulator
from syncd.demo.simulators.jira import JiraSimulator
from syncd.demo.simulators.server import Answer, Request, Simulator
from syncd.errors import SourceError
from syncd.interfaces import Forking
from syncd.model.alerts import Reason
from syncd.model.calendar import WorkingCalendar
from syncd.model.history import Change
from syncd.model.snapshot import Scope
from syncd.pulling import Source, exit_code
from syncd.retrying import retrying
from syncd.settings import Settings, load
from syncd.store import open_store

PRIMED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
EDITED = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RUNS = tuple(
    datetime(2026, 11, 25, 9, 0, tzinfo=UTC) + timedelta(minutes=20 * turn) for turn in range(4)
)
"""Three runs under the fault, each at another point of the paging, and one after it."""

REPO, PLAN = "acme/ledger", "plan@example.com"
GITHUB_TOKEN = "simulated-github-token"
SCOPES = {"jira": ("PAY", "LED"), "github": (REPO,), "calendar": (PLAN,)}
NEWS = {Reason.OPENED, Reason.REOPENED, Reason.CLEARED, Reason.WORSE, Reason.NO_LONGER_VISIBLE}

CONFIG = """
timezone = "UTC"
[sources.jira]
kind = "jira"
url = "{jira}"
user = "{user}"
projects = ["PAY", "LED"]
page_size = 1
[sources.github]
kind = "github"
url = "{github}"
repos = ["acme/ledger"]
per_page = 1
[sources.calendar]
kind = "google_calendar"
url = "{calendar}"
calendars = ["plan@example.com"]
[teams.payments]
owns = ["jira:PAY"]
[teams.ledger]
owns = ["jira:LED", "github:acme/ledger"]
[programs.checkout]
teams = ["payments", "ledger"]
[deliverables.checkout]
name = "Checkout"
match = ["jira:fixVersion=checkout", "calendar:summary~'Checkout launch'"]
[deliverables.ledger]
name = "Ledger"
match = ["github:milestone=ledger", "calendar:summary~'Ledger launch'"]
"""
CONFIG += DANA + OUTBOX + AT_ONCE


def day(offset: int):
    """Working days from the first disturbed run."""
    return WorkingCalendar().shift(RUNS[0].date(), offset)


class World:
    """Three providers and what people do in them; each list has three pages or more."""

    def __init__(self) -> None:
        began = PRIMED - timedelta(days=60)
        # Kept, since some are stopped and come back.
        self.jira = JiraSimulator("cloud", now=began).start(kept_port())
        self.github = GitHubSimulator(now=began).start(kept_port())
        self.calendar = GoogleCalendarSimulator(now=began).start(kept_port())
        self.calendar.page_limit = 1
        self.by_name: dict[str, Simulator] = {
            "jira": self.jira, "github": self.github, "calendar": self.calendar,
        }  # fmt: skip
        self._plan()
        self.credentials = self.calendar.service_account()
        self.at(PRIMED)

    def close(self) -> None:
        for simulator in self.by_name.values():
            simulator.stop()

    def at(self, now: datetime) -> None:
        for simulator in self.by_name.values():
            simulator.now = now

    def _plan(self) -> None:
        jira, github, calendar = self.jira, self.github, self.calendar
        jira.add_user("rosei", "R. Osei")
        for key in SCOPES["jira"]:
            jira.add_project(key, key)
        checkout = jira.add_version("PAY", "checkout", release=day(20))
        self.issues = [
            jira.add_issue(
                project, f"Part {number}", by="rosei", assignee="rosei", due=day(due),
                versions=(checkout,) if project == "PAY" and number == 2 else (),
            )
            for project in SCOPES["jira"]
            for number, due in enumerate((-9, 12, 18))
        ]  # fmt: skip
        jira.link("PAY-2", "is blocked by", "LED-3", by="rosei")
        github.add_token(GITHUB_TOKEN, "dli")
        github.add_repo(REPO)
        for name, due in (("ledger", 15), ("audit", -9), ("metrics", 9)):
            github.add_milestone(REPO, name, due=day(due))
            github.open_issue(REPO, f"Work on {name}", milestone=name)
        github.open_pull(REPO, "A change", head="change")
        calendar.add_calendar(PLAN)
        self.events = {
            name: calendar.add_event(PLAN, name, day(due))
            for name, due in (
                ("Checkout launch", 10), ("Ledger launch", 15), ("Off-site", 3), ("Party", 4)
            )
        }  # fmt: skip

    def go_on(self) -> None:
        """Mend some of what is wrong on each provider, and break something else there."""
        self.at(EDITED)
        self.jira.edit("PAY-1", by="rosei", due=day(11))
        self.jira.edit("LED-3", by="rosei", due=day(8))
        self.jira.edit("PAY-3", by="rosei", due=day(-4))
        self.jira.edit("LED-2", by="rosei", due=day(-5))
        for key in ("PAY-2", "LED-1"):
            self.jira.comment(key, "Going on", by="rosei")
        self.github.set_due(REPO, "audit", day(12))
        self.github.set_due(REPO, "metrics", day(-4))
        for number in range(1, 5):
            self.github.comment(f"{REPO}#{number}", by="dli")
            self.github.now += timedelta(minutes=1)
        self.calendar.move_event(PLAN, self.events["Checkout launch"], day(20))
        self.calendar.move_event(PLAN, self.events["Off-site"], day(5))
        self.calendar.move_event(PLAN, self.events["Party"], day(6))
        self.calendar.move_event(PLAN, self.events["Ledger launch"], day(9))

    def write(self, folder: Path) -> None:
        text = CONFIG.format(
            jira=self.jira.url, user=self.jira.user, github=self.github.url,
            calendar=self.calendar.url,
        )  # fmt: skip
        (folder / "syncd.toml").write_text(text)
        (folder / "secrets").mkdir(mode=0o700)
        keep_secret(folder, "jira", self.jira.token)
        keep_secret(folder, "github", GITHUB_TOKEN)
        keep_secret(folder, "calendar", self.credentials)

    @property
    def secrets(self) -> frozenset[str]:
        """Every credential in use or given out, in each form in which it could leak."""
        given = {
            request.headers.get("authorization", "").partition(" ")[2]
            for simulator in self.by_name.values()
            for request in simulator.requests
        }
        key = json.loads(self.credentials)["private_key"].splitlines()[1]
        plain = {self.jira.token, GITHUB_TOKEN, key, *filter(None, given)}
        pairs = {f"{self.jira.user}:{self.jira.token}", f"x-access-token:{GITHUB_TOKEN}"}
        encoded = {base64.b64encode(each.encode()).decode() for each in plain | pairs}
        return frozenset(plain | encoded | {quote(each, safe="") for each in plain | encoded})


def keep_secret(folder: Path, source: str, value: str) -> None:
    """Put the file in place that holds the credential of a source, whole at once."""
    name = "credentials" if source == "calendar" else "token"
    made = folder / f"new-{source}"
    made.write_text(value)
    made.chmod(0o600)
    made.replace(folder / "secrets" / f"sources__{source}__{name}")


def without_sleep(
    connector: Any, budget: float = 120.0, sleep: Callable[[float], None] = lambda _: None
) -> Any:
    """The connector and its forks, waiting as told between two tries."""
    owner = connector if isinstance(connector, GoogleCalendarConnector) else connector.client
    owner.retry = retrying(budget, sleep=sleep)
    if isinstance(connector, Forking):
        fork = connector.fork
        connector.fork = lambda: without_sleep(fork(), budget, sleep)
    return connector


@dataclass
class Installation:
    """A store of its own, run in process: waits are noted instead of slept."""

    folder: Path
    settings: Settings
    waits: dict[str, list[float]] = field(default_factory=dict)

    def open(self, now: datetime, hurried: Collection[str]) -> App:
        """The application; the sources of `hurried` have two seconds and one try."""
        app = App(self.settings, now=now, own=True)
        app.sources = tuple(
            Source(name=each.name, build=self._without_sleep(each, each.name in hurried))
            for each in app.sources
        )
        return app

    def open_sources(self) -> tuple[Source, ...]:
        """The sources as the product builds them."""
        with App(self.settings, now=PRIMED, read_only=True) as app:
            return app.sources

    def _without_sleep(self, source: Source, is_hurried: bool) -> Callable[[], Any]:
        limits, budget = (Limits(total=2), 0.5) if is_hurried else (None, 120.0)

        def build() -> Any:
            built = source.build()
            connector = type(built)(built.name, built.settings, limits=limits)
            built.close()
            self.waits[built.name] = []
            return without_sleep(connector, budget, self.waits[built.name].append)

        return build


@dataclass(frozen=True)
class Seen:
    """What one run did and left behind."""

    report: RunReport
    cursors: Mapping[Scope, str | None]
    items: Mapping[Any, Any]
    invisible: frozenset[Any]
    fresh: Mapping[Scope, Any]
    alerts: Mapping[str, Any]
    messages: tuple[Any, ...]
    history: tuple[Any, ...]

    def news(self, source: str, *, concerns: bool) -> set[tuple[str, str]]:
        """(reason, fingerprint) of what was opened or resolved, on a source or beside it."""
        return {
            (str(one.reason), one.alert.fingerprint)
            for one in self.report.transitions
            if one.reason in NEWS
            and one.alert.finding.rule != "source-stale"
            and (source in {scope.source for scope in one.alert.finding.scopes}) is concerns
        }


def run(
    place: Installation, now: datetime, hurried: Collection[str] = (), *, as_built: bool = False
) -> Seen:
    """One whole run. `as_built` leaves the sources as they are: they take up new credentials."""
    opened = App(place.settings, now=now, own=True) if as_built else place.open(now, hurried)
    with opened as app:
        report = app.run_once(now, progress=Silent())
        snapshot = app.store.snapshot(now)
        groups = (snapshot.issues, snapshot.pull_requests, snapshot.milestones, snapshot.events)
        return Seen(
            report=report,
            cursors=cursors(place.folder),
            items={item.key: item for group in groups for item in group},
            invisible=snapshot.invisible,
            fresh={one.scope: one for one in app.store.freshness()},
            alerts={one.fingerprint: one for one in app.store.alerts()},
            messages=app.store.messages(),
            history=tuple(unlearned(change) for change in snapshot.changes),
        )


def cursors(folder: Path) -> dict[Scope, str | None]:
    """Where complete pulls ended. A bookmark inside one that was cut off moves nothing."""
    with closing(sqlite3.connect(folder / "var" / "syncd.db")) as store:
        rows = store.execute("SELECT source, name, cursor FROM scopes").fetchall()
    held = {Scope(source, name): cursor for source, name, cursor in rows}
    return {
        Scope(s, name): held.get(Scope(s, name)) for s, names in SCOPES.items() for name in names
    }


def unlearned(change: Change) -> Change:
    """Without when we saw it: that is all by which a late reader differs."""
    seen = change.native_id.startswith("observed:")
    return change._replace(learned_at=change.at, native_id="" if seen else change.native_id)


@dataclass(frozen=True)
class Stage:
    """The world as it is during the fault, the store as it was before, and the undisturbed twin."""

    world: World
    template: Path
    before: Seen
    twin: tuple[Seen, ...]

    def install(self, folder: Path) -> Installation:
        shutil.copytree(self.template, folder, dirs_exist_ok=True)
        settings = load(folder / "syncd.toml", {}, catalog=plugins)
        open_store(settings.store_url, now=PRIMED, own=True, adopt=True).close()
        return Installation(folder, settings)


def built_stage(folder: Path, twins: Path) -> Iterator[Stage]:
    """A primed store in `folder`, then a disturbance-free life of its copy in `twins`."""
    world = World()
    world.write(folder)
    primed = Installation(folder, load(folder / "syncd.toml", {}, catalog=plugins))
    run(primed, PRIMED)
    world.at(PRIMED + timedelta(minutes=15))
    before = run(primed, PRIMED + timedelta(minutes=15))
    world.go_on()
    made = Stage(world, folder, before, ())
    undisturbed = made.install(twins)
    twin = []
    for now in RUNS:
        world.at(now)
        twin.append(run(undisturbed, now))
    yield replace(made, twin=tuple(twin))
    world.close()


Plan = Callable[[Simulator, Callable[[Request], bool]], object]


@dataclass(frozen=True)
class Case:
    """A misbehaviour, what it is to be called, and what it costs."""

    plan: Plan
    error: type[SourceError]
    words: str
    exit_code: int = 3
    tries: int = 1
    waits: bool = False
    short: bool = False


def answering(status: int, body: Any = None, **headers: str) -> Plan:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda simulator, when: simulator.fail(when, status=status, body=body, headers=told)


def altering(change: Callable[[Answer], Answer]) -> Plan:
    return lambda simulator, when: simulator.fail(when, change=change)


def cut(answer: Answer) -> Answer:
    """Half of the JSON, whole on the wire."""
    body, _ = answer.encoded()
    return Answer(body=body[: len(body) // 2], headers=answer.headers)


def without_list(answer: Answer) -> Answer:
    """The list itself is missing; where the answer is nothing but a list, it is something else."""
    if isinstance(answer.body, list):
        return Answer(body={"total": len(answer.body)}, headers=answer.headers)
    body = {name: value for name, value in answer.body.items() if name not in ("issues", "items")}
    return Answer(body=body, headers=answer.headers)


LOGIN = "<!DOCTYPE html><html><title>Sign in</title><form action=/login></form></html>"
# A careless server repeats the credential.
SAID = {"message": f"refused: {GITHUB_TOKEN} simulated-jira-token"}


def is_list(source: str, request: Request) -> bool:
    """Whether a request asks for a page of what is read page by page."""
    if source == "jira":
        # Not the one search over all projects that only tells which of them have news.
        is_search = request.path.endswith("/search/jql")
        return is_search and " in (" not in request.json()["jql"]
    return request.path.endswith("/issues" if source == "github" else "/events")


def first_page(source: str) -> Callable[[Request], bool]:
    return lambda request: is_list(source, request)


def later_pages(source: str) -> Callable[[Request], bool]:
    """All but the first page; GitHub's later ones are asked for by time."""
    if source == "jira":
        return lambda request: is_list(source, request) and "nextPageToken" in request.json()
    if source == "calendar":
        return lambda request: is_list(source, request) and "pageToken" in request.query
    passed: list[Request] = []

    def when(request: Request) -> bool:
        if is_list(source, request):
            passed.append(request)
        return is_list(source, request) and len(passed) > 1

    return when


def last_page(source: str) -> Callable[[Request], bool]:
    """The page after which nothing follows, of what `World.go_on` changed."""
    if source == "jira":
        return lambda request: (
            is_list(source, request) and (request.json().get("nextPageToken") == "2")
        )
    if source == "calendar":
        tokens: list[str] = []

        def third_token(request: Request) -> bool:
            token = request.query.get("pageToken")
            if token and token not in tokens:
                tokens.append(token)
            return is_list(source, request) and tokens[2:3] == [token]

        return third_token
    seen = f"{EDITED + timedelta(minutes=2, seconds=-1):%Y-%m-%dT%H:%M:%SZ}"
    return lambda request: (
        is_list(source, request)
        and ((request.query.get("since"), request.query["page"]) == (seen, "2"))
    )


POINTS = {
    "first page": first_page, "middle of paging": later_pages, "last page": last_page,
}  # fmt: skip


def hits(simulator: Simulator, since: int, when: Callable[[Request], bool]) -> int:
    return sum(when(request) for request in simulator.requests[since:])


def said(seen: Seen, case: Case, source: str, where: str = "") -> None:
    """What, where, why and how on; the exit code of the catalogue; no secret."""
    alone = [
        each if each.source == source else replace(each, failures=())
        for each in seen.report.sources
    ]
    assert exit_code(alone) == case.exit_code
    (failing,) = (each for each in alone if each.failures)
    for error in failing.failures:
        assert type(error) is case.error, error
        assert case.words in str(error)
        assert error.source == source
        assert error.scope in SCOPES[source]
        assert any(each in str(error) for each in (where or error.scope, "http://127.0.0.1"))
        assert error.hint
        assert "\n" not in str(error) + error.hint


def kept(seen: Seen, stage: Stage, source: str, case: Case, now: datetime) -> None:
    """Nothing is gone, nothing decided, the position unmoved, and the age of the data is told."""
    own = [Scope(source, name) for name in SCOPES[source]]
    assert stage.before.items.keys() <= seen.items.keys()
    assert not seen.invisible
    assert [seen.cursors[scope] for scope in own] == [stage.before.cursors[scope] for scope in own]
    for scope in own:
        fresh = seen.fresh[scope]
        assert fresh.is_stale(now, timedelta(minutes=15))
        assert fresh.succeeded_at == stage.before.fresh[scope].succeeded_at
        assert fresh.attempted_at == now
        assert (fresh.retry_at is not None) is case.waits
        assert not [each for each in stage.world.secrets if each in fresh.error]
    assert seen.news(source, concerns=True) == set()
    assert set(mails(seen)) <= set(mails(stage.twin[0]))


def whole(seen: Seen, twin: Seen, source: str, now: datetime) -> None:
    """The others are as if nothing had happened."""
    assert seen.news(source, concerns=False) == twin.news(source, concerns=False)
    for key, item in twin.items.items():
        if key.source != source:
            assert seen.items[key] == item
    for scope, cursor in twin.cursors.items():
        if scope.source != source:
            assert seen.cursors[scope] == cursor
            assert seen.fresh[scope].succeeded_at == now


def caught_up(seen: Seen, stage: Stage) -> None:
    """What an undisturbed run knows, says and has sent, once."""
    twin = stage.twin[-1]
    assert seen.report.exit_code == 0
    assert seen.items == twin.items
    assert seen.invisible == frozenset()
    assert seen.history == twin.history
    assert None not in seen.cursors.values()
    assert lives(seen) == lives(twin)
    assert mails(seen) == mails(twin)


def lives(seen: Seen) -> dict[str, Any]:
    return {
        fingerprint: (alert.state, alert.update, alert.finding.summary, alert.finding.severity)
        for fingerprint, alert in seen.alerts.items()
        if alert.finding.rule != "source-stale"
    }


def mails(seen: Seen) -> list[tuple[str, str, Any]]:
    """(person, state, alerts with their updates) of every mail but those about sources."""
    stale = {f for f, alert in seen.alerts.items() if alert.finding.rule == "source-stale"}
    return sorted(
        (one.person, str(one.state), one.alerts)
        for one in seen.messages
        if not stale & {fingerprint for fingerprint, _ in one.alerts}
    )


def leaks(stage: Stage, place: Installation, seen: Seen, logged: str) -> list[str]:
    """Secrets found in the log, in what a run reports, and in all that the store keeps."""
    told = [str(error) + error.hint for each in seen.report.sources for error in each.failures]
    files = Path(place.settings.store_url.removeprefix("sqlite:///")).parent.rglob("*")
    kept = b"".join(each.read_bytes() for each in files if each.is_file())
    assert kept, "nothing was searched"
    text = "\n".join((logged, repr(seen), *told))
    return [each for each in stage.world.secrets if each in text or each.encode() in kept]
