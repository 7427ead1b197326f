"""20,000 damaged pages a source: no crash, nothing deleted, nothing believed that nobody said.

True answers of the simulators, and recorded ones where they are, are damaged on their way: fields
dropped, nulled, of other types and sizes, dates outside the calendar, numbers outside arithmetic,
keys twice, values swapped, absurd depth. They take the connector's own way from the transport's
door (deadline, size, status, JSON) to the finished page, and some of them into a store.
Each run is the same one; `SYNCD_LOTS=1` draws another, `SYNCD_FUZZ_SEED` repeats that.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random, SystemRandom
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson
import pytest
import requests
import urllib3
from replays import (
    DATA,
    GCAL,
    TRAFFIC,
    CalendarReplay,
    GitHubReplay,
    JiraReplay,
    recorded_traffic,
    rows,
)
from requests.adapters import HTTPAdapter
from stage import without_sleep

from syncd.connectors.github.connector import GitHubConnector
from syncd.connectors.google_calendar.connector import GoogleCalendarConnector
from syncd.connectors.jira.connector import JiraConnector
from syncd.demo.simulators.github import GitHubSimulator
from syncd.demo.simulators.google_calendar import GoogleCalendarSimulator
from syncd.demo.simulators.jira import JiraSimulator
from syncd.demo.simulators.server import Answer, Request, Simulator
from syncd.errors import SourceEmptied, SourceError
from syncd.interfaces import Connector, Page
from syncd.model.snapshot import Scope
from syncd.store import open_store

DRAWN = SystemRandom().randrange(10**9) if os.environ.get("SYNCD_LOTS") else 1
SEED = int(os.environ.get("SYNCD_FUZZ_SEED") or DRAWN)
PAGES = 20_000
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
INTO_STORE = 40
"""Every so many pulls are committed as well: a commit costs as much as many pages."""

DEEP, HUGE, TWICE = "@deep@", "@huge@", "@twice@"
RAW = {
    f'"{DEEP}"': "[" * 950 + "]" * 950,
    f'"{HUGE}"': "1e400",
    '"@digits@"': "9" * 5000,
    f'{TWICE}"': '"',
}
"""What no Python value is written as, and what stands for it until the text is made."""

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, -(2**63), 10**30, 0.1, -1e308, float("nan"),
    float("inf"), "", " ", "0", "null", "\x00", "\ud800", "\udfff\ud800", "\u202e\u2028\u0085",
    "a" * 300, "é" * 70_000, "=?utf-8?q?=0ABcc:_x?=", "\x1b]0;x\x07", "{{7*7}}", "%s%n", "../../x",
    "0000-01-01", "0000-01-01T00:00:00Z", "0001-01-01", "0001-01-01T00:00:00.000+0000",
    "9999-12-31", "9999-12-31T23:59:59.999-1200", "10000-01-01", "10000-01-01T00:00:00Z",
    "2026-02-30", "2026-11-23T09:00:00", "2026-11-23T25:61:61Z", "2026-W48-1", "20261123",
    "1970-01-01T00:00:00+23:59", "-1", "1e5", [], {}, [[]], [None], [{}], {"id": None}, {"": ""},
    [1, "a", None, {}], {"key": {"key": {"key": {}}}}, DEEP, HUGE, "@digits@",
)  # fmt: skip


def slot(rng: Random, value: Any) -> tuple[Any, Any] | None:
    """A place inside: going down at random, so rows and their fields are hit alike."""
    found = None
    while isinstance(value, (dict, list)) and value:
        name = rng.choice(list(value)) if isinstance(value, dict) else rng.randrange(len(value))
        found = (value, name)
        value = value[name]
        if rng.random() < 0.2:
            break
    return found


def damage(rng: Random, body: Any) -> None:
    """One thing that is wrong, somewhere."""
    found = slot(rng, body)
    if found is None:
        return
    where, name = found
    kind = rng.random()
    if kind < 0.2:
        del where[name]
    elif kind < 0.35:
        other = rng.choice(list(where)) if isinstance(where, dict) else rng.randrange(len(where))
        where[name], where[other] = where[other], where[name]
    elif kind < 0.45 and isinstance(where, dict):
        where[str(name) + TWICE] = deepcopy(rng.choice(ODD))
    elif kind < 0.5 and isinstance(where, list):
        where.append(where[name])
    else:
        where[name] = deepcopy(rng.choice(ODD))


def damaged(rng: Random, body: bytes) -> bytes:
    """The answer with up to three things wrong; now and then it is cut, or not of this encoding."""
    if rng.random() < 0.01:
        return body[: rng.randrange(len(body) + 1)]
    value = json.loads(body)
    for _ in range(rng.choice((1, 1, 2, 3))):
        damage(rng, value)
    text = json.dumps(value)
    for shown, raw in RAW.items():
        if shown in text:
            text = text.replace(shown, raw)
    return text.encode(rng.choice(("utf-16", "utf-8-sig")) if rng.random() < 0.005 else "utf-8")


@dataclass
class Door:
    """Stands where the socket would be: a simulator's answers, damaged from the n-th on."""

    simulator: Simulator
    rng: Random
    is_page: Callable[[Request], bool]
    calm: bool = True
    pages: int = 0
    sent: list[bytes] = field(default_factory=list)
    """Bodies of the pull under way, damaged or not."""
    _true: dict[Any, tuple[int, bytes, Mapping[str, str]]] = field(default_factory=dict)

    def answer(self, asked: requests.PreparedRequest) -> urllib3.HTTPResponse:
        request = read_request(asked)
        key = (request.method, request.path, request.pairs, request.body)
        if key not in self._true or request.path.endswith("/token"):
            true = self.told(request)
            own = self.simulator.default_headers(request)
            self._true[key] = (true.status, true.encoded()[0], {**own, **true.headers})
        status, body, headers = self._true[key]
        if not self.calm and status == 200 and self.is_page(request):
            body = damaged(self.rng, body)
            self.pages += 1
        self.sent.append(body)
        headers = {**headers, "Date": f"{NOW:%a, %d %b %Y %H:%M:%S GMT}"}
        return urllib3.HTTPResponse(
            io.BytesIO(body), headers=headers, status=status, preload_content=False
        )

    def told(self, request: Request) -> Answer:
        """What the simulator says; the client may well ask nonsense after it was told nonsense."""
        try:
            return self.simulator.answer(request)
        except Exception:  # noqa: BLE001 - whatever it stumbles over was a bad request
            return Answer(status=400, body={"message": "Bad Request"})


