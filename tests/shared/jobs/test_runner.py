"""Jobs run once, are tried again when they fail, and outlive their workers."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.ids import new_id
from shared.jobs.claims import JobClaims
from shared.jobs.runner import JobRunner
from shared.jobs.tasks import Task, task
from shared.unit_of_work import UnitsOfWork
from trading_service.models import TABLES


class Trace:
    """Tasks that remember how they were called."""

    def __init__(self) -> None:
        self.calls: list[tuple[UUID, ...]] = []
        self.given_up: list[tuple[UUID, ...]] = []
        self.called = asyncio.Event()
        self.hold = asyncio.Event()

    def tasks(self, *, fails: bool = False, holds: bool = False, max_tries: int = 3) -> list[Task]:
        """Return one task, ``trading.try_it``, that behaves as asked."""

        @task("trading.try_it", max_tries=max_tries)
        async def try_it(deps: Any, *ids: UUID) -> None:
            self.calls.append(ids)
            self.called.set()
            if holds:
                await self.hold.wait()
            if fails:
                raise ValueError("as asked")

        async def give_up(deps: Any, *ids: UUID) -> None:
            self.given_up.append(ids)

        return [try_it.when_given_up(give_up)]


@pytest.fixture
def trace() -> Trace:
    return Trace()


@pytest.fixture
def claims(engine: AsyncEngine) -> JobClaims:
    return JobClaims(engine, TABLES.jobs)


def runner_of(claims: JobClaims, tasks: Sequence[Task]) -> JobRunner:
    return JobRunner(tasks, claims, SimpleNamespace(), "seconds", max_jobs=4)


async def enqueue(units_of_work: UnitsOfWork, *ids: UUID) -> UUID:
    async with units_of_work() as work:
        return await work.enqueue("trading.try_it", *ids)


async def job(engine: AsyncEngine, job_id: UUID) -> Any:
    async with engine.connect() as connection:
        query = select(TABLES.jobs).where(TABLES.jobs.c.id == job_id)
        return (await connection.execute(query)).one()


async def wait_for_state(engine: AsyncEngine, job_id: UUID, state: str, attempts: int = 0) -> Any:
    async with asyncio.timeout(60):
        while True:
            row = await job(engine, job_id)
            if row.state == state and row.attempts >= attempts:
                return row
            await asyncio.sleep(0.01)


async def make_due(engine: AsyncEngine) -> None:
    """Let all pauses and leases be over."""
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "UPDATE trading.jobs SET run_at = now() - interval '1 s',"
                " lease_until = now() - interval '1 s'"
            )
        )


async def test_job_runs_with_its_ids_and_is_done(
    engine: AsyncEngine, units_of_work: UnitsOfWork, claims: JobClaims, trace: Trace
) -> None:
    subject = new_id()
    job_id = await enqueue(units_of_work, subject)

    runner_of(claims, trace.tasks()).offer(job_id)
    row = await wait_for_state(engine, job_id, "done")

    assert trace.calls == [(subject,)]
    assert row.finished_at is not None


async def test_job_is_not_queued_when_the_transaction_fails(
    engine: AsyncEngine, units_of_work: UnitsOfWork, claims: JobClaims
) -> None:
    async def enqueue_and_fail() -> None:
        async with units_of_work() as work:
            await work.enqueue("trading.try_it")
            raise ValueError("not after all")

    with pytest.raises(ValueError, match="after all"):
        await enqueue_and_fail()

    assert await claims.due("seconds", 10) == []


async def test_two_workers_run_a_job_once(
    engine: AsyncEngine, units_of_work: UnitsOfWork, claims: JobClaims, trace: Trace
) -> None:
    job_id = await enqueue(units_of_work, new_id())

    for _ in range(8):
        runner_of(claims, trace.tasks()).offer(job_id)
    await wait_for_state(engine, job_id, "done")

    assert len(trace.calls) == 1


async def test_failing_job_is_tried_again_and_then_given_up(
    engine: AsyncEngine, units_of_work: UnitsOfWork, claims: JobClaims, trace: Trace
) -> None:
    subject = new_id()
    job_id = await enqueue(units_of_work, subject)
    runner = runner_of(claims, trace.tasks(fails=True, max_tries=2))

    runner.offer(job_id)
    waiting = await wait_for_state(engine, job_id, "queued", attempts=1)
    assert "as asked" in waiting.error
    assert await claims.claim(job_id) is None  # the pause is not over

    await make_due(engine)
    async with asyncio.timeout(60):
        while (await job(engine, job_id)).state != "failed":
            runner.offer(job_id)
            await asyncio.sleep(0.01)

    assert len(trace.calls) == 2
    assert trace.given_up == [(subject,)]


async def test_job_of_a_dead_worker_is_taken_over_and_the_dead_cannot_finish_it(
    engine: AsyncEngine, units_of_work: UnitsOfWork, claims: JobClaims, trace: Trace
) -> None:
    job_id = await enqueue(units_of_work, new_id())
    lost = await claims.claim(job_id)
    assert lost is not None
    assert await claims.claim(job_id) is None

    await make_due(engine)
    runner_of(claims, trace.tasks()).offer(job_id)
    await wait_for_state(engine, job_id, "done")

    assert len(trace.calls) == 1
    assert not await claims.keep(lost)
    assert not await claims.finish(lost)


async def test_job_that_kills_every_worker_is_given_up(
    engine: AsyncEngine, units_of_work: UnitsOfWork, claims: JobClaims, trace: Trace
) -> None:
    job_id = await enqueue(units_of_work, new_id())
    for _ in range(3):
        assert await claims.claim(job_id) is not None
        await make_due(engine)

    runner_of(claims, trace.tasks(max_tries=3)).offer(job_id)
    await wait_for_state(engine, job_id, "failed")

    assert trace.calls == []
    assert len(trace.given_up) == 1


async def test_stopping_a_worker_gives_its_job_back(
    engine: AsyncEngine, units_of_work: UnitsOfWork, claims: JobClaims, trace: Trace
) -> None:
    job_id = await enqueue(units_of_work, new_id())
    loop = asyncio.create_task(runner_of(claims, trace.tasks(holds=True)).run_forever())
    await trace.called.wait()

    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop

    assert (await job(engine, job_id)).state == "queued"
    assert await claims.due("seconds", 1) == [job_id]


async def test_sweep_finds_jobs_that_nobody_announced(
    engine: AsyncEngine, units_of_work: UnitsOfWork, claims: JobClaims, trace: Trace
) -> None:
    ids = [await enqueue(units_of_work, new_id()) for _ in range(10)]

    loop = asyncio.create_task(runner_of(claims, trace.tasks()).run_forever())
    for job_id in ids:
        await wait_for_state(engine, job_id, "done")
    loop.cancel()

    assert len(trace.calls) == 10


async def test_task_that_takes_too_long_is_stopped_and_tried_again(
    engine: AsyncEngine, units_of_work: UnitsOfWork, claims: JobClaims, trace: Trace
) -> None:
    job_id = await enqueue(units_of_work, new_id())
    slow = [
        Task(one.name, one.run, "seconds", timedelta(milliseconds=20), 2)
        for one in trace.tasks(holds=True)
    ]

    runner_of(claims, slow).offer(job_id)
    row = await wait_for_state(engine, job_id, "queued", attempts=1)

    assert "TimeoutError" in row.error


async def test_long_jobs_come_in_turns_between_workspaces(
    units_of_work: UnitsOfWork, claims: JobClaims
) -> None:
    noisy, quiet = new_id(), new_id()

    async def queue(workspace_id: UUID) -> UUID:
        async with units_of_work() as work:
            return await work.enqueue("trading.try_it", queue="minutes", workspace_id=workspace_id)

    many = [await queue(noisy) for _ in range(5)]
    first, second = await queue(quiet), await queue(quiet)

    assert await claims.due("minutes", 4) == [many[0], first, many[1], second]
    assert await claims.claim(many[0]) is not None
    assert await claims.due("minutes", 3) == [first, many[1], second]


async def test_a_job_runs_on_behalf_of_the_transactions_workspace(
    units_of_work: UnitsOfWork, engine: AsyncEngine
) -> None:
    workspace_id = new_id()

    async with units_of_work(workspace_id) as work:
        job_id = await work.enqueue("trading.try_it")

    assert (await job(engine, job_id)).workspace_id == workspace_id
