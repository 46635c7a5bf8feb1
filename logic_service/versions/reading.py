"""Read sources back and compare them: a row first, then the object."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from logic_service.contract.versions import VersionDiff, VersionSource
from logic_service.deps import LogicDeps
from logic_service.domain.diff import compare
from logic_service.models import VersionRow
from logic_service.versions.service import VersionService
from logic_service.versions.source_keys import SourceKeys
from logic_service.versions.sources import Sources
from shared.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class VersionReading:
    """The use cases behind ``GET .../source`` and ``GET .../diff``."""

    deps: LogicDeps

    async def source(self, workspace_id: UUID, strategy_id: UUID, number: int) -> VersionSource:
        """Return a version's source. Raises StrategyNotFoundError, VersionNotFoundError."""
        async with self.deps.units_of_work(workspace_id) as work:
            row = await VersionService(work).get_number(workspace_id, strategy_id, number)
            sources = await self._sources(work, workspace_id)
        return await _with_source(sources, row)

    async def source_by_id(self, workspace_id: UUID, version_id: UUID) -> VersionSource:
        """Return a version's source by the version's id. Raises VersionNotFoundError."""
        async with self.deps.units_of_work(workspace_id) as work:
            row = await VersionService(work).get(workspace_id, version_id)
            sources = await self._sources(work, workspace_id)
        return await _with_source(sources, row)

    async def diff(
        self, workspace_id: UUID, strategy_id: UUID, from_number: int, to_number: int
    ) -> VersionDiff:
        """Return how the source changed. Raises StrategyNotFoundError, VersionNotFoundError."""
        async with self.deps.units_of_work(workspace_id) as work:
            versions = VersionService(work)
            rows = [
                await versions.get_number(workspace_id, strategy_id, number)
                for number in (from_number, to_number)
            ]
            sources = await self._sources(work, workspace_id)
        before, after = [await sources.read(row.sha256) for row in rows]
        diff = await asyncio.to_thread(
            compare, before, after, f"version {from_number}", f"version {to_number}"
        )
        return VersionDiff(from_number=from_number, to_number=to_number, **diff.to_dict())

    async def _sources(self, work: UnitOfWork, workspace_id: UUID) -> Sources:
        key = await SourceKeys(work, self.deps.vault).find(workspace_id)
        return Sources(self.deps.objects, workspace_id, key)


async def _with_source(sources: Sources, row: VersionRow) -> VersionSource:
    source = await sources.read(row.sha256)
    return VersionSource(version_id=row.id, number=row.number, sha256=row.sha256, source=source)