def read_request(asked: requests.PreparedRequest) -> Request:
    where = urlsplit(asked.url or "")
    pairs = tuple(parse_qsl(where.query, keep_blank_values=True))
    body = asked.body or b""
    return Request(
        method=asked.method or "", path=unquote(where.path), query=dict(pairs), pairs=pairs,
        headers={name.lower(): str(value) for name, value in asked.headers.items()},
        body=body.encode() if isinstance(body, str) else body,
    )  # fmt: skip


@dataclass(frozen=True)
class Base:
    """Whose answers are damaged, and who reads them."""

    simulator: Simulator
    scope: str
    build: Callable[[], Connector]
    is_page: Callable[[Request], bool]
    secret: str


def jira_world() -> JiraSimulator:
    sim = JiraSimulator("cloud", now=NOW - timedelta(days=20))
    sim.add_user("dana", "Dana Lee")
    sim.add_project("PAY", "Payments")
    version = sim.add_version("PAY", "2.1", release=date(2026, 12, 1))
    sprint = sim.add_sprint("S 1", state="active", start=sim.now, end=sim.now + timedelta(14))
    for number in range(12):
        key = sim.add_issue("PAY", f"Part {number}", by="dana", description="PAY-1 blocks it")
        sim.now += timedelta(hours=1)
        sim.edit(key, by="dana", due=date(2026, 12, 1 + number), versions=(version,))
        sim.edit(key, by="dana", sprints=(sprint,), labels=("x",), assignee="dana")
        sim.comment(key, "waiting for PAY-2", by="dana")
    for number in range(2, 6):
        sim.link(f"PAY-{number}", "is blocked by", "PAY-1", by="dana")
    sim.now = NOW
    return sim


