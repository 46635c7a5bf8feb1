"""What runs came to: counted for their owner, and for operators."""

from prometheus_client.parser import text_string_to_metric_families

from logic_service.client import LogicClient
from logic_service.contract.executions import ExecutionLimits
from logic_service.domain.bar_times import BOUNDS_S
from shared.ids import new_id, public_id
from tests.logic_service.caller import HOLD, Caller
from tests.logic_service.executions.conftest import Prepare

LOOPING = HOLD.replace('self.log("buying")', "\n            while True: pass")


async def strategy_of(caller: Caller) -> str:
    """Return the id of the newest strategy."""
    listed = await caller.call("GET", "/strategies")
    return str(listed.json()["items"][0]["id"])


async def test_runs_are_counted_by_verdict_and_plan(
    caller: Caller, client: LogicClient, prepare: Prepare
) -> None:
    request = (await prepare(HOLD, count=250)).model_copy(update={"plan": "free"})
    for plan in ("free", "free", "premium"):
        await client.execute(caller.service, request.model_copy(update={"plan": plan}))

    answer = await caller.call("GET", f"/strategies/{await strategy_of(caller)}/metrics")

    found = answer.json()
    version = found["versions"][0]
    assert answer.status_code == 200
    assert (version["number"], version["run_count"]) == (1, 3)
    assert (version["verdicts"], version["bar_count"]) == ({"ok": 3}, 750)
    assert version["cpu_s"] > 0
    assert version["peak_memory_bytes"] > 1 << 20
    times = version["bar_times"]
    assert sum(times["counts"]) == 3
    assert len(times["counts"]) == len(times["bounds_ms"]) + 1
    slowest_ms = [*times["bounds_ms"], float("inf")][
        max(place for place, count in enumerate(times["counts"]) if count)
    ]
    assert 0 < times["mean_ms"] <= slowest_ms
    assert times["mean_ms"] == version["cpu_s"] / 750 * 1e3  # of the same sum, to the last bit
    assert len(times["bar_counts"]) == len(times["counts"])
    assert sum(times["bar_counts"]) == 750
    assert {plan["plan"]: plan["run_count"] for plan in found["plans"]} == {"free": 2, "premium": 1}


async def test_failed_runs_count_but_not_their_bars(
    caller: Caller, client: LogicClient, prepare: Prepare
) -> None:
    limits = ExecutionLimits(cpu_s=0.2, wall_s=10)
    await client.execute(caller.service, await prepare(LOOPING, limits=limits))

    answer = await caller.call("GET", f"/strategies/{await strategy_of(caller)}/metrics")

    version = answer.json()["versions"][0]
    assert (version["verdicts"], version["bar_count"]) == ({"timeout": 1}, 0)
    assert version["cpu_s"] >= 0.2
    assert version["bar_times"]["mean_ms"] is None
    assert sum(version["bar_times"]["counts"]) == 0
    assert sum(version["bar_times"]["bar_counts"]) == 0


async def test_a_strategy_that_never_ran_has_empty_metrics(caller: Caller) -> None:
    strategy_id = await caller.create_with(HOLD)

    answer = await caller.call("GET", f"/strategies/{strategy_id}/metrics")

    assert answer.json() == {"strategy_id": strategy_id, "versions": [], "plans": []}


async def test_others_do_not_see_them(caller: Caller, stranger: Caller) -> None:
    path = f"/strategies/{await caller.create_with(HOLD)}/metrics"

    assert (await stranger.call("GET", path)).status_code == 404
    assert (await caller.anonymous("GET", path)).status_code == 401


async def test_ids_that_are_none(caller: Caller) -> None:
    nobody = await caller.call("GET", f"/strategies/{public_id('st', new_id())}/metrics")
    nonsense = await caller.call("GET", "/strategies/st_nonsense/metrics")

    assert (nobody.status_code, nobody.json()["code"]) == (404, "strategy-not-found")
    assert nonsense.status_code in {404, 422}


async def test_operators_see_totals_and_this_process(
    caller: Caller, client: LogicClient, prepare: Prepare
) -> None:
    request = (await prepare(HOLD)).model_copy(update={"plan": "gauge-test"})
    await client.execute(caller.service, request)

    answer = await caller.anonymous("GET", "/metrics")

    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    mine = {"plan": "gauge-test", "verdict": "ok"}
    counted = {
        name: sample.value
        for name, family in families.items()
        for sample in family.samples
        if sample.labels == mine
    }
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert (counted["naru_runs"], counted["naru_run_bars"]) == (1, 300)
    assert counted["naru_run_cpu_seconds"] > 0
    starts = families["naru_sandbox_starts"].samples
    assert {sample.labels["task"] for sample in starts} >= {"run", "check"}
    waits = {sample.name: sample.value for sample in families["naru_sandbox_start_seconds"].samples}
    assert waits["naru_sandbox_start_seconds_count"] >= 1


async def test_operators_see_bars_by_their_time_for_each_version(
    caller: Caller, client: LogicClient, prepare: Prepare
) -> None:
    request = await prepare(HOLD, count=400)
    for _ in range(2):
        await client.execute(caller.service, request)

    answer = await caller.anonymous("GET", "/metrics")

    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    mine = {
        sample.labels["le"]: sample.value
        for sample in families["naru_bar_seconds"].samples
        if sample.labels["version"] == public_id("ver", request.version_id)
    }
    heights = list(mine.values())
    assert heights == sorted(heights)
    assert mine["+Inf"] == 800
    assert len(mine) == len(BOUNDS_S) + 1


async def test_the_gateway_reads_the_same_page(client: LogicClient) -> None:
    page = await client.metrics()

    assert b"# TYPE naru_runs_total counter" in page
    assert b"naru_sandbox_start_seconds_bucket" in page
