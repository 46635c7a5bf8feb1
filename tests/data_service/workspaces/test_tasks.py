"""What happens to bars when their workspace goes, or wants a copy."""

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import orjson
import pytest
from sqlalchemy import func, select

from data_service.client import DataClient
from data_service.contract.bars import SNAPSHOTS, BarsQuery, snapshot_key
from data_service.deps import DataDeps, DataWorkerDeps, Peers, open_worker_deps
from data_service.models import BarRow
from data_service.workspaces.tasks import DUTIES
from shared.bar_files import read_bars
from shared.ids import new_id, public_id
from tests.auth_ledger import AuthLedger, read_export
from tests.data_service.caller import Caller, make_bars


@pytest.fixture
def ledger() -> AuthLedger:
    return AuthLedger()


@pytest.fixture
async def worker(deps: DataDeps, ledger: AuthLedger) -> AsyncIterator[DataWorkerDeps]:
    """Return what the service's worker has."""
    async with open_worker_deps(deps.settings, Peers(auth=ledger.connect())) as worker:
        yield worker


def _objects(deps: DataDeps, caller: Caller) -> Path:
    return deps.settings.state_dir / "objects" / SNAPSHOTS / caller.workspace_id.hex


async def test_one_of_two_workspaces_with_the_same_bars_goes(
    caller: Caller, stranger: Caller, client: DataClient, worker: DataWorkerDeps, ledger: AuthLedger
) -> None:
    query = BarsQuery(symbol="ACME")
    for somebody in (caller, stranger):
        await somebody.upload(make_bars(count=50))
        await client.create_snapshot(somebody.service, query)
    frozen = await client.create_snapshot(stranger.service, query)

    await DUTIES.erase(worker, caller.workspace_id)

    counts = {"bars": 50, "datasets": 1, "uploads": 1, "snapshots": 1, "objects": 1}
    (workspace_id, report), *_ = ledger.erasures
    assert workspace_id == public_id("ws", caller.workspace_id)
    assert report.service == "data"
    assert {name: report.counts[name] for name in counts} == counts
    assert not _objects(worker, caller).exists()
    assert (await client.list_symbols(caller.person)).items == []
    kept = await worker.objects.get(snapshot_key(stranger.workspace_id, frozen.sha256))
    assert len(read_bars(BytesIO(kept)).bars) == 50
    async with worker.units_of_work() as work:
        assert await work.session.scalar(select(func.count()).select_from(BarRow)) == 50


async def test_erasing_twice_reports_the_same_and_takes_what_came_late(
    caller: Caller, client: DataClient, worker: DataWorkerDeps, ledger: AuthLedger
) -> None:
    await caller.upload(make_bars(count=50))
    for _ in range(2):
        await DUTIES.erase(worker, caller.workspace_id)
    await worker.objects.put(snapshot_key(caller.workspace_id, "ab" * 32), b"came late")
    await caller.upload(make_bars(count=7))
    await DUTIES.erase(worker, caller.workspace_id)

    first, second, third = (report.counts for _, report in ledger.erasures)
    assert first == second
    assert (third["bars"], third["datasets"], third["objects"]) == (57, 2, 1)
    assert not _objects(worker, caller).exists()


async def test_an_export_has_every_dataset(
    caller: Caller, stranger: Caller, worker: DataWorkerDeps, ledger: AuthLedger
) -> None:
    bars = make_bars(count=50)
    await caller.upload(bars)
    await stranger.upload(make_bars("THEIRS"))
    export_id = new_id()

    for _ in range(2):
        await DUTIES.write_part(worker, caller.workspace_id, export_id)

    assert [(at, part.file_count) for at, part in ledger.parts] == [(export_id, 2)] * 2
    files = await read_export(worker, caller.workspace_id, export_id, "data")
    (described,) = orjson.loads(files["data/datasets.json"])
    assert (described["symbol"], described["bar_count"]) == ("ACME", 50)
    assert read_bars(BytesIO(files[described["file"]])).bars.sha256() == bars.sha256()
