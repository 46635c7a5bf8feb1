"""Whoever hangs up ends the child process, however they reach the service."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import httpx2
import psutil
import pytest
import uvicorn
from fastapi import FastAPI

from logic_service.app import create_app
from logic_service.client import LogicClient
from logic_service.contract.errors import SandboxMissingError
from logic_service.contract.executions import Execution, ExecutionCreate, ExecutionLimits
from logic_service.deps import LogicDeps
from logic_service.settings import LogicSettings
from shared.errors import DeadlineExceededError
from shared.http.transports import connect
from shared.identity import IdentitySigner
from shared.streams import topic
from tests.logic_service.caller import MASTER_KEY, Caller
from tests.logic_service.executions.conftest import SLOW, Prepare

ENDLESS = ExecutionLimits(cpu_s=100, wall_s=100)


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """Serve a running app on a port of its own."""
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, lifespan="off", log_config=None, access_log=False)
    )
    serving = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(60):
            while not server.started:
                await asyncio.wait({serving}, timeout=0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        async with connect(f"http://127.0.0.1:{port}") as http:
            yield http
    finally:
        server.should_exit = True
        await serving


@pytest.fixture(params=["in process", "over http"])
async def far_client(
    request: pytest.FixtureRequest, app: FastAPI, http: httpx2.AsyncClient
) -> AsyncIterator[LogicClient]:
    """Return the typed client over either transport."""
    if request.param == "in process":
        yield LogicClient(http, IdentitySigner(MASTER_KEY))
        return
    async with served(app) as far:
        yield LogicClient(far, IdentitySigner(MASTER_KEY))


def sandboxed() -> dict[int, psutil.Process]:
    """Return the locked children by pid: what the zygote, our child, has forked."""
    zygotes = [
        child
        for child in psutil.Process().children()
        if "logic_service.sandbox.zygote" in " ".join(child.cmdline())
    ]
    return {child.pid: child for zygote in zygotes for child in zygote.children()}


async def start(
    client: LogicClient,
    caller: Caller,
    deps: LogicDeps,
    request: ExecutionCreate,
    *,
    busy: Collection[int] = (),
    **options: float,
) -> tuple[asyncio.Task[Execution], psutil.Process]:
    """Start a run; return it, and the process of its child, which is none of the ``busy`` ones.

    Children that stand by use hardly any processor time, so the child is known by the time that
    it uses from now on; looked at with each message of progress.
    """
    before = {pid: used_s(child) for pid, child in sandboxed().items()}
    async with deps.redis.pubsub() as news:
        await news.subscribe(topic(caller.workspace_id, "jobs"))
        run = asyncio.create_task(client.execute(caller.service, request, **options))
        async with asyncio.timeout(60):
            while True:
                await news.get_message(timeout=1.0)
                for pid, child in sandboxed().items():
                    if pid not in busy and used_s(child) - before.get(pid, 0.0) > 0.3:
                        return run, child


def used_s(child: psutil.Process) -> float:
    """Return the processor time that a process has used; nothing when it has ended."""
    try:
        return float(sum(child.cpu_times()[:2]))
    except psutil.NoSuchProcess:
        return 0.0


async def ended(child: psutil.Process) -> bool:
    """Wait for a process to end, for five seconds at most."""
    gone, _ = await asyncio.to_thread(psutil.wait_procs, [child], timeout=5)
    return bool(gone)


async def test_a_cancelled_call_kills_the_child(
    caller: Caller, far_client: LogicClient, deps: LogicDeps, prepare: Prepare
) -> None:
    request = await prepare(SLOW, count=20_000, limits=ENDLESS)
    run, child = await start(far_client, caller, deps, request)

    run.cancel()

    with pytest.raises(asyncio.CancelledError):
        await run
    assert await ended(child)


async def test_a_deadline_kills_the_child(
    caller: Caller, far_client: LogicClient, deps: LogicDeps, prepare: Prepare
) -> None:
    request = await prepare(SLOW, count=20_000, limits=ENDLESS)
    run, child = await start(far_client, caller, deps, request, deadline_s=4.0)

    with pytest.raises(DeadlineExceededError):
        await run
    assert await ended(child)


async def test_closing_the_service_kills_the_child(
    caller: Caller, settings: LogicSettings, prepare: Prepare
) -> None:
    request = await prepare(SLOW, count=20_000, limits=ENDLESS)
    app = create_app(settings)
    async with app.router.lifespan_context(app), connect(None, app) as http:
        client = LogicClient(http, IdentitySigner(MASTER_KEY))
        run, child = await start(client, caller, app.state.deps, request)

    assert await ended(child)
    with pytest.raises(SandboxMissingError):
        await run


async def test_who_hangs_up_while_waiting_for_a_place_never_runs(
    caller: Caller, client: LogicClient, deps: LogicDeps, prepare: Prepare
) -> None:
    slow = await prepare(SLOW, count=20_000, limits=ENDLESS)
    runs = [(await start(client, caller, deps, slow))[0] for _ in range(deps.settings.runs_at_once)]
    before = set(sandboxed())
    waiting = asyncio.create_task(client.execute(caller.service, slow))
    await asyncio.wait([waiting], timeout=0.3)

    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert set(sandboxed()) == before
    for run in runs:
        run.cancel()
    await asyncio.wait(runs)


async def test_a_place_is_free_again_after_each_hang_up(
    caller: Caller, client: LogicClient, deps: LogicDeps, prepare: Prepare
) -> None:
    slow = await prepare(SLOW, count=20_000, limits=ENDLESS)
    quick = await prepare(SLOW, count=5)
    for _ in range(3):
        run, child = await start(client, caller, deps, slow)
        run.cancel()
        assert await ended(child)

    execution = await client.execute(caller.service, quick)

    assert execution.verdict == "ok"
