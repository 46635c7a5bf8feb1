"""Runs the due jobs of one service and one queue, a bounded number at a time."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from shared.jobs.claims import LEASE, Claim, JobClaims
from shared.jobs.tasks import Queue, Task
from shared.logging import bind_contextvars, get_logger
from shared.together import stop
from shared.tracing import span

log = get_logger(__name__)

SWEEP_INTERVAL_S = 1.0
REST_INTERVAL_S = 5.0
HEARTBEAT_S = LEASE.total_seconds() / 3
_FIRST_RETRY_S = 1.0
_LONGEST_RETRY_S = 300.0


class JobRunner:
    """Claims and runs jobs that wake-ups and sweeps point out.

    deps       passed to every task as its first argument
    max_jobs   how many run at once; a wake-up beyond that is left to the next sweep
    """

    def __init__(
        self, tasks: Sequence[Task], claims: JobClaims, deps: Any, queue: Queue, max_jobs: int
    ) -> None:
        self._tasks: Mapping[str, Task] = {task.name: task for task in tasks if task.queue == queue}
        self._claims = claims
        self._deps = deps
        self._queue = queue
        self._max_jobs = max_jobs
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._look = asyncio.Event()
        self._look_later: asyncio.TimerHandle | None = None
        self._is_told = False
        self._stopping = False

    def wake(self, job_id: UUID) -> None:
        """Take note that there is a job: look at it now, or at whose turn it is."""
        if self._queue == "seconds":
            self.offer(job_id)
        else:
            self._look.set()

    def rely_on_wakeups(self) -> None:
        """Let a runner at rest sweep rarely: whoever queues a job says so.

        Called again at each wake-up, whichever process takes it: that one may have no place for
        the job, so this one looks, too, after as long as it would have slept between sweeps.
        """
        self._is_told = True
        if self._look_later is None:
            loop = asyncio.get_running_loop()
            self._look_later = loop.call_later(SWEEP_INTERVAL_S, self._look_again)

    def _look_again(self) -> None:
        self._look_later = None
        self._look.set()

    def rely_on_sweeps(self) -> None:
        """Sweep often, from now on: wake-ups get lost."""
        self._is_told = False
        self._look.set()

    def offer(self, job_id: UUID) -> None:
        """Start looking at one job, if there is a free place."""
        if self._stopping or job_id in self._running or len(self._running) >= self._max_jobs:
            return
        running = asyncio.create_task(self._claim_and_run(job_id), name=f"job:{job_id}")
        self._running[job_id] = running
        running.add_done_callback(lambda _: self._forget(job_id))

    def _forget(self, job_id: UUID) -> None:
        del self._running[job_id]
        self._look.set()

    async def run_forever(self) -> None:
        """Sweep for due jobs until cancelled; then give running jobs back to the queue."""
        try:
            while True:
                is_called = self._look.is_set()
                self._look.clear()
                pause_s = await self._sweep(is_called)
                # Not wait_for(): Python 3.11's loses a cancellation that comes with the event.
                with suppress(TimeoutError):
                    # Not all runners of a process at once: each would need a connection of its own.
                    async with asyncio.timeout(pause_s * random.uniform(0.75, 1.25)):  # noqa: S311
                        await self._look.wait()
        finally:
            self._stopping = True
            if self._look_later is not None:
                self._look_later.cancel()
            await stop(self._running.values())

    async def _sweep(self, is_called: bool) -> float:
        """Offer what is due; return after how many seconds to look again, if nobody says so."""
        free = self._max_jobs - len(self._running)
        try:
            if self._is_told and not self._running and not is_called:
                pause_s = await self._rest_s()
                if pause_s > 0:
                    return pause_s
            for job_id in await self._claims.due(self._queue, free) if free else ():
                self.offer(job_id)
        except (SQLAlchemyError, OSError) as error:
            log.warning("jobs.sweep_failed", queue=self._queue, reason=repr(error))
        return SWEEP_INTERVAL_S

    async def _rest_s(self) -> float:
        pause = await self._claims.next_due(self._queue)
        if pause is None:
            return REST_INTERVAL_S
        return min(pause.total_seconds(), REST_INTERVAL_S)

    async def _claim_and_run(self, job_id: UUID) -> None:
        try:
            claim = await self._claims.claim(job_id)
            if claim is None:
                return
            bind_contextvars(request_id=claim.request_id, job_id=str(job_id))
            with span(claim.task, "job", claim.traceparent, request_id=claim.request_id):
                await self._run(claim)
        except (SQLAlchemyError, OSError) as error:  # the lease runs out; another try follows
            log.warning("job.abandoned", job_id=str(job_id), reason=repr(error))

    async def _run(self, claim: Claim) -> None:
        task = self._tasks.get(claim.task)
        if task is None:
            await self._claims.fail(claim, "no such task")
            log.error("job.unknown_task", task=claim.task)
            return
        if claim.attempt > task.max_tries:  # its last worker died with it
            await self._give_up(task, claim, "its worker died on every try")
            return
        heart = asyncio.create_task(self._keep_alive(claim, asyncio.current_task()))
        try:
            async with asyncio.timeout(task.timeout.total_seconds()):
                await task.run(self._deps, *claim.arguments)
        except asyncio.CancelledError:
            await asyncio.shield(self._claims.retry(claim, "worker stopped", timedelta(0)))
            raise
        except Exception as error:  # the outermost boundary of a task: it is retried or given up
            log.exception("job.try_failed", task=task.name, attempt=claim.attempt)
            await self._retry_or_give_up(task, claim, repr(error))
        else:
            await self._claims.finish(claim)
        finally:
            heart.cancel()

    async def _retry_or_give_up(self, task: Task, claim: Claim, error: str) -> None:
        if claim.attempt >= task.max_tries:
            await self._give_up(task, claim, error)
            return
        ceiling = min(_LONGEST_RETRY_S, _FIRST_RETRY_S * 2 ** (claim.attempt - 1))
        delay = timedelta(seconds=ceiling * random.uniform(0.5, 1.0))  # noqa: S311 (jitter)
        await self._claims.retry(claim, error, delay)

    async def _give_up(self, task: Task, claim: Claim, error: str) -> None:
        if task.gave_up is not None:
            await task.gave_up(self._deps, *claim.arguments)
        await self._claims.fail(claim, error)
        log.error("job.given_up", task=task.name, attempts=claim.attempt, reason=error)

    async def _keep_alive(self, claim: Claim, running: asyncio.Task[None] | None) -> None:
        """Extend the lease while the task runs; stop the task when the claim has been lost."""
        while running is not None:
            await asyncio.sleep(HEARTBEAT_S)
            try:
                kept = await self._claims.keep(claim)
            except (SQLAlchemyError, OSError) as error:
                log.warning("job.heartbeat_failed", job_id=str(claim.id), reason=repr(error))
                continue
            if not kept:
                log.warning("job.claim_lost", job_id=str(claim.id))
                running.cancel()
                return
