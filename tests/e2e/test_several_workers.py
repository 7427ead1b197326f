"""Several processes of the service on one PostgreSQL, which are killed while they work."""

import os
import re
import signal
import sys
import time
from collections import Counter
from contextlib import ExitStack, closing, contextmanager, suppress
from itertools import pairwise
from pathlib import Path

import pytest
from proxy import Proxy
from servers import server
from services import Service, require_end_in_time, slowness

from syncd.model.alerts import MessageState
from syncd.store import open_store
from syncd.store.ownership import SPACE, key_of
from syncd.testing.builders import AS_OF

EVERY = 12
KILLS = 2

DONE_FOR_EVER = "status = 'doing' AND lock LIKE 'source %'"
"""Pulls that keep every later one of their source from being done."""

MARKS = {
    "jira": lambda request: request.path.endswith("/rest/api/2/project/PAY"),
    "github": lambda request: b"query" in request.body and b"nodes(ids" not in request.body,
    "calendar": lambda request: request.path.endswith("/token"),
}
"""Source → whether a request is the one that each pull of it makes once."""


class Log(list):
    """A list that knows when each entry came."""

    def __init__(self) -> None:
        self.moments: list[float] = []

    def append(self, entry) -> None:
        self.moments.append(time.monotonic())
        super().append(entry)


class Cluster:
    """The place with its store on a server, and the engine for several processes."""

    def __init__(self, place, every: int = EVERY) -> None:
        self.place, self.running = place, server("wheel")
        self.name = self.running.database("template0")
        self.url = self.running.url(self.name)
        place.configure(
            every=f"{every}s",
            more=f'\n[store]\nurl = "{self.url}"\n[serve]\nengine = "procrastinate"\n',
        )
        self.simulators = {
            "jira": place.jira, "github": place.github, "calendar": place.calendar,
        }  # fmt: skip
        for simulator in self.simulators.values():
            simulator.requests = Log()

    def start_by(self, proxy: Proxy) -> Service:
        """A process that reaches the database by the proxy, and is soon taken for dead."""
        script = [sys.executable, str(Path(__file__).parent / "hasty_worker.py")]
        words = self.place.command("serve", "--log-format", "json")[3:]
        url = self.url.replace(f":{self.running.port}/", f":{proxy.port}/")
        return Service(self.place, [*script, *words], SYNCD_STORE__URL=url)

    def count(self, table: str) -> int:
        if self.running.sql(f"SELECT to_regclass('{table}')", self.name) == [(None,)]:
            return 0
        return self.running.sql(f"SELECT count(*) FROM {table}", self.name)[0][0]

    def an_hour_passes(self) -> None:
        """Everything that was read and judged is that much older."""
        hour = 3600 * 10**6
        for table, columns in (("scopes", ("attempted_at", "succeeded_at")), ("runs", ("as_of",))):
            for column in columns:
                self.running.sql(f"UPDATE {table} SET {column} = {column} - {hour}", self.name)

    def jobs(self, which: str) -> int:
        (row,) = self.running.sql(
            f"SELECT count(*) FROM procrastinate_jobs WHERE {which}",
            self.name,
        )
        return int(row[0])

    @contextmanager
    def no_job_can_end(self):
        """The database does not hear that they do, as when it goes away just then."""
        end = "FUNCTION procrastinate_finish_job_v1"
        self.running.sql(f"ALTER {end} RENAME TO away", self.name)
        yield
        self.running.sql(f"ALTER FUNCTION away RENAME TO {end.partition(' ')[2]}", self.name)

    def owner(self, part: str) -> int | None:
        """Process that owns a part of the store."""
        found = self.running.sql(
            "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) "
            f"WHERE granted AND classid::bigint = {SPACE} "
            f"AND objid::bigint = {key_of(part) % (1 << 32)} AND datname = '{self.name}'",
            self.name,
        )
        named = [re.match(r"syncd pid (\d+) on ", one) for (one,) in found]
        return int(named[0][1]) if named and named[0] else None

    def last_words(self) -> set[str]:
        """What the sessions of the jobs told the database last."""
        asked = "SELECT query FROM pg_stat_activity WHERE application_name LIKE 'syncd jobs %'"
        return {query for (query,) in self.running.sql(asked, self.name)}

    def pulls(self, source: str) -> list[float]:
        """When each pull of a source was seen by its provider."""
        log = self.simulators[source].requests
        return [when for when, one in zip(log.moments, log, strict=False) if MARKS[source](one)]


@pytest.fixture
def cluster(place) -> Cluster:
    return Cluster(place)


def test_one_process_does_all_and_ends_in_order(cluster: Cluster, eventually) -> None:
    process = cluster.place.start("serve")
    eventually(lambda: cluster.count("runs"))
    with cluster.no_job_can_end():
        cluster.place.slip(15)
        # It asks for a pass as the last thing that it does.
        eventually(lambda: cluster.jobs("task_name = 'pass'") and cluster.jobs(DONE_FOR_EVER))
    eventually(lambda: not cluster.jobs(DONE_FOR_EVER))
    eventually(lambda: cluster.place.postbox.mails)
    other = cluster.place.syncd("run")
    assert other.returncode == 6, other.stderr
    assert f"syncd pid {process.pid} on {os.uname().nodename}" in other.stderr
    assert cluster.place.syncd("reconcile").returncode == 0
    require_end_in_time(cluster.place, process)
    told = process.stderr.read()
    assert "Traceback" not in told
    assert "service.stop exit=143" in told
    assert cluster.owner("pass") is None


