"""Executions: what a run leaves behind, how it fails, and how it is ended."""

import asyncio
import time

import orjson
import pytest
from pydantic import SecretStr

from data_service.contract.bars import snapshot_key
from logic_service.app import create_app
from logic_service.client import LogicClient
from logic_service.contract.artifacts import decode_logs, decode_plots
from logic_service.contract.errors import SnapshotMissingError, VersionNotFoundError
from logic_service.contract.executions import ExecutionLimits, SnapshotRef, artifact_key
from logic_service.deps import LogicDeps
from logic_service.settings import LogicSettings
from naru.engine.config import RunConfig
from naru.engine.orderlog import OrderLog
from naru.engine.replay import replay
from shared.bar_files import write_bars
from shared.errors import ForbiddenError, InvalidInputError
from shared.http.transports import connect
from shared.identity import IdentitySigner
from shared.streams import stream_key
from tests.logic_service.caller import HOLD, MASTER_KEY, VECTOR, Caller
from tests.logic_service.executions.conftest import SLOW, Prepare, wave

FAILING = HOLD.replace('self.log("buying")', "self.log(1 / 0)")
LOOPING = HOLD.replace('self.log("buying")', "\n            while True:\n                pass")
EATING = LOOPING.replace("pass", "self.state['kept'] = self.state.get('kept', [0]) * 2")
NONSENSE = HOLD.replace("percent=self.percent", 'size="much"')
CHATTY = HOLD.replace("        if not", '        self.log("x" * 100)\n        if not')
PLOTTING = HOLD.replace('self.log("buying")', 'self.plot("level", 7.5); self.state["n"] = 1')


async def read(deps: LogicDeps, caller: Caller, sha256: str | None) -> bytes:
    """Return something that a run left behind."""
    assert sha256 is not None
    return await deps.objects.get(artifact_key(caller.workspace_id, sha256))


@pytest.mark.parametrize("source", [HOLD, VECTOR])
async def test_a_run_leaves_an_order_log_that_replays(
    caller: Caller, client: LogicClient, deps: LogicDeps, prepare: Prepare, source: str
) -> None:
    request = await prepare(source)

    execution = await client.execute(caller.service, request)

    assert (execution.verdict, execution.problem) == ("ok", None)
    orders = OrderLog.from_bytes(await read(deps, caller, execution.orders_sha256))
    result = replay([wave()], orders, RunConfig.from_dict(request.config))
    assert len(result.fills) > 0
    assert execution.cpu_s > 0
    assert execution.peak_memory_bytes > 0
    assert {"read_s", "compile_s", "start_s", "run_s", "total_s"} <= set(execution.timings)


async def test_parameters_and_options_reach_the_strategy(
    caller: Caller, client: LogicClient, deps: LogicDeps, prepare: Prepare
) -> None:
    halves = await client.execute(caller.service, await prepare(HOLD, percent=0.5))
    wholes = await client.execute(caller.service, await prepare(HOLD, percent=1.0))
    again = await client.execute(caller.service, await prepare(HOLD, percent=0.5))

    assert halves.orders_sha256 != wholes.orders_sha256
    assert halves.orders_sha256 == again.orders_sha256


async def test_logs_plots_and_state_are_kept(
    caller: Caller, client: LogicClient, deps: LogicDeps, prepare: Prepare
) -> None:
    talks = await client.execute(caller.service, await prepare(HOLD))
    plots = await client.execute(caller.service, await prepare(PLOTTING))

    first = next(decode_logs(await read(deps, caller, talks.logs_sha256)))
    assert first == (int(wave().ts[0]), "buying")
    assert next(decode_plots(await read(deps, caller, plots.plots_sha256))) == (
        "level",
        int(wave().ts[0]),
        7.5,
    )
    assert orjson.loads(await read(deps, caller, plots.state_sha256)) == {"n": 1}
    assert (talks.plots_sha256, talks.state_sha256, plots.logs_sha256) == (None, None, None)


async def test_logs_beyond_the_limit_are_counted(
    caller: Caller, client: LogicClient, deps: LogicDeps, prepare: Prepare
) -> None:
    request = await prepare(CHATTY, limits=ExecutionLimits(log_bytes=1_000))

    execution = await client.execute(caller.service, request)

    assert len(list(decode_logs(await read(deps, caller, execution.logs_sha256)))) == 10
    assert execution.logs_dropped_count == 301 - 10  # 300 bars, and "buying" once


