"""Claim, keep and finish job rows: the only SQL that moves a job from state to state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, case, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.ids import new_id
from shared.jobs.tasks import Queue

LEASE = timedelta(seconds=10)
RETENTION = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run one job, for as long as its lease is kept."""

    id: UUID
    token: UUID
    task: str
    arguments: tuple[UUID, ...]
    attempt: int
    request_id: str | None
    traceparent: str | None = None


class JobClaims:
    """The ``jobs`` table of one service, as a worker sees it."""

    def __init__(self, engine: AsyncEngine, jobs: Table) -> None:
        self._engine = engine
        self._jobs = jobs

    def _is_due(self) -> ColumnElement[bool]:
        jobs = self._jobs.c
        return or_(
            and_(jobs.state == "queued", jobs.run_at <= func.now()),
            and_(jobs.state == "running", jobs.lease_until < func.now()),
        )

    async def due(self, queue: Queue, limit: int) -> Sequence[UUID]:
        """Return ids of jobs that wait for a worker, oldest first.

        Jobs that take minutes come in turns: each workspace's first one before anybody's second,
        those that run already counted. Where jobs take moments, the order would cost more than
        it gives.
        """
        jobs = self._jobs.c
        query = select(jobs.id).where(jobs.queue == queue, self._is_due())
        order = [jobs.run_at] if queue == "seconds" else [self._turn(queue), jobs.run_at]
        async with self._engine.connect() as connection:
            return (await connection.scalars(query.order_by(*order).limit(limit))).all()

    async def next_due(self, queue: Queue) -> timedelta | None:
        """Return how long it takes until the next job is due that does not run; None without any.

        Those that run count when their lease is over.
        """
        jobs = self._jobs.c
        due_at = case((jobs.state == "queued", jobs.run_at), else_=jobs.lease_until)
        query = select(func.min(due_at) - func.now()).where(
            jobs.queue == queue, jobs.state.in_(("queued", "running"))
        )
        async with self._engine.connect() as connection:
            pause: timedelta | None = await connection.scalar(query)
        return pause

    def _turn(self, queue: Queue) -> ColumnElement[int]:
        """Return which job of its workspace a job would be, among those that run or are due."""
        jobs, others = self._jobs.c, self._jobs.alias().c
        running = (
            select(func.count())
            .where(
                others.queue == queue,
                others.state == "running",
                others.lease_until >= func.now(),
                others.workspace_id.is_not_distinct_from(jobs.workspace_id),
            )
            .scalar_subquery()
        )
        place = func.row_number().over(
            partition_by=jobs.workspace_id, order_by=(jobs.run_at, jobs.id)
        )
        return running + place

    async def claim(self, job_id: UUID) -> Claim | None:
        """Take the job, or return None when it is not due or somebody else has it."""
        jobs = self._jobs.c
        free = (
            select(jobs.id)
            .where(jobs.id == job_id, self._is_due())
            .with_for_update(skip_locked=True)
        )
        token = new_id()
        take = (
            update(self._jobs)
            .where(jobs.id.in_(free.scalar_subquery()))
            .values(
                state="running",
                claim=token,
                attempts=jobs.attempts + 1,
                lease_until=func.now() + LEASE,
            )
            .returning(jobs.task, jobs.arguments, jobs.attempts, jobs.request_id, jobs.traceparent)
        )
        async with self._engine.begin() as connection:
            row = (await connection.execute(take)).one_or_none()
        if row is None:
            return None
        arguments = tuple(UUID(hex=value) for value in row.arguments)
        return Claim(
            job_id, token, row.task, arguments, row.attempts, row.request_id, row.traceparent
        )

    async def keep(self, claim: Claim) -> bool:
        """Extend the lease; False when the claim has been lost."""
        return await self._settle(claim, lease_until=func.now() + LEASE)

    async def finish(self, claim: Claim) -> bool:
        """Mark the job done; False when the claim has been lost."""
        return await self._settle(claim, state="done", claim=None, finished_at=func.now())

    async def retry(self, claim: Claim, error: str, delay: timedelta) -> bool:
        """Put the job back for another try after ``delay``."""
        return await self._settle(
            claim, state="queued", claim=None, error=error, run_at=func.now() + delay
        )

    async def fail(self, claim: Claim, error: str) -> bool:
        """End the job: every try has failed."""
        return await self._settle(
            claim, state="failed", claim=None, error=error, finished_at=func.now()
        )

    async def forget_old(self) -> None:
        """Delete jobs that ended longer than the retention ago."""
        jobs = self._jobs.c
        async with self._engine.begin() as connection:
            await connection.execute(
                delete(self._jobs).where(jobs.finished_at < func.now() - RETENTION)
            )

    async def _settle(self, held: Claim, **values: object) -> bool:
        jobs = self._jobs.c
        change = update(self._jobs).where(jobs.id == held.id, jobs.claim == held.token)
        async with self._engine.begin() as connection:
            result = await connection.execute(change.values(**values))
        return bool(result.rowcount)