def test_a_long_pause_of_all_workers_is_no_news(cluster: Cluster, eventually) -> None:
    """The sources are well: that nobody read them is told of none of them."""
    process = cluster.place.start("serve")
    eventually(lambda: cluster.count("runs"))
    require_end_in_time(cluster.place, process)
    cluster.an_hour_passes()
    runs = cluster.count("runs")
    cluster.place.start("serve")
    eventually(lambda: cluster.count("runs") > runs)
    with closing(open_store(cluster.url, now=AS_OF, read_only=True)) as store:
        assert {one.finding.rule for one in store.alerts()}.isdisjoint({"source-stale"})
    assert cluster.place.postbox.mails == []


def test_three_workers_survive_kills_and_every_source_is_pulled_once_an_interval(
    cluster: Cluster, eventually
) -> None:
    place, killed = cluster.place, []

    def kill(part: str) -> None:
        seen = []
        eventually(lambda: seen.append(cluster.owner(part)) or seen[-1])
        with suppress(ProcessLookupError):
            os.kill(seen[-1], signal.SIGKILL)
        killed.append(time.monotonic())
        place.start("serve")

    for _ in range(3):
        place.start("serve")
    eventually(lambda: cluster.count("runs"))
    assert place.postbox.mails == []

    # One dies while it reads, one while its mail is with the server and not answered yet.
    place.jira.fail("/project/PAY", delay=6, times=1)
    kill("source jira")
    place.postbox.hold_after = 0
    place.slip(15)
    eventually(place.postbox.holding.is_set)
    kill("pass")
    place.postbox.hold_after = None

    taken_up = {source: len(cluster.pulls(source)) for source in MARKS}
    eventually(lambda: all(len(cluster.pulls(s)) >= taken_up[s] + 2 for s in MARKS))
    with closing(open_store(cluster.url, now=AS_OF, read_only=True)) as store:
        eventually(lambda: store.messages() and not store.messages(MessageState.WAITING))
        sent = {one.message_id for one in store.messages(MessageState.SENT)}

    received = Counter(str(mail["Message-ID"]) for mail in place.postbox.mails)
    assert set(received) == sent, "a mail was lost"
    assert sum(received.values()) - len(received) <= 1, received
    for source in MARKS:
        moments = cluster.pulls(source)
        early = [b - a for a, b in pairwise(moments) if b - a < EVERY / 2]
        assert len(early) <= KILLS, f"{source} was pulled too often: {early}"
    late = [
        next(m for m in cluster.pulls("jira") if m > killed[0]) - killed[0],
        next(
            moment for moment, mail in zip(place.postbox.moments, place.postbox.mails, strict=True)
            if moment > killed[1]
        ) - killed[1],
    ]  # fmt: skip
    assert max(late) < 60 + slowness(place), f"taken over after {late} s"


def test_a_worker_that_is_cut_off_is_replaced_and_does_nothing_twice(place, eventually) -> None:
    """Once nothing is forwarded and no end is told, once each connection is reset."""
    cluster = Cluster(place, every=6)

    def reader() -> int:
        """Process that waits for an answer of Jira now."""
        asked = len(cluster.pulls("jira"))
        place.jira.fail("/project/PAY", delay=5, times=1)
        eventually(lambda: len(cluster.pulls("jira")) > asked)
        return cluster.owner("source jira")

    with ExitStack() as kept:
        ways = [kept.enter_context(Proxy(cluster.running.port)) for _ in range(3)]
        workers = [cluster.start_by(way) for way in ways]
        way_of = {one.process.pid: way for one, way in zip(workers, ways, strict=True)}
        eventually(lambda: cluster.count("runs"))
        said = cluster.last_words()
        assert said
        assert not said & {"BEGIN", "COMMIT"}, "cut off in a transaction it would hold its rows"
        place.slip(15)
        silent, began = reader(), time.monotonic()
        way_of[silent].freeze()
        eventually(lambda: any(moment > began for moment in cluster.pulls("jira")))
        assert time.monotonic() - began < 60 + slowness(place)
        eventually(lambda: place.postbox.mails)
        way_of[silent].thaw()
        broken, began = reader(), time.monotonic()
        way_of[broken].reset()
        eventually(lambda: sum(moment > began for moment in cluster.pulls("jira")) >= 2)
        lines = [line for worker in workers for line in worker.stop()]

    taken_over = [line for line in lines if line["event"] == "job.taken_over"]
    assert "jira" in {line["source"] for line in taken_over}
    assert not [line for line in lines if line["event"].endswith(".crashed")]
    for source in MARKS:
        early = [b - a for a, b in pairwise(cluster.pulls(source)) if b - a < 3]
        assert len(early) <= 2, f"{source} was pulled too often: {early}"
    ids = [mail["Message-ID"] for mail in place.postbox.mails]
    assert len(ids) == len(set(ids))
