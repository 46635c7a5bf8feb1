"""What happens to sources when their workspace goes, wants a copy, or the master key changes."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import orjson
import pytest
from pydantic import SecretStr
from sqlalchemy import delete

from logic_service.deps import LogicDeps, LogicWorkerDeps
from logic_service.models import SourceKeyRow
from logic_service.versions.reading import VersionReading
from logic_service.versions.sources import SOURCES, Sources, digest
from logic_service.workspaces.tasks import DUTIES
from shared.ids import new_id, parse_public_id
from shared.object_store.tenants import tenant_key
from shared.vault import Vault, VaultError
from tests.auth_ledger import AuthLedger, read_export
from tests.logic_service.caller import HOLD, MASTER_KEY, VECTOR, Caller

NEW = SecretStr("a7" * 32)


@pytest.fixture
def ledger() -> AuthLedger:
    return AuthLedger()


@pytest.fixture
def worker(deps: LogicDeps, ledger: AuthLedger) -> LogicWorkerDeps:
    """Return what the service's worker has; the sandbox is the app's own."""
    given = {name: getattr(deps, name) for name in LogicDeps.__slots__}
    return LogicWorkerDeps(**given, auth=ledger.client(MASTER_KEY))


def _folder(deps: LogicDeps, caller: Caller) -> Path:
    return deps.settings.state_dir / "objects" / SOURCES / caller.workspace_id.hex


def _id(version: dict[str, object]) -> UUID:
    found = parse_public_id("ver", str(version["id"]))
    assert found is not None
    return found


async def test_sources_lie_sealed_and_are_read_back(caller: Caller, deps: LogicDeps) -> None:
    version = await caller.upload((await caller.create())["id"], HOLD)

    (path,) = _folder(deps, caller).iterdir()

    assert path.name == f"{digest(HOLD)}.sealed"
    stored = path.read_bytes()
    assert not any(line.strip().encode() in stored for line in HOLD.splitlines() if line.strip())
    found = await VersionReading(deps).source_by_id(caller.workspace_id, _id(version))
    assert (found.source, found.sha256) == (HOLD, digest(HOLD))


async def test_the_same_source_is_the_same_object_and_differs_between_workspaces(
    caller: Caller, stranger: Caller, deps: LogicDeps
) -> None:
    for somebody in (caller, caller, stranger):
        await somebody.upload((await somebody.create())["id"], HOLD)
    (mine,), (theirs,) = ([*_folder(deps, who).iterdir()] for who in (caller, stranger))

    assert mine.name == theirs.name
    assert mine.read_bytes() != theirs.read_bytes()


async def test_a_source_moved_or_changed_does_not_open(
    caller: Caller, stranger: Caller, deps: LogicDeps
) -> None:
    version = await caller.upload((await caller.create())["id"], HOLD)
    await stranger.upload((await stranger.create())["id"], HOLD)
    (mine,), (theirs,) = ([*_folder(deps, who).iterdir()] for who in (caller, stranger))
    for forged in (theirs.read_bytes(), mine.read_bytes()[:-1] + b"\0", b""):
        mine.write_bytes(forged)
        with pytest.raises(VaultError):
            await VersionReading(deps).source_by_id(caller.workspace_id, _id(version))


async def test_open_sources_of_before_are_read_and_then_sealed(
    caller: Caller, worker: LogicWorkerDeps, ledger: AuthLedger
) -> None:
    version = await caller.upload((await caller.create())["id"], VECTOR)
    (sealed,) = _folder(worker, caller).iterdir()
    sealed.unlink()
    key = tenant_key(SOURCES, caller.workspace_id, f"{digest(VECTOR)}.py")
    await worker.objects.put(key, VECTOR.encode())
    async with worker.units_of_work() as work:
        mine = SourceKeyRow.workspace_id == caller.workspace_id
        await work.session.execute(delete(SourceKeyRow).where(mine))
    sources = Sources(worker.objects, caller.workspace_id, None)
    assert await sources.is_plain(digest(VECTOR))
    assert await sources.read(digest(VECTOR)) == VECTOR

    for _ in range(2):
        await DUTIES.rewrap(worker, caller.workspace_id, new_id())

    assert [path.name for path in _folder(worker, caller).iterdir()] == [f"{digest(VECTOR)}.sealed"]
    found = await VersionReading(worker).source_by_id(caller.workspace_id, _id(version))
    assert found.source == VECTOR
    assert [entry["facts"]["count"] for entry in ledger.audit] == [1, 0]


async def test_sources_outlive_a_change_of_master_key(
    caller: Caller, worker: LogicWorkerDeps
) -> None:
    version = await caller.upload((await caller.create())["id"], HOLD)
    changing = replace(worker, vault=Vault(NEW, [MASTER_KEY]))
    await DUTIES.rewrap(changing, caller.workspace_id, new_id())
    try:
        changed = replace(worker, vault=Vault(NEW))
        found = await VersionReading(changed).source_by_id(caller.workspace_id, _id(version))
        assert found.source == HOLD
        with pytest.raises(VaultError):
            await VersionReading(worker).source_by_id(caller.workspace_id, _id(version))
    finally:
        back = replace(worker, vault=Vault(MASTER_KEY, [NEW]))
        await DUTIES.rewrap(back, caller.workspace_id, new_id())


async def test_nothing_is_left_of_a_workspace_that_goes(
    caller: Caller, stranger: Caller, worker: LogicWorkerDeps, ledger: AuthLedger
) -> None:
    for somebody in (caller, stranger):
        strategy_id = await somebody.create_with(HOLD, VECTOR)
    gone = await caller.create_with(HOLD)
    await caller.call("DELETE", f"/strategies/{gone}")

    for _ in range(2):
        await DUTIES.erase(worker, caller.workspace_id)

    counts = {"strategies": 2, "versions": 3, "source_keys": 1, "objects": 2}
    for _, report in ledger.erasures:
        assert {name: report.counts[name] for name in counts} == counts
    assert not _folder(worker, caller).exists()
    assert (await caller.call("GET", "/strategies")).json()["items"] == []
    answer = await stranger.call("GET", f"/strategies/{strategy_id}/versions/1/source")
    assert answer.json()["source"] == HOLD


async def test_an_export_has_every_version(
    caller: Caller, worker: LogicWorkerDeps, ledger: AuthLedger
) -> None:
    strategy_id = await caller.create_with(HOLD, VECTOR)
    export_id = new_id()

    await DUTIES.write_part(worker, caller.workspace_id, export_id)

    files = await read_export(worker, caller.workspace_id, export_id, "logic")
    folder = f"strategies/{strategy_id}"
    assert files[f"{folder}/version-1.py"].decode() == HOLD
    assert files[f"{folder}/version-2.py"].decode() == VECTOR
    about = orjson.loads(files[f"{folder}/strategy.json"])
    assert [version["number"] for version in about["versions"]] == [1, 2]
    assert ledger.parts[0][1].file_count == len(files)
