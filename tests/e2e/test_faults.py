"""Every answer a provider should not give, at each point of a pull, against the whole application.

Each case starts from the same store: three sources read to their end, alerts open on each. Then
people go on working, one source misbehaves for two runs, and is well again for a third. A twin that
was never disturbed runs at the same times: what it opens, resolves and mails is what the disturbed
one must come to, once, and nothing before its data is whole again.
"""

import json
import logging
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd import plugins
from syncd.app import App, RunReport
from syncd.connectors.http import Limits
from syncd.demo.simulators.github import GitHubSimulator
from syncd.demo.simulators.google_calendar import GoogleCalendarSimulator
from syncd.demo.simulators.jira import JiraSimulator
from syncd.demo.simulators.server import Answer, Request, Simulator
from syncd.errors import (
    AuthError,
    NotVisible,
    RateLimited,
    SourceError,
    Unavailable,
    UnexpectedAnswer,
)
from syncd.model.alerts import Reason
from syncd.model.calendar import WorkingCalendar
from syncd.model.history import Change
from syncd.model.snapshot import Scope
from syncd.pulling import ENDS_SOURCE, Source, exit_code
from syncd.retrying import TRIES, retrying
from syncd.settings import Settings, load

PRIMED = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
EDITED = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RUNS = tuple(
    datetime(2026, 11, 25, 9, 0, tzinfo=UTC) + timedelta(minutes=20 * turn) for turn in range(3)
)
"""Two runs under the fault, and one after it."""

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
page_size = 2
[sources.github]
kind = "github"
url = "{github}"
repos = ["acme/ledger"]
per_page = 2
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
[people.dana]
name = "Dana Li"
email = "dana@example.com"
role = "tpm"
programs = ["checkout"]
[mail]
from = "syncd <syncd@example.com>"
to_outbox = true
[alerts]
adoption = false
avalanche = false
digest = false
quiet_hours = false
"""


def day(offset: int):
    """Working days from the first disturbed run."""
    return WorkingCalendar().shift(RUNS[0].date(), offset)


class World:
    """Three providers and what people do in them; each list is longer than a page."""

    def __init__(self) -> None:
        began = PRIMED - timedelta(days=60)
        self.jira = JiraSimulator("cloud", now=began).start()
        self.github = GitHubSimulator(now=began).start()
        self.calendar = GoogleCalendarSimulator(now=began).start()
        self.calendar.page_limit = 2
        self.by_name: dict[str, Simulator] = {
            "jira": self.jira, "github": self.github, "calendar": self.calendar,
        }  # fmt: skip
        self._plan()
        self.credentials = self.calendar.service_account()
        self.at(PRIMED)

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
        for name, value in (
            ("sources__jira__token", self.jira.token),
            ("sources__github__token", GITHUB_TOKEN),
            ("sources__calendar__credentials", self.credentials),
        ):
            (folder / "secrets" / name).write_text(value)
            (folder / "secrets" / name).chmod(0o600)

    @property
    def secrets(self) -> tuple[str, ...]:
        given = [
            request.headers.get("authorization", "").partition(" ")[2]
            for simulator in self.by_name.values()
            for request in simulator.requests
        ]
        key = json.loads(self.credentials)["private_key"].splitlines()[1]
        return (self.jira.token, GITHUB_TOKEN, key, *filter(None, set(given)))


class Quiet:
    """Progress that nobody watches."""

    def started(self, source: str) -> None: ...
    def advanced(self, source: str, items: int, expected: int | None) -> None: ...
    def finished(self, source: str, changed: int, failure: object) -> None: ...


@dataclass
class Installation:
    """A store of its own, run in process: waits are noted instead of slept."""

    folder: Path
    settings: Settings
    waits: dict[str, list[float]] = field(default_factory=dict)

    def open(self, now: datetime, hurried: Collection[str]) -> App:
        """The application; the sources of `hurried` have half a second and one try."""
        app = App(self.settings, now=now, own=True)
        app.sources = tuple(
            Source(name=each.name, build=self._without_sleep(each, each.name in hurried))
            for each in app.sources
        )
        return app

    def _without_sleep(self, source: Source, is_hurried: bool) -> Callable[[], Any]:
        limits, budget = (Limits(total=0.5), 0.5) if is_hurried else (None, 120.0)

        def build() -> Any:
            built = source.build()
            connector = type(built)(built.name, built.settings, limits=limits)
            built.close()
            owner = connector if built.name == "calendar" else connector.client
            waits = self.waits[built.name] = []
            owner.retry = retrying(budget, sleep=waits.append)
            return connector

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


def run(place: Installation, now: datetime, hurried: Collection[str] = ()) -> Seen:
    with place.open(now, hurried) as app:
        report = app.run_once(now, progress=Quiet())
        snapshot = app.store.snapshot(now)
        groups = (snapshot.issues, snapshot.pull_requests, snapshot.milestones, snapshot.events)
        return Seen(
            report=report,
            cursors={
                scope: app.store.cursor(scope)
                for scope in (Scope(s, name) for s, names in SCOPES.items() for name in names)
            },
            items={item.key: item for group in groups for item in group},
            invisible=snapshot.invisible,
            fresh={one.scope: one for one in app.store.freshness()},
            alerts={one.fingerprint: one for one in app.store.alerts()},
            messages=app.store.messages(),
            history=tuple(unlearned(change) for change in snapshot.changes),
        )


def unlearned(change: Change) -> Change:
    """Without when we saw it: that is all by which a late reader differs."""
    seen = change.native_id.startswith("observed:")
    return replace(change, learned_at=change.at, native_id="" if seen else change.native_id)


@dataclass(frozen=True)
class Stage:
    """The world as it is during the fault, the store as it was before, and the undisturbed twin."""

    world: World
    template: Path
    before: Seen
    twin: tuple[Seen, ...]

    def install(self, folder: Path) -> Installation:
        shutil.copytree(self.template, folder, dirs_exist_ok=True)
        return Installation(folder, load(folder / "syncd.toml", {}, catalog=plugins))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    world = World()
    folder = tmp_path_factory.mktemp("primed")
    world.write(folder)
    primed = Installation(folder, load(folder / "syncd.toml", {}, catalog=plugins))
    run(primed, PRIMED)
    before = run(primed, PRIMED + timedelta(minutes=15))
    world.go_on()
    made = Stage(world, folder, before, ())
    undisturbed = made.install(tmp_path_factory.mktemp("twin"))
    twin = []
    for now in RUNS:
        world.at(now)
        twin.append(run(undisturbed, now))
    yield replace(made, twin=tuple(twin))
    for simulator in world.by_name.values():
        simulator.stop()


@pytest.fixture(autouse=True)
def mended(stage: Stage) -> Iterator[None]:
    yield
    for simulator in stage.world.by_name.values():
        simulator.mend()


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

FAULTS = {
    "login page": Case(answering(200, LOGIN), UnexpectedAnswer, "web page: login or proxy?"),
    "invalid JSON": Case(answering(200, b'{"issues": [}'), UnexpectedAnswer, "not JSON"),
    "truncated JSON": Case(altering(cut), UnexpectedAnswer, "not JSON"),
    "no body": Case(answering(200, b""), UnexpectedAnswer, "0 bytes that are not JSON"),
    "no list": Case(altering(without_list), UnexpectedAnswer, "list"),
    "401": Case(answering(401, SAID), AuthError, "refused", exit_code=4),
    "403": Case(answering(403, SAID), NotVisible, "not allowed (403)"),
    "404": Case(answering(404, SAID), NotVisible, "renamed, deleted, or no right"),
    "429 for two minutes": Case(
        answering(429, SAID, Retry_After="120"), RateLimited, "for 120 s (429)", waits=True
    ),
    "429 without a hint": Case(
        answering(429, SAID), RateLimited, "without saying how long", tries=TRIES, waits=True
    ),
    "500": Case(answering(500, SAID), Unavailable, "the server failed (500)", tries=TRIES),
    "503": Case(answering(503, LOGIN), Unavailable, "the server failed (503)", tries=TRIES),
    "cut off": Case(
        lambda simulator, when: simulator.fail(when, truncate=True),
        Unavailable, "broke off in the middle of its answer", tries=TRIES,
    ),
    "reset": Case(
        lambda simulator, when: simulator.fail(when, reset=True),
        Unavailable, "reset the connection", tries=TRIES,
    ),
    "another host": Case(
        answering(302, b"", Location="http://127.0.0.2:9/login"), UnexpectedAnswer,
        "redirects to http://127.0.0.2:9; refused",
    ),
    "slow drip": Case(
        lambda simulator, when: simulator.fail(when, drip=0.05),
        Unavailable, "did not finish its answer within", short=True,
    ),
}  # fmt: skip


def is_list(source: str, request: Request) -> bool:
    """Whether a request asks for a page of what is read page by page."""
    if source == "jira":
        return request.path.endswith("/search/jql")
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


POINTS = {"first page": first_page, "middle of paging": later_pages}


def hits(simulator: Simulator, since: int, when: Callable[[Request], bool]) -> int:
    return sum(when(request) for request in simulator.requests[since:])


def round_of(number: int) -> dict[str, str]:
    """One fault for each source; over all rounds each source meets each fault."""
    names = list(FAULTS)
    return {
        source: names[(number + shift) % len(names)]
        for source, shift in zip(SCOPES, (0, 5, 11), strict=True)
    }


ALL_ROUNDS = [round_of(number) for number in range(len(FAULTS))]


@pytest.mark.parametrize(
    "faults", ALL_ROUNDS, ids=lambda faults: ", ".join(f"{s}: {f}" for s, f in faults.items())
)
def test_a_fault_decides_nothing_and_once_it_ends_all_is_caught_up(stage, faults, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    place, cases = stage.install(tmp_path), {source: FAULTS[f] for source, f in faults.items()}
    hurried = {source for source, case in cases.items() if case.short}
    for now, point in zip(RUNS, POINTS, strict=False):
        stage.world.at(now)
        began = {name: len(each.requests) for name, each in stage.world.by_name.items()}
        for source, case in cases.items():
            case.plan(stage.world.by_name[source], POINTS[point](source))
        seen = run(place, now, hurried)
        for source, case in cases.items():
            simulator = stage.world.by_name[source]
            simulator.mend()
            said(seen, case, source)
            kept(seen, stage, source, case, now)
            asked = hits(simulator, began[source], POINTS[point](source))
            scopes = 1 if case.error in ENDS_SOURCE else len(SCOPES[source])
            # A token that Google refuses is renewed once: it may just have run out.
            renewed = source == "calendar" and case.error is AuthError
            assert asked == case.tries * scopes + renewed, "asked too often, or not often enough"
            waits = place.waits[source]
            assert len(waits) == case.tries - 1
            assert all(wait >= 1 for wait in waits), "a loop without a pause"
    stage.world.at(RUNS[-1])
    caught_up(run(place, RUNS[-1]), stage)
    assert not [record for record in caplog.records if record.exc_info]
    assert not [secret for secret in stage.world.secrets if secret in caplog.text]


@pytest.mark.parametrize("source", SCOPES)
@pytest.mark.parametrize("name", ["500", "404", "no list"])
def test_the_other_sources_are_as_if_nothing_had_happened(stage, source, name, tmp_path):
    place = stage.install(tmp_path)
    stage.world.at(RUNS[0])
    FAULTS[name].plan(stage.world.by_name[source], later_pages(source))
    seen = run(place, RUNS[0])
    assert seen.report.exit_code == FAULTS[name].exit_code
    whole(seen, stage.twin[0], source, RUNS[0])


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
    assert seen.cursors == twin.cursors
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


def test_a_wait_that_was_asked_for_is_kept_to_by_the_next_runs(stage, tmp_path):
    place = stage.install(tmp_path)
    stage.world.at(RUNS[0])
    for source, simulator in stage.world.by_name.items():
        FAULTS["429 for two minutes"].plan(simulator, first_page(source))
    run(place, RUNS[0])
    asked = {name: len(each.requests) for name, each in stage.world.by_name.items()}
    soon = run(place, RUNS[0] + timedelta(seconds=90))
    assert asked == {name: len(each.requests) for name, each in stage.world.by_name.items()}
    assert soon.report.exit_code == 7, "nothing could be read, all of it may be later"
    for report in soon.report.sources:
        (error,) = report.failures
        assert isinstance(error, RateLimited)
        assert "asked us to wait until 09:02 UTC" in str(error)
        assert error.hint
    for simulator in stage.world.by_name.values():
        simulator.mend()
    stage.world.at(RUNS[-1])
    caught_up(run(place, RUNS[-1]), stage)


@pytest.mark.parametrize("name", ["500", "503", "cut off", "reset", "429 without a hint"])
def test_a_fault_that_passes_while_we_try_again_is_never_heard_of(stage, name, tmp_path):
    place = stage.install(tmp_path)
    stage.world.at(RUNS[0])
    for source, simulator in stage.world.by_name.items():
        FAULTS[name].plan(simulator, later_pages(source))
        simulator.faults[-1].times = TRIES - 1
    seen = run(place, RUNS[0])
    assert not any(each.faults[0].times for each in stage.world.by_name.values())
    assert {source: len(waits) for source, waits in place.waits.items()} == dict.fromkeys(
        SCOPES, TRIES - 1
    )
    assert seen.report.exit_code == 0
    assert seen.items == stage.twin[0].items
    assert lives(seen) == lives(stage.twin[0])


@pytest.mark.parametrize("name", ["404", "403", "no list", "invalid JSON"])
def test_a_project_that_cannot_be_read_leaves_the_next_one_whole(stage, name, tmp_path):
    place = stage.install(tmp_path)
    stage.world.at(RUNS[0])

    def of_pay(request: Request) -> bool:
        return is_list("jira", request) and '"PAY"' in request.json()["jql"]

    FAULTS[name].plan(stage.world.jira, of_pay)
    seen = run(place, RUNS[0])
    assert seen.report.exit_code == 3
    pay, led = Scope("jira", "PAY"), Scope("jira", "LED")
    assert seen.cursors[pay] == stage.before.cursors[pay]
    assert seen.fresh[pay].failing_since == RUNS[0]
    assert seen.cursors[led] == stage.twin[0].cursors[led]
    assert seen.fresh[led].failing_since is None
    for key, item in stage.twin[0].items.items():
        if item.scope == "LED":
            assert seen.items[key] == item


SIGN_IN = {
    "a login page": Case(answering(200, LOGIN), UnexpectedAnswer, "web page: login or proxy?"),
    "a proxy's refusal": Case(answering(403, LOGIN), UnexpectedAnswer, "web page"),
    "a list": Case(answering(200, []), UnexpectedAnswer, "not of the promised shape"),
    "500": Case(answering(500, SAID), Unavailable, "the server failed (500)", tries=TRIES),
    "429": Case(
        answering(429, SAID, Retry_After="120"), RateLimited, "asked to wait", waits=True
    ),
    "invalid_grant": Case(
        answering(400, {"error": "invalid_grant"}), AuthError, "invalid_grant", exit_code=4
    ),
    "a reset": Case(
        lambda simulator, when: simulator.fail(when, reset=True),
        Unavailable, "reset the connection", tries=TRIES,
    ),
}  # fmt: skip


def is_sign_in(request: Request) -> bool:
    return request.path.endswith("/token")


@pytest.mark.parametrize("name", SIGN_IN)
def test_a_google_sign_in_that_fails(stage, name, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    place, case, calendar = stage.install(tmp_path), SIGN_IN[name], stage.world.calendar
    stage.world.at(RUNS[0])
    before = len(calendar.requests)
    case.plan(calendar, is_sign_in)
    seen = run(place, RUNS[0])
    said(seen, case, "calendar", where="sign-in")
    kept(seen, stage, "calendar", case, RUNS[0])
    assert hits(calendar, before, is_sign_in) == case.tries
    assert len(place.waits["calendar"]) == case.tries - 1
    assert not [secret for secret in stage.world.secrets if secret in caplog.text]
    assert not [record for record in caplog.records if record.exc_info]
    calendar.mend()
    stage.world.at(RUNS[-1])
    caught_up(run(place, RUNS[-1]), stage)


def everything(_: Request) -> bool:
    return True


@pytest.mark.parametrize("name", ["login page", "401", "reset", "503"])
def test_a_provider_that_answers_nothing_else(stage, name, tmp_path):
    """From the very first request on, as a portal or a proxy in front of it does."""
    place, case = stage.install(tmp_path), FAULTS[name]
    stage.world.at(RUNS[0])
    for simulator in stage.world.by_name.values():
        case.plan(simulator, everything)
    seen = run(place, RUNS[0])
    errors = [error for report in seen.report.sources for error in report.failures]
    assert {error.source for error in errors} == set(SCOPES)
    assert all(isinstance(error, SourceError) and error.hint for error in errors)
    assert seen.report.exit_code == {"login page": 3, "401": 4}.get(name, 7)
    for source in SCOPES:
        kept(seen, stage, source, case, RUNS[0])
    for simulator in stage.world.by_name.values():
        simulator.mend()
    stage.world.at(RUNS[-1])
    caught_up(run(place, RUNS[-1]), stage)


COMMANDS = {
    "jira": ("login page", "web page: login or proxy?", "open the address in a browser"),
    "github": ("401", "the credential was refused (401)", "make a new token at"),
    "calendar": ("another host", "refused, since the credential", "set sources.calendar.url"),
}


def test_the_command_says_what_where_why_and_how_on(place):
    place.github.add_token(GITHUB_TOKEN, "dli")
    assert place.syncd("sync").returncode == 0
    for source, (name, _, _) in COMMANDS.items():
        FAULTS[name].plan(getattr(place, source), everything)
    done = place.syncd("-v", "sync")
    assert done.returncode == 4
    for source, (_, why, hint) in COMMANDS.items():
        (line,) = (each for each in done.stdout.splitlines() if each.startswith(source))
        assert why in line
        assert any(
            each.startswith(f"{source}: ") and hint in each for each in done.stderr.splitlines()
        )
    assert "Traceback" not in done.stdout + done.stderr
    assert "simulated-" not in done.stdout + done.stderr
    held = json.loads(place.syncd("status", "-f", "json").stdout)
    assert all(each["items"] for each in held["sources"])


def test_the_stage_decides_something_on_each_source(stage):
    """Else the tests above would be silent for want of news."""
    for source in SCOPES:
        reasons = {reason for reason, _ in stage.twin[0].news(source, concerns=True)}
        assert {"opened", "cleared"} <= reasons
    assert stage.twin[1].report.transitions == ()
