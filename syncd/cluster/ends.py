"""Jobs that ended while the database was away, so that it was not told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import procrastinate
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status

log = logging.getLogger(__name__)


class Ends:
    """Sees each job of one worker end, and says so again where the database did not hear of it.

    It would else count as being done by a worker that lives: nobody takes it over, and whatever
    waits for the same part of the store waits for ever. Give it as `worker_middleware`.
    """

    def __init__(self, jobs: procrastinate.App) -> None:
        self._jobs = jobs
        self._ended: dict[int, Job] = {}

    async def __call__(
        self, call_next: Callable[[], Awaitable[Any]], context: procrastinate.JobContext, _: object
    ) -> Any:
        """Do the job. One that fails is left out: whether it is tried again is not ours to say."""
        result = await call_next()
        if context.job.id is not None:
            self._ended[context.job.id] = context.job
        return result

    async def repeat(self, every: float) -> None:
        """Look every so many seconds, until cancelled, at what ended longer ago than that."""
        older: dict[int, Job] = {}
        while True:
            await asyncio.sleep(every)
            try:
                await self._say_again(older)
            except ConnectorException as error:
                log.debug("job.ends_wait error=%s", error)
                continue
            older, self._ended = self._ended, {}

    async def _say_again(self, ended: dict[int, Job]) -> None:
        manager = self._jobs.job_manager
        for one in await manager.list_jobs_async(status="doing") if ended else ():
            if one.id in ended:
                await manager.finish_job(ended[one.id], Status.SUCCEEDED, delete_job=True)
                log.warning("job.ended_unheard job=%s lock=%s", one.task_name, one.lock)


def unheard(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What nobody waits for went wrong: no traceback where the database is away, which is told."""
    error = context.get("exception")
    if isinstance(error, ConnectorException):
        log.debug("job.end_unheard error=%s", error)
    else:
        loop.default_exception_handler(context)
