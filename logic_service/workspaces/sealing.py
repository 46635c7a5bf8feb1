"""Seal sources that were stored before sources were sealed."""

from uuid import UUID

from sqlalchemy import select

from logic_service.deps import LogicDeps
from logic_service.models import VersionRow
from logic_service.versions.source_keys import SourceKeys
from logic_service.versions.sources import Sources

_PAGE = 200


async def seal_plain_sources(deps: LogicDeps) -> int:
    """Seal every source that still lies open; return how many that were.

    The sealed object is written before the open one goes: whoever reads meanwhile finds one of
    them, and a worker that dies is followed by one that goes on.
    """
    count, last = 0, UUID(int=0)
    while True:
        query = select(VersionRow).where(VersionRow.id > last).order_by(VersionRow.id).limit(_PAGE)
        async with deps.units_of_work() as work:
            rows = (await work.session.scalars(query)).all()
        for row in rows:
            count += await _seal(deps, row)
        if len(rows) < _PAGE:
            return count
        last = rows[-1].id


async def _seal(deps: LogicDeps, row: VersionRow) -> bool:
    if not await Sources(deps.objects, row.workspace_id, None).is_plain(row.sha256):
        return False
    async with deps.units_of_work() as work:
        key = await SourceKeys(work, deps.vault).obtain(row.workspace_id)
    sources = Sources(deps.objects, row.workspace_id, key)
    await sources.write(await sources.read(row.sha256))
    await sources.delete_plain(row.sha256)
    return True
