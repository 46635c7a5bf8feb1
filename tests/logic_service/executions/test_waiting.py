"""Waiting for a turn in the sandbox: fair between tenants, bounded, and said plainly."""

import asyncio

import pytest

from logic_service.adapters.sandbox import Sandbox
from logic_service.contract.errors import SandboxBusyError
from logic_service.sandbox.types import Execution, Limits, Verdict
from naru.engine.config import RunConfig
from tests.logic_service.caller import HOLD
from tests.logic_service.executions.conftest import wave

HOG = HOLD.replace('self.log("buying")', "\n            while True: pass")


def run(
    sandbox: Sandbox, tenant: str, source: str = HOLD, cpu_s: float = 5.0
) -> asyncio.Task[Execution]:
    """Start a run of a tenant."""
    limits = Limits(cpu_s=cpu_s, wall_s=20)
    going = sandbox.run(
        source, [wave(20)], RunConfig(), {}, limits, lambda done, total: None, tenant=tenant
    )
    return asyncio.create_task(going)


async def test_a_run_whose_turn_does_not_come_is_busy_and_never_runs() -> None:
    sandbox = Sandbox(runs_at_once=1, checks_at_once=1, run_wait_s=0.2)
    try:
        hog = run(sandbox, "a", HOG, cpu_s=1.5)
        waiting = run(sandbox, "b")

        with pytest.raises(SandboxBusyError) as caught:
            await waiting

        assert caught.value.headers["Retry-After"] == "1"
        assert caught.value.status == 503
        assert not hog.done()
        assert (await hog).verdict is Verdict.TIMEOUT
        starts = {s.labels["task"]: s.value for s in sandbox.samples() if "task" in s.labels}
        assert starts["run"] == 1
        assert (await run(sandbox, "b")).verdict is Verdict.OK
    finally:
        await sandbox.close()


async def test_a_flood_of_one_tenant_does_not_hold_up_another() -> None:
    sandbox = Sandbox(runs_at_once=1, checks_at_once=1, run_wait_s=60)
    ended: list[str] = []

    async def note(tenant: str, going: asyncio.Task[Execution]) -> None:
        await going
        ended.append(tenant)

    try:
        flood = [note("a", run(sandbox, "a", HOG, cpu_s=0.2)) for _ in range(6)]
        await asyncio.gather(*flood, note("b", run(sandbox, "b")))
    finally:
        await sandbox.close()

    assert len(ended) == 7
    assert ended.index("b") <= 2, ended


async def test_a_caller_who_leaves_the_queue_gives_the_turn_to_the_next() -> None:
    sandbox = Sandbox(runs_at_once=1, checks_at_once=1, run_wait_s=60)
    try:
        hog = run(sandbox, "a", HOG, cpu_s=0.5)
        leaving, staying = run(sandbox, "b"), run(sandbox, "c")
        await asyncio.wait([leaving], timeout=0.1)
        leaving.cancel()

        with pytest.raises(asyncio.CancelledError):
            await leaving
        assert (await staying).verdict is Verdict.OK
        assert (await hog).verdict is Verdict.TIMEOUT
    finally:
        await sandbox.close()


async def test_closing_lets_nobody_wait() -> None:
    sandbox = Sandbox(runs_at_once=1, checks_at_once=1, run_wait_s=60)
    hog = run(sandbox, "a", HOG, cpu_s=30)
    waiting = [run(sandbox, tenant) for tenant in "bcd"]
    await asyncio.wait([hog], timeout=0.3)

    await sandbox.close()

    ends = await asyncio.wait_for(asyncio.gather(hog, *waiting, return_exceptions=True), 10)
    assert all(isinstance(end, BaseException) for end in ends)
    assert len(ends) == 4