def github_world() -> GitHubSimulator:
    sim = GitHubSimulator(now=NOW - timedelta(days=20))
    sim.add_token("a-secret-github-token", "dli")
    sim.add_repo("acme/ledger")
    sim.add_milestone("acme/ledger", "v1", due=date(2026, 12, 1))
    for number in range(10):
        sim.now += timedelta(hours=1)
        ref = sim.open_issue("acme/ledger", f"Work {number}", milestone="v1", labels=("bug",))
        sim.assign(ref, "dli")
        pull = sim.open_pull("acme/ledger", f"Change {number}", head="x", body=f"closes {ref}")
        sim.review(pull, by="mfox")
    sim.block("acme/ledger#3", "acme/ledger#1")
    sim.set_parent("acme/ledger#5", "acme/ledger#1")
    sim.merge("acme/ledger#2")
    sim.now = NOW
    return sim


def calendar_world() -> GoogleCalendarSimulator:
    sim = GoogleCalendarSimulator(now=NOW - timedelta(days=20))
    sim.add_calendar("plan@example.com", zone="Europe/Berlin")
    for number in range(12):
        sim.add_event("plan@example.com", f"Launch {number}", date(2026, 12, 1 + number))
        sim.add_event(
            "plan@example.com", f"Talk {number}", NOW + timedelta(days=number),
            attendees=[{"email": "a@example.com", "responseStatus": "accepted"}],
        )  # fmt: skip
    weekly = sim.add_event(
        "plan@example.com", "Weekly", NOW + timedelta(days=1), recurrence="FREQ=WEEKLY;COUNT=9"
    )
    sim.move_instance("plan@example.com", weekly, NOW + timedelta(days=8), NOW + timedelta(days=9))
    sim.cancel_instance("plan@example.com", weekly, NOW + timedelta(days=15))
    sim.page_limit = 6
    sim.now = NOW
    return sim


def jira(sim: Any, scope: str, token: str) -> Base:
    section = {"url": sim.url, "user": getattr(sim, "user", ""), "token": token}
    settings = JiraConnector.Settings(projects=(scope,), page_size=3, **section)
    return Base(
        sim, scope, lambda: without_sleep(JiraConnector("jira", settings)),
        lambda asked: not asked.path.endswith(("/myself", "/serverInfo", "/field", "/status")),
        token,
    )  # fmt: skip


def github(sim: Any, scope: str, per_page: int = 5) -> Base:
    token = "a-secret-github-token"
    settings = GitHubConnector.Settings(url=sim.url, token=token, repos=(scope,), per_page=per_page)
    return Base(
        sim, scope, lambda: without_sleep(GitHubConnector("github", settings)),
        lambda asked: not asked.path.endswith(f"/repos/{scope}"), token,
    )  # fmt: skip


def calendar(sim: Any, scope: str) -> Base:
    # A person's: reading an RSA key anew for each connector takes longer than a page.
    credentials = sim.sign_in.authorised_user(f"{sim.origin}/token")
    settings = GoogleCalendarConnector.Settings.model_validate(
        {"url": sim.url, "calendars": [scope], "credentials": credentials}
    )
    return Base(
        sim, scope, lambda: without_sleep(GoogleCalendarConnector("calendar", settings)),
        lambda asked: asked.path.endswith("/events"),
        json.loads(credentials)["refresh_token"],
    )  # fmt: skip


def simulated(source: str) -> tuple[Simulator, Callable[[Any], Base]]:
    if source == "jira":
        return jira_world(), lambda sim: jira(sim, "PAY", sim.token)
    if source == "github":
        return github_world(), lambda sim: github(sim, "acme/ledger")
    return calendar_world(), lambda sim: calendar(sim, "plan@example.com")


def recorded(source: str) -> tuple[Simulator, Callable[[Any], Base]]:
    if not (DATA.is_dir() and TRAFFIC.exists() and GCAL.is_dir()):
        pytest.skip("recorded traffic (../shared/data) is absent")
    if source == "jira":
        issues = rows("jira_apache/issues.jsonl.gz")
        one = issues[0]["fields"]["project"]["key"]
        return JiraReplay(issues), lambda sim: jira(sim, one, "a-secret-jira-token")
    if source == "github":
        traffic = recorded_traffic()
        return GitHubReplay(traffic), lambda sim: github(sim, "openframeworks/openFrameworks", 25)
    return CalendarReplay(), lambda sim: calendar(sim, "okami")


