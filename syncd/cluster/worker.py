"""What one process of several does: tell what is due, do jobs, take over those of the dead.

Every job owns its part of the store while it runs (`syncd.store.ownership`): a worker that was
taken for dead and comes back can neither write nor send what another does by then.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import random
import socket
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Self, TypeVar

import procrastinate
import psycopg
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException, UniqueViolation
from procrastinate.jobs import Job

from syncd.app import App
from syncd.cluster.due import is_all_read, is_still_reading, was_read, what_is_due
from syncd.cluster.ends import Ends, unheard
from syncd.cluster.progress import told
from syncd.cluster.tables import address_of, install
from syncd.credentials import expiring
from syncd.errors import Stopped, StoreAway, StoreLocked, SyncdError
from syncd.logs import of_run
from syncd.passes import Elapsed, RunReport
from syncd.pulling import Progress
from syncd.settings.timetable import due
from syncd.store.ownership import evict
from syncd.store.postgres import SESSION

log = logging.getLogger(__name__)

T = TypeVar("T")

CONCURRENT = 4
"""Jobs that one worker does at a time: a source mostly waits for its provider."""

LOOK = "* * * * * */5"
"""How often a scheduler looks for what is due and for jobs of the dead: cron, seconds last."""

HEARTBEAT = 5.0
DEAD_AFTER = 25
"""Seconds between two signs of life of a worker, and without one until its jobs are taken over."""

AGAIN = 10
"""Seconds until a job is tried again whose part of the store is still owned by another."""

GATHER = 3
"""Seconds between the end of a pull and the pass that judges it, so that others can join it."""

BACK_OFF = 5.0
"""Seconds between two tries to reach the database."""

INBOX, FULL = "mail.inbox", "schedule.full_resync"
"""Stand among the sources that were asked for; none of them has a dot in its name."""

PULL, PASS = "source {}", "pass"
"""Parts of the store that jobs own: one source; alerts and the outbox."""


async def _commit_each(session: psycopg.AsyncConnection[Any]) -> None:
    """In a transaction whoever is cut off would hold rows on which other workers wait for hours."""
    await session.set_autocommit(True)


class Cluster:
    """A process of the service. Use as a context manager; `app` owns a part of its own.

    `roles` are among `syncd.settings.ROLES`; `now` tells the present, aware UTC. `failing` is what
    `progress` knows of sources that fail.
    """

    def __init__(
        self,
        app: App,
        roles: Collection[str],
        *,
        now: Callable[[], datetime],
        progress: Progress,
        failing: dict[str, str],
    ) -> None:
        self.app, self.now, self.progress, self.failing = app, now, progress, failing
        self._address = address_of(app.settings.store_url)
        named = {"application_name": f"syncd jobs {os.getpid()}@{socket.gethostname()}"[:63]}
        for name in ("procrastinate", "psycopg.pool"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self.jobs = procrastinate.App(
            connector=procrastinate.PsycopgConnector(
                conninfo=self._address, kwargs=SESSION | named, configure=_commit_each,
                min_size=1, max_size=CONCURRENT + 2,
            )
        )  # fmt: skip
        self._queues = [
            queue
            for role, queue in (("scheduler", "schedule"), ("worker", "work"))
            if role in roles
        ]
        self._asked: dict[str, datetime] = {}
        self._away = False
        self._back = now()
        self._ending = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._worker: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
        self._declare()

    def __enter__(self) -> Self:
        install(self._address)
        if self._queues:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for the jobs in hand: they end at their next page or mail once `app.stop` is set."""
        self._ending.set()
        if self._loop is not None and self._worker is not None and self.is_busy:
            self._loop.call_soon_threadsafe(self._worker.cancel)
        while self.is_busy:
            self._thread.join(0.1)

    @property
    def is_busy(self) -> bool:
        """Whether the thread of the jobs lives."""
        return self._thread.is_alive()

    # the thread of the jobs

    def _run(self) -> None:
        asyncio.run(self._work())

    async def _work(self) -> None:
        self._loop, self._worker = asyncio.get_running_loop(), asyncio.current_task()
        self._loop.set_exception_handler(unheard)
        while not self._ending.is_set():
            try:
                async with self.jobs.open_async():
                    self._say_away("")
                    self._back = self.now()
                    await self._work_on()
            except asyncio.CancelledError:
                return
            except (ConnectorException, psycopg.Error) as error:
                self._say_away(str(error.__cause__ or error).partition("\n")[0])
            except Exception:
                log.exception("jobs.crashed")
            await asyncio.sleep(BACK_OFF)

    async def _work_on(self) -> None:
        """Until told to end, or the database is away."""
        ends = Ends(self.jobs)
        repeating = asyncio.create_task(ends.repeat(HEARTBEAT))
        try:
            await self.jobs.run_worker_async(
                queues=self._queues,
                name=f"{os.getpid()}@{socket.gethostname()}",
                concurrency=CONCURRENT,
                install_signal_handlers=False,
                delete_jobs="always",
                update_heartbeat_interval=HEARTBEAT,
                stalled_worker_timeout=DEAD_AFTER,
                worker_middleware=[ends],
            )
        finally:
            repeating.cancel()

    def _say_away(self, error: str) -> None:
        """One line when the database goes away, and one when it is back."""
        if error and not self._away:
            log.warning("jobs.down error=%s", error)
        elif self._away and not error:
            log.info("jobs.up")
        self._away = bool(error)

    # what there is to do

    def _declare(self) -> None:
        # Another worker goes on where this one was asked to stop.
        retry = procrastinate.RetryStrategy(retry_exceptions=[Stopped])
        task = partial(self.jobs.task, retry=retry, queue="work", pass_context=True)
        self._pull = task(name="pull")(self._do_pull)
        self._pass = task(name="pass")(self._do_pass)
        self._deliver = task(name="deliver")(self._do_deliver)
        if "schedule" not in self._queues:
            return
        for name, look in (("look", self._look), ("rescue", self._rescue)):
            made = self.jobs.task(name=name, queue="schedule", queueing_lock=name)(look)
            self.jobs.periodic(cron=LOOK)(made)

    async def _look(self, timestamp: int) -> None:  # noqa: ARG002 - given to every periodic job
        """Ask for what is due: sources, a pass, mails. What is asked for already is left."""
        now = self.now()
        found = await self._tried(partial(what_is_due, self.app, now, self._asked.get(FULL)))
        if found is None:
            return
        if found.full:
            self._asked[FULL] = now
        for source in found.sources:
            if found.full or not self._was_asked(source, now):
                await self._ask_for(source, now, full=found.full)
        if found.a_pass:
            await self._ask(self._pass, PASS, 0)
        if found.mail or self._is_inbox_due(now):
            await self._ask(self._deliver, PASS, 0, queueing_lock="deliver")

    async def _ask_for(self, source: str, now: datetime, *, full: bool) -> None:
        """A full reading does not go under because another one waits."""
        self._asked[source] = now
        jitter = self.app.settings.schedule.jitter.total_seconds()
        part = PULL.format(source)
        await self._ask(
            self._pull, part, random.uniform(0, jitter),  # noqa: S311
            queueing_lock=f"{part} full" if full else "",
            source=source, since=now.isoformat(), full=full,
        )  # fmt: skip

    def _was_asked(self, source: str, now: datetime) -> bool:
        """A source that cannot even note that it was tried is not asked for again and again."""
        pause = min(self.app.settings.interval(source), timedelta(minutes=1))
        return source in self._asked and now - self._asked[source] < pause

    def _is_inbox_due(self, now: datetime) -> bool:
        """Whether a look at the inbox is to be asked for; a pass takes one anyway."""
        mail = self.app.mailroom.mail
        if mail is None or mail.inbox is None:
            return False
        last = self._asked.get(INBOX)
        if last is not None and now - last < timedelta(seconds=mail.inbox.every):
            return False
        self._asked[INBOX] = now
        return True

    async def _ask(
        self, task: Any, lock: str, wait: float, *, queueing_lock: str = "", **arguments: str | bool
    ) -> None:
        try:
            await task.configure(
                lock=lock, queueing_lock=queueing_lock or lock, schedule_in={"seconds": wait}
            ).defer_async(**arguments)
        except AlreadyEnqueued:
            log.debug("job.is_asked_for lock=%s", lock)

    async def _rescue(self, timestamp: int) -> None:  # noqa: ARG002 - given to every periodic job
        """Jobs of workers that gave no sign of life are somebody else's now."""
        manager = self.jobs.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER):
            # One that waits behind it would do the same, but knows nothing of what was begun.
            for waiting in await manager.list_jobs_async(
                queueing_lock=job.queueing_lock, status="todo"
            ):
                if waiting.id is not None:
                    await manager.cancel_job_by_id_async(waiting.id, delete_job=True)
            try:
                await manager.retry_job(job, retry_at=self.now())
            except (UniqueViolation, ConnectorException):
                continue  # Somebody was faster; if not, the next look takes it.
            source = job.task_kwargs.get("source", "")
            log.warning("job.taken_over job=%s source=%s", job.task_name, source)

    def _evict(self, part: str) -> None:
        """Of a job that was taken over: who owns its part and is silent was taken for dead."""
        with suppress(psycopg.Error), psycopg.connect(self._address, **SESSION) as session:
            evict(session, part, DEAD_AFTER)

    # jobs

    async def _do_pull(
        self, context: procrastinate.JobContext, source: str, since: str, *, full: bool = False
    ) -> None:
        moment, again = datetime.fromisoformat(since), context.job.attempts > 0
        work = partial(self._pull_now, source, moment, again=again, full=full)
        await self._tried(work, context.job)
        await self._ask(self._pass, PASS, GATHER)

    def _pull_now(self, source: str, since: datetime, *, again: bool, full: bool) -> None:
        if source not in self.app.settings.sources:
            return
        with self._owning(PULL.format(source)) as app:
            now = self.now()
            if again and was_read(app.store, source, since):
                return
            if not (again or full or source in due(app.settings, app.store.freshness(), now)):
                return
            with told(app.store, source, self.failing):
                done = app.pull((source,), now, progress=self.progress, full=full, background=True)
            app.tell(partial(expiring, done), now)
            if app.stop.is_set() and not was_read(app.store, source, since):
                raise Stopped(f"{source}: asked to stop; another worker goes on")

    async def _do_pass(self, context: procrastinate.JobContext) -> None:
        report = await self._tried(self._pass_now, context.job)
        if report is not None:
            run = report.run
            log.info(
                "pass.done run=%s findings=%d transitions=%d queued=%d delivered=%d exit=%d",
                run.id, run.findings, run.transitions, len(report.queued), len(report.delivered),
                report.exit_code,
            )  # fmt: skip

    def _pass_now(self) -> RunReport | None:
        with self._owning(PASS) as app:
            if not app.store.runs(1) and not is_all_read(app):
                return None  # A first pass tells of old problems once: it waits for every source.
            if is_still_reading(app, self._back, self.now()):
                return None
            clock = Elapsed(self.now())
            with of_run(clock.id):
                return app.conclude(clock, ())

    async def _do_deliver(self, context: procrastinate.JobContext) -> None:
        await self._tried(self._deliver_now, context.job)

    def _deliver_now(self) -> None:
        with self._owning(PASS) as app:
            app.read_inbox(self.now(), when_due=True)
            app.deliver(self.now())

    def _owning(self, part: str) -> App:
        """The application for one job. Raises StoreLocked while another owns its part."""
        app = App(self.app.settings, now=self.now(), own=True, part=part)
        app.stop, app.batches = self.app.stop, self.app.batches
        return app

    async def _tried(self, work: Callable[[], T], job: Job | None = None) -> T | None:
        """Do it in a thread; what is expected to go wrong is a line, and None.

        Waits for its part of the store. Not by a retry of the job: that would fail as soon as the
        same was asked for once more, and leave the job where nobody takes it.
        """
        try:
            while not self.app.stop.is_set():
                try:
                    return await asyncio.to_thread(work)
                except (StoreLocked, StoreAway) as error:
                    log.info("job.waits error=%s", error)
                    if job is not None and job.attempts:
                        await asyncio.to_thread(self._evict, str(job.lock))
                    await asyncio.sleep(AGAIN)
            raise Stopped("asked to stop; another worker goes on")
        except Stopped:
            raise
        except SyncdError as error:
            log.error("job.failed error=%s", error)  # noqa: TRY400 - expected: no traceback
        except Exception:
            log.exception("job.crashed")
        finally:
            gc.collect()  # as after a cycle of the service
        return None
