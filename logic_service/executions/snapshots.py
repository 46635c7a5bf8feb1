"""Read the bars of a run by their hash."""

import asyncio
from collections.abc import Sequence
from io import BytesIO
from uuid import UUID

from data_service.contract.bars import snapshot_key
from logic_service.contract.errors import SnapshotMissingError
from logic_service.contract.executions import SnapshotRef
from naru.bars import Bars
from shared.bar_files import read_bars
from shared.object_store.port import ObjectNotFoundError, ObjectStore
from shared.object_store.tenants import read_tenant_object


async def read_snapshots(
    objects: ObjectStore, workspace_id: UUID, refs: Sequence[SnapshotRef]
) -> list[Bars]:
    """Return the bars of each reference, in the same order. Raises SnapshotMissingError."""
    return list(await asyncio.gather(*(_read(objects, workspace_id, ref) for ref in refs)))


async def _read(objects: ObjectStore, workspace_id: UUID, ref: SnapshotRef) -> Bars:
    try:
        data = await read_tenant_object(objects, snapshot_key(workspace_id, ref.sha256))
    except ObjectNotFoundError as error:
        raise SnapshotMissingError(f"no snapshot {ref.sha256}") from error
    return await asyncio.to_thread(_decode, data, ref)


def _decode(data: bytes, ref: SnapshotRef) -> Bars:
    bars = read_bars(BytesIO(data), ref.symbol).bars
    if bars.sha256() != ref.sha256:
        raise SnapshotMissingError(f"the object of snapshot {ref.sha256} holds other bars")
    return bars