@contextmanager
def opened(made: tuple[Simulator, Callable[[Any], Base]]) -> Iterator[tuple[Base, Door]]:
    simulator, base_of = made
    # Only its address is used: no request reaches a socket.
    with simulator, pytest.MonkeyPatch.context() as patch:
        base = base_of(simulator)
        door = Door(simulator, Random(), base.is_page)

        def send(adapter: HTTPAdapter, asked: Any, **_: Any) -> requests.Response:
            return adapter.build_response(asked, door.answer(asked))

        patch.setattr(HTTPAdapter, "send", send)
        for name in os.environ:
            # requests looks through all of them for proxies, at every request.
            patch.delenv(name)
        yield base, door


def pull(connector: Connector, base: Base, door: Door) -> tuple[list[Page], SourceError | None]:
    """Pages up to the end or the failure; anything but a SourceError goes through."""
    door.sent.clear()
    found: list[Page] = []
    try:
        found.extend(connector.pull(base.scope, None))
    except SourceError as error:
        return found, error
    return found, None


def declared(sent: list[bytes]) -> set[str]:
    """Ids of rows that the (damaged) answers really call cancelled."""
    found = set()
    for body in sent:
        answer = None
        # The quick reader first: how deep the other one gets depends on who calls.
        for read in (orjson.loads, json.loads):
            with suppress(ValueError, RecursionError):
                answer = read(body)
                break
        items = answer.get("items", [answer]) if isinstance(answer, dict) else ()
        for row in items if isinstance(items, list) else ():
            if isinstance(row, dict) and row.get("status") == "cancelled":
                found.add(str(row.get("id")))
    return found


def judge(pages: list[Page], error: SourceError | None, base: Base, door: Door) -> None:
    assert not any(page.last for page in pages[:-1])
    assert error is None or not any(page.last for page in pages), "a failed pull moved the cursor"
    gone = {key.native_id for page in pages for key in page.gone}
    assert gone <= declared(door.sent), "an item was called gone that nobody called so"
    said = [reason.reason for page in pages for reason in page.problems]
    said += [] if error is None else [str(error), error.hint]
    for text in said:
        assert base.secret not in text
        assert len(text) <= 500


def commit(store: Any, base: Base, pages: list[Page], source: str) -> None:
    try:
        for page in pages:
            store.commit(Scope(source, base.scope), page, NOW)
    except SourceEmptied:
        return  # held: that is what it is for


def keys(store: Any) -> set[Any]:
    known = store.snapshot(NOW)
    groups = (known.issues, known.pull_requests, known.milestones, known.events)
    return {item.key for group in groups for item in group}


@pytest.mark.parametrize(
    ("source", "made", "wanted"),
    [
        *((source, simulated, PAGES) for source in ("jira", "github", "calendar")),
        *((source, recorded, PAGES // 20) for source in ("jira", "github", "calendar")),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_damaged_pages_crash_nothing_and_delete_nothing(source, made, wanted, tmp_path: Path):
    print(f"SYNCD_FUZZ_SEED={SEED}")
    store = open_store(f"sqlite:///{tmp_path}/state/syncd.db", now=NOW)
    with opened(made(source)) as (base, door):
        reader = base.build()
        whole, failed = pull(reader, base, door)
        assert failed is None
        commit(store, base, whole, source)
        held = keys(store)
        assert len(held) >= 10
        door.calm, turn, failures = False, 0, 0
        while door.pages < wanted:
            turn += 1
            door.rng.seed(f"{SEED}:{turn}")
            if turn % 50 == 0:
                # What it learned of the site is damaged too.
                reader.close()
                reader = base.build()
            pages, error = pull(reader, base, door)
            failures += error is not None
            judge(pages, error, base, door)
            if turn % INTO_STORE == 0:
                commit(store, base, pages, source)
                gone = {key.native_id for page in pages for key in page.gone}
                lost = {key for key in held - keys(store) if key.native_id not in gone}
                assert not lost, f"lost in turn {turn}"
                held = keys(store)
        reader.close()
        assert failures, "the damage is too soft to prove anything"
        assert failures < turn or made is recorded, "the damage is too hard to prove anything"
    store.check()
    store.close()
