"""What happens to backtests when their workspace goes, or wants a copy."""

from dataclasses import replace

import orjson
from sqlalchemy import func, select

from shared.ids import new_id, parse_public_id
from tests.auth_ledger import AuthLedger, read_export
from tests.trading_service.conftest import KEY, Platform, wave
from trading_service.backtests.tasks import run_backtest
from trading_service.models import BacktestRow
from trading_service.workspaces.tasks import DUTIES


async def test_a_copy_then_nothing_is_left(platform: Platform) -> None:
    ledger = AuthLedger()
    worker = replace(platform.deps, auth=ledger.client(KEY))
    await platform.upload(wave())
    version_id = await platform.create_version()
    backtest = await platform.run((await platform.ask(version_id)).json()["id"])
    assert backtest["status"] == "finished"
    export_id, workspace_id = new_id(), platform.workspace_id

    await DUTIES.write_part(worker, workspace_id, export_id)

    files = await read_export(worker, workspace_id, export_id, "trading")
    folder = f"backtests/{backtest['id']}"
    result = orjson.loads(files[f"{folder}/result.json"])
    assert result["metrics"]["fill_count"] == backtest["metrics"]["fill_count"]
    assert orjson.loads(files[f"{folder}/orders.json"])
    assert b"\tup\n" in files[f"{folder}/logs.txt"]
    assert orjson.loads(files[f"{folder}/backtest.json"])["status"] == "finished"

    for _ in range(2):
        await DUTIES.erase(worker, workspace_id)

    first, second = (report.counts for _, report in ledger.erasures)
    assert first == second
    assert first["backtests"] == 1
    assert first["objects"] >= 4
    assert not (worker.settings.state_dir / "objects" / "results" / workspace_id.hex).exists()


async def test_a_run_whose_workspace_goes_leaves_nothing(platform: Platform) -> None:
    worker = replace(platform.deps, auth=AuthLedger().client(KEY))
    await platform.upload(wave())
    asked = (await platform.ask(await platform.create_version())).json()
    await DUTIES.erase(worker, platform.workspace_id)

    backtest_id = parse_public_id("bt", asked["id"])
    assert backtest_id is not None
    await run_backtest.run(platform.deps, backtest_id)

    async with worker.units_of_work() as work:
        assert await work.session.scalar(select(func.count()).select_from(BacktestRow)) == 0
    assert (await platform.trading.get(f"/backtests/{asked['id']}")).status_code == 404