@pytest.mark.parametrize(
    ("source", "limits", "verdict", "line"),
    [
        (FAILING, ExecutionLimits(), "crashed", 12),
        (NONSENSE, ExecutionLimits(), "crashed", 13),
        (LOOPING, ExecutionLimits(cpu_s=0.5, wall_s=10), "timeout", None),
        (EATING, ExecutionLimits(memory_bytes=64 << 20), "out_of_memory", None),
    ],
    ids=["raises", "orders nonsense", "loops", "eats memory"],
)
async def test_a_failing_strategy_is_an_answer(
    caller: Caller,
    client: LogicClient,
    prepare: Prepare,
    source: str,
    limits: ExecutionLimits,
    verdict: str,
    line: int | None,
) -> None:
    execution = await client.execute(caller.service, await prepare(source, limits=limits))

    assert execution.verdict == verdict, execution
    assert execution.problem is not None
    assert len(execution.problem.message) > 5
    if line is not None:
        assert execution.problem.line == line
    assert (execution.orders_sha256, execution.claim) == (None, None)


async def test_the_platform_serves_others_meanwhile(
    caller: Caller, stranger: Caller, client: LogicClient, prepare: Prepare
) -> None:
    looping = await prepare(LOOPING, limits=ExecutionLimits(cpu_s=1.5, wall_s=30))
    honest = await prepare(HOLD)
    run = asyncio.create_task(client.execute(caller.service, looping))

    quick = await client.execute(caller.service, honest)
    listed = await stranger.call("GET", "/strategies")

    assert not run.done()
    assert (quick.verdict, listed.status_code) == ("ok", 200)
    assert (await run).verdict == "timeout"


async def test_progress_is_told_and_throttled(
    caller: Caller, client: LogicClient, deps: LogicDeps, prepare: Prepare
) -> None:
    request = await prepare(SLOW, count=400)

    started_at = time.monotonic()
    await client.execute(caller.service, request)
    elapsed_s = time.monotonic() - started_at

    key = stream_key(caller.workspace_id, "jobs")
    messages = [orjson.loads(fields[b"m"])["data"] for _, fields in await deps.redis.xrange(key)]
    assert 1 <= len(messages) <= 2 + elapsed_s / 0.1
    assert {(message["kind"], message["id"], message["status"]) for message in messages} == {
        ("backtest", request.run_id, "running")
    }
    fractions = [message["progress"] for message in messages]
    assert fractions == sorted(fractions)
    assert 0 < float(await deps.redis.get(f"progress:{request.run_id}")) <= 1


async def test_a_lost_redis_costs_the_progress_alone(
    caller: Caller, settings: LogicSettings, prepare: Prepare
) -> None:
    request = await prepare(HOLD)
    lonely = settings.model_copy(update={"redis_url": SecretStr("unix:///nowhere/at/all.sock")})
    app = create_app(lonely)
    async with app.router.lifespan_context(app), connect(None, app) as http:
        client = LogicClient(http, IdentitySigner(MASTER_KEY))

        execution = await client.execute(caller.service, request)

    assert execution.verdict == "ok"


async def test_others_versions_cannot_be_run(
    stranger: Caller, client: LogicClient, deps: LogicDeps, prepare: Prepare
) -> None:
    request = await prepare(HOLD)
    bars = wave()
    await deps.objects.put(snapshot_key(stranger.workspace_id, bars.sha256()), write_bars(bars))

    with pytest.raises(VersionNotFoundError):
        await client.execute(stranger.service, request)


async def test_others_bars_are_not_there(
    caller: Caller, stranger: Caller, client: LogicClient, prepare: Prepare
) -> None:
    foreign = (await prepare(HOLD, count=123)).snapshots
    request = await prepare(HOLD)
    stranger.workspace_id, own = caller.workspace_id, stranger.workspace_id
    caller.workspace_id = own
    mine = await prepare(HOLD)

    with pytest.raises(SnapshotMissingError):
        await client.execute(caller.service, mine.model_copy(update={"snapshots": foreign}))
    assert (await client.execute(stranger.service, request)).verdict == "ok"


async def test_only_services_run_strategies(
    caller: Caller, client: LogicClient, prepare: Prepare
) -> None:
    with pytest.raises(ForbiddenError):
        await client.execute(caller.person, await prepare(HOLD))


async def test_bars_that_are_not_there(
    caller: Caller, client: LogicClient, prepare: Prepare
) -> None:
    request = await prepare(HOLD)
    missing = SnapshotRef(sha256="0" * 64, symbol="WAVE")

    with pytest.raises(SnapshotMissingError):
        await client.execute(caller.service, request.model_copy(update={"snapshots": [missing]}))


async def test_bars_that_are_not_what_their_name_says(
    caller: Caller, client: LogicClient, deps: LogicDeps, prepare: Prepare
) -> None:
    request = await prepare(HOLD)
    forged = SnapshotRef(sha256="f" * 64, symbol="WAVE")
    await deps.objects.put(snapshot_key(caller.workspace_id, forged.sha256), write_bars(wave(10)))

    with pytest.raises(SnapshotMissingError, match="other bars"):
        await client.execute(caller.service, request.model_copy(update={"snapshots": [forged]}))


async def test_bad_options_name_the_field(
    caller: Caller, client: LogicClient, prepare: Prepare
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        await client.execute(caller.service, await prepare(HOLD, config={"cash": "-5"}))

    assert caught.value.errors[0].pointer == "/config/cash"
