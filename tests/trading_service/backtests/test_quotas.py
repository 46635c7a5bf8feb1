"""A plan's places are never overrun, never left empty, and processor time is paid once."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import select, text, update

from auth_service.contract.events import UserSuspended
from shared.ids import new_id, parse_public_id
from shared.jobs.claims import JobClaims
from tests.trading_service.conftest import Platform, wave
from trading_service.backtests.tasks import (
    give_up,
    resize_places,
    run_backtest,
    settle_usage,
    stop_backtests,
)
from trading_service.consumers import consumers
from trading_service.models import TABLES, BacktestRow


@pytest.fixture(autouse=True)
async def _bars(platform: Platform) -> None:
    await platform.upload(wave())


async def jobs(platform: Platform, task: str = "trading.run_backtest") -> list[UUID]:
    """Return the subjects of the jobs that were queued, in their order."""
    query = select(TABLES.jobs.c.arguments).where(TABLES.jobs.c.task == task)
    async with platform.deps.units_of_work() as work:
        rows = await work.session.scalars(query.order_by(TABLES.jobs.c.created_at))
        return [UUID(hex=arguments[0]) for arguments in rows]


async def ask_for(platform: Platform, count: int) -> list[UUID]:
    version_id = await platform.create_version()
    answers = [await platform.ask(version_id) for _ in range(count)]
    return [_id(answer) for answer in answers]


def _id(answer: httpx2.Response) -> UUID:
    assert answer.status_code == 202, answer.text
    found = parse_public_id("bt", answer.json()["id"])
    assert found is not None
    return found


async def statuses(platform: Platform, ids: Sequence[UUID]) -> list[str]:
    async with platform.deps.units_of_work() as work:
        rows = {row.id: row for row in await work.session.scalars(select(BacktestRow))}
    return [rows[backtest_id].status for backtest_id in ids]


async def test_the_rest_wait_in_order(platform: Platform) -> None:
    ids = await ask_for(platform, 3)
    assert await jobs(platform) == ids[:1]

    await run_backtest.run(platform.deps, ids[0])
    assert await jobs(platform) == ids[:2]

    await run_backtest.run(platform.deps, ids[1])
    assert await jobs(platform) == ids
    assert await statuses(platform, ids) == ["finished", "finished", "queued"]


async def test_cancelling_one_lets_the_next_in(platform: Platform) -> None:
    ids = await ask_for(platform, 3)

    for backtest_id in (ids[1], ids[0]):
        await platform.trading.post(f"/backtests/bt_{backtest_id.hex}/cancel")

    assert await jobs(platform) == [ids[0], ids[2]]


async def test_one_that_is_given_up_lets_the_next_in_and_costs_nothing(platform: Platform) -> None:
    ids = await ask_for(platform, 2)

    await give_up(platform.deps, ids[0])
    await settle_usage.run(platform.deps, ids[0])

    assert await jobs(platform) == ids
    assert await platform.accounts.cpu_ms(platform.workspace_id) == (0, 20_000)


async def test_places_are_never_overrun_by_many_at_the_same_time(platform: Platform) -> None:
    await platform.accounts.subscribe(platform.workspace_id, "premium")
    version_id = await platform.create_version()

    answers = await asyncio.gather(*(platform.ask(version_id) for _ in range(12)))
    ids = [_id(answer) for answer in answers]
    assert len(await jobs(platform)) == 4

    await asyncio.gather(*(give_up(platform.deps, one) for one in await jobs(platform)))
    assert len(await jobs(platform)) == 8
    cancels = [platform.trading.post(f"/backtests/bt_{one.hex}/cancel") for one in ids]
    await asyncio.gather(*cancels)

    assert set(await statuses(platform, ids)) == {"failed", "cancelled"}
    assert len(await jobs(platform, "trading.settle_usage")) == 12


async def test_a_full_queue_is_a_clear_refusal(platform: Platform) -> None:
    await platform.accounts.subscribe(platform.workspace_id, "free", backtests_waiting=1)
    ids = await ask_for(platform, 2)

    refused = await platform.ask(await platform.create_version())
    await give_up(platform.deps, ids[0])
    taken = await platform.ask(await platform.create_version())

    assert (refused.status_code, refused.json()["code"]) == (429, "quota-exceeded")
    assert refused.headers["Retry-After"] == "10"
    assert "the plan allows 2" in refused.json()["detail"]
    assert taken.status_code == 202
    used, reserved = await platform.accounts.cpu_ms(platform.workspace_id)
    assert (used, reserved) == (0, 60_000)  # that of the one given up returns with its task


async def test_another_plan_counts_without_a_restart(platform: Platform) -> None:
    ids = await ask_for(platform, 6)

    await platform.accounts.subscribe(platform.workspace_id, "premium")
    (consumer,) = consumers(platform.deps)
    await consumer.consume_batch()
    for workspace_id in await jobs(platform, "trading.resize_places"):
        await resize_places.run(platform.deps, workspace_id)
        await resize_places.run(platform.deps, workspace_id)

    assert await jobs(platform) == ids[:4]


async def test_a_suspended_account_runs_nothing_more(platform: Platform) -> None:
    await platform.accounts.subscribe(platform.workspace_id, "free", backtests_at_once=2)
    ids = await ask_for(platform, 4)
    async with platform.deps.units_of_work() as work:
        await work.session.execute(
            update(BacktestRow).where(BacktestRow.id == ids[0]).values(status="running")
        )

    async with platform.accounts.app.state.deps.units_of_work() as work:
        work.emit(UserSuspended(workspace_id=platform.workspace_id, user_id=new_id()))
    (consumer,) = consumers(platform.deps)
    while await consumer.consume_batch():
        pass
    for workspace_id in await jobs(platform, "trading.stop_backtests"):
        for _ in range(2):
            await stop_backtests.run(platform.deps, workspace_id)

    assert await statuses(platform, ids) == ["running", *["cancelled"] * 3]
    async with platform.deps.units_of_work() as work:
        row = await work.session.get_one(BacktestRow, ids[0])
    assert row.cancel_requested
    assert await jobs(platform) == ids[:2]


async def test_a_smaller_plan_lets_running_ones_end(platform: Platform) -> None:
    await platform.accounts.subscribe(platform.workspace_id, "premium")
    ids = await ask_for(platform, 5)

    await platform.accounts.subscribe(platform.workspace_id, "free")
    await resize_places.run(platform.deps, platform.workspace_id)
    await give_up(platform.deps, ids[0])
    assert await jobs(platform) == ids[:4]

    for one in ids[1:4]:
        await give_up(platform.deps, one)
    assert await jobs(platform) == ids


async def test_what_a_run_used_is_counted_once(platform: Platform) -> None:
    (backtest_id,) = await ask_for(platform, 1)
    before = await platform.accounts.cpu_ms(platform.workspace_id)

    await run_backtest.run(platform.deps, backtest_id)
    for _ in range(2):
        await settle_usage.run(platform.deps, backtest_id)

    used, reserved = await platform.accounts.cpu_ms(platform.workspace_id)
    assert before == (0, 20_000)
    assert reserved == 0
    assert 0 < used < 5_000
    assert await jobs(platform, "trading.settle_usage") == [backtest_id]


async def test_deleting_a_run_does_not_give_its_time_back(platform: Platform) -> None:
    (backtest_id,) = await ask_for(platform, 1)
    await run_backtest.run(platform.deps, backtest_id)

    answer = await platform.trading.delete(f"/backtests/bt_{backtest_id.hex}")
    await settle_usage.run(platform.deps, backtest_id)

    used, reserved = await platform.accounts.cpu_ms(platform.workspace_id)
    assert answer.status_code == 204
    assert (used > 0, reserved) == (True, 0)


async def test_a_spent_day_is_refused_until_midnight(platform: Platform) -> None:
    await platform.accounts.subscribe(platform.workspace_id, "free", sandbox_cpu_s_per_day=30)
    await ask_for(platform, 1)

    refused = await platform.ask(await platform.create_version())

    assert (refused.status_code, refused.json()["code"]) == (429, "quota-exceeded")
    assert 0 < int(refused.headers["Retry-After"]) <= 86_400
    assert refused.json()["meter"] == "sandbox_cpu_ms"


async def test_a_request_that_is_refused_sets_nothing_aside(platform: Platform) -> None:
    for body in ({"symbols": ["NONE"]}, {"params": {"nothing": 1}}):
        assert (await platform.ask(await platform.create_version(), **body)).status_code == 422

    assert await platform.accounts.cpu_ms(platform.workspace_id) == (0, 0)


async def test_logs_are_as_long_as_the_plan_allows(platform: Platform) -> None:
    await ask_for(platform, 1)
    await platform.accounts.subscribe(platform.workspace_id, "premium")
    await ask_for(platform, 1)

    async with platform.deps.units_of_work() as work:
        query = select(BacktestRow.limits).order_by(BacktestRow.created_at)
        limits = (await work.session.scalars(query)).all()

    assert [one["log_bytes"] for one in limits] == [65_536, 1_048_576]


async def test_a_backtest_of_another_workspace_does_not_wait_for_a_noisy_one(
    platform: Platform,
) -> None:
    await platform.accounts.subscribe(platform.workspace_id, "premium")
    noisy = await ask_for(platform, 20)
    quiet = new_id()
    async with platform.deps.units_of_work() as work:
        await work.session.execute(
            text(
                "INSERT INTO trading.jobs (id, workspace_id, task, queue, arguments)"
                " VALUES (:id, :quiet, 'trading.run_backtest', 'minutes', '[]')"
            ),
            {"id": (job_id := new_id()), "quiet": quiet},
        )
        jobs = TABLES.jobs.c
        first = await work.session.scalar(select(jobs.id).where(jobs.arguments == [noisy[0].hex]))

    assert await JobClaims(platform.deps.engine, TABLES.jobs).due("minutes", 2) == [first, job_id]


async def test_a_job_carries_the_request_that_asked_for_its_run(platform: Platform) -> None:
    version_id = await platform.create_version()
    for number in range(2):
        platform.trading.headers["X-Request-Id"] = f"asked-{number}"
        await platform.ask(version_id)
    platform.trading.headers["X-Request-Id"] = "another"

    await run_backtest.run(platform.deps, (await jobs(platform))[0])

    async with platform.deps.units_of_work() as work:
        rows = await work.session.execute(
            select(TABLES.jobs.c.task, TABLES.jobs.c.request_id).order_by(TABLES.jobs.c.created_at)
        )
        found = sorted((task, request_id) for task, request_id in rows)
    assert found == [
        ("trading.run_backtest", "asked-0"),
        ("trading.run_backtest", "asked-1"),
        ("trading.settle_usage", "asked-0"),
    ]
