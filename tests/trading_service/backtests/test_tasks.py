"""Runs end in results or in a verdict, whatever the strategy does, and twice is once."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select, text

from shared.events.types import EventEnvelope
from shared.identity import Principal
from shared.ids import parse_public_id
from tests.trading_service.conftest import Platform, wave
from trading_service.backtests.tasks import give_up, run_backtest
from trading_service.client import TradingClient
from trading_service.models import TABLES

HEAD = "from naru import Strategy\n\nclass Bad(Strategy):\n    def on_bar(self):\n        "


@pytest.fixture
async def bars(platform: Platform) -> None:
    await platform.upload(wave())


async def events(platform: Platform) -> list[tuple[str, dict[str, Any]]]:
    async with platform.deps.units_of_work() as work:
        rows = await work.session.execute(
            select(TABLES.outbox.c.name, TABLES.outbox.c.payload).order_by(TABLES.outbox.c.seq)
        )
        return [(name, payload) for name, payload in rows]


@pytest.mark.usefixtures("bars")
async def test_run_twice_is_run_once(platform: Platform) -> None:
    backtest_id = (await platform.ask(await platform.create_version())).json()["id"]

    first = await platform.run(backtest_id)
    second = await platform.run(backtest_id)

    assert first == second
    names = [name for name, _ in await events(platform)]
    assert names == ["trading.backtest.queued", "trading.backtest.finished"]


@pytest.mark.usefixtures("bars")
async def test_same_run_gives_the_same_receipt(platform: Platform) -> None:
    version_id = await platform.create_version()
    receipts = []
    for _ in range(2):
        backtest_id = (await platform.ask(version_id)).json()["id"]
        await platform.run(backtest_id)
        path = f"/backtests/{backtest_id}/receipt"
        receipts.append((await platform.trading.get(path)).json()["receipt"])

    assert receipts[0] == receipts[1]


RESTING = (
    HEAD
    + """if len(self.data) % 5 == 0:
            self.buy(1, limit=self.data.close[-1])
"""
)


@pytest.mark.usefixtures("bars")
async def test_replays_have_an_end(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = await platform.ask(await platform.create_version(RESTING))
    monkeypatch.setattr("trading_service.backtests.settle._REPLAY_SHARE", 0.0)
    run = await platform.run(asked.json()["id"])

    assert (run["status"], run["verdict"]) == ("failed", "timeout")
    assert run["problem"]["code"] == "replay-limit"


@pytest.mark.usefixtures("bars")
async def test_bounds_of_metrics_come_on_request_and_change_nothing_else(
    platform: Platform,
) -> None:
    version_id = await platform.create_version()
    answers, receipts = [], []
    for samples in (0, 40, 40):
        asked = await platform.ask(version_id, confidence_samples=samples)
        run = await platform.run(asked.json()["id"])
        assert run["confidence_samples"] == samples
        answers.append((await platform.trading.get(f"/backtests/{run['id']}/metrics")).json())
        receipt = await platform.trading.get(f"/backtests/{run['id']}/receipt")
        receipts.append(receipt.json()["receipt"])
        report = (await platform.trading.get(f"/backtests/{run['id']}/report")).text
        assert ('<small title="95%' in report) is bool(samples)

    without, once, again = (answer["confidence"] for answer in answers)
    assert without == {}
    assert once["sharpe"]["low"] < answers[1]["metrics"]["sharpe"] < once["sharpe"]["high"]
    assert once == again
    assert receipts[0] == receipts[1] == receipts[2]


@pytest.mark.usefixtures("bars")
@pytest.mark.parametrize(
    ("body", "verdict", "line"),
    [
        ("self.nothing_like_it", "crashed", 5),
        ("1 / 0", "crashed", 5),
        ("self.buy(size=-1)", "crashed", 5),
        ("self.buy(size=float('nan'))", "crashed", 5),
        ("while True: pass", "timeout", None),
        ("x = [0] * 10**10", "out_of_memory", None),
    ],
)
async def test_bad_strategy_ends_with_a_verdict_and_a_line(
    platform: Platform, body: str, verdict: str, line: int | None
) -> None:
    version_id = await platform.create_version(HEAD + body + "\n")
    backtest_id = (await platform.ask(version_id)).json()["id"]
    await shorten_limits(platform)

    failed = await platform.run(backtest_id)

    assert (failed["status"], failed["verdict"]) == ("failed", verdict)
    assert failed["problem"]["message"]
    if line is not None:
        assert failed["problem"]["line"] == line
    name, payload = (await events(platform))[-1]
    assert name == "trading.backtest.failed"
    assert payload["verdict"] == verdict


async def shorten_limits(platform: Platform) -> None:
    async with platform.deps.units_of_work() as work:
        await work.session.execute(
            text('UPDATE trading.backtests SET limits = limits || \'{"cpu_s": 1, "wall_s": 2}\'')
        )


@pytest.mark.usefixtures("bars")
async def test_report_shows_what_the_strategy_plotted(platform: Platform) -> None:
    version_id = await platform.create_version(HEAD + "self.plot('doubled', self.data.close[-1])\n")
    backtest_id = (await platform.ask(version_id)).json()["id"]

    await platform.run(backtest_id)

    report = await platform.trading.get(f"/backtests/{backtest_id}/report")
    assert "doubled" in report.text


@pytest.mark.usefixtures("bars")
async def test_cancelling_kills_a_running_strategy(platform: Platform) -> None:
    version_id = await platform.create_version(HEAD + "while True: pass\n")
    backtest_id = (await platform.ask(version_id)).json()["id"]
    running = asyncio.create_task(platform.run(backtest_id))
    path = f"/backtests/{backtest_id}"
    async with asyncio.timeout(60):
        while (await platform.trading.get(path)).json()["status"] != "running":
            await asyncio.sleep(0.01)

    await platform.trading.post(f"{path}/cancel")
    async with asyncio.timeout(60):
        ended = await running

    assert ended["status"] == "cancelled"


@pytest.mark.usefixtures("bars")
async def test_giving_up_tells_the_owner_and_changes_no_ended_run(platform: Platform) -> None:
    version_id = await platform.create_version()
    lost, done = [(await platform.ask(version_id)).json()["id"] for _ in range(2)]
    finished = await platform.run(done)
    for public in (lost, done):
        found = parse_public_id("bt", public)
        assert found is not None
        await give_up(platform.deps, found)

    problem = (await platform.trading.get(f"/backtests/{lost}")).json()["problem"]
    assert problem["code"] == "platform-failure"
    assert (await platform.trading.get(f"/backtests/{done}")).json() == finished


@pytest.mark.usefixtures("bars")
async def test_deleted_backtest_is_not_run(platform: Platform) -> None:
    backtest_id = (await platform.ask(await platform.create_version())).json()["id"]
    await platform.trading.post(f"/backtests/{backtest_id}/cancel")
    await platform.trading.delete(f"/backtests/{backtest_id}")
    found = parse_public_id("bt", backtest_id)
    assert found is not None

    await run_backtest.run(platform.deps, found)

    assert (await platform.trading.get(f"/backtests/{backtest_id}")).status_code == 404


@pytest.mark.usefixtures("bars")
async def test_other_services_can_read_the_events(platform: Platform) -> None:
    await platform.ask(await platform.create_version())
    client = TradingClient(platform.trading, platform.deps.identities)

    batch = await client.read_events(0, 10)

    assert [type(event) for event in batch.events] == [EventEnvelope]
    assert batch.events[0].workspace_id == platform.workspace_id
    assert await client.list_backtests(Principal.service("test", platform.workspace_id))
