"""Upload a version: checked in the sandbox, stored as an object, then numbered."""

from dataclasses import dataclass
from uuid import UUID

from logic_service.contract.versions import VersionCreate
from logic_service.deps import LogicDeps
from logic_service.models import VersionRow
from logic_service.versions.checking import SourceChecking
from logic_service.versions.service import VersionService
from logic_service.versions.source_keys import SourceKeys
from logic_service.versions.sources import Sources, digest


@dataclass(frozen=True, slots=True)
class VersionUploading:
    """The use case behind ``POST /strategies/{id}/versions``."""

    deps: LogicDeps

    async def upload(
        self, workspace_id: UUID, strategy_id: UUID, request: VersionCreate
    ) -> tuple[VersionRow, bool]:
        """Return the version with this source, and whether it is new.

        The check and the store wait outside of any transaction. An object without a row is
        harmless: it is found again by the next upload of the same source.
        Raises StrategyNotFoundError, SourceRefusedError, SandboxMissingError.
        """
        sha256 = digest(request.source)
        async with self.deps.units_of_work(workspace_id) as work:
            known = await VersionService(work).find_again(workspace_id, strategy_id, sha256)
            if known is not None:
                return known, False
            key = await SourceKeys(work, self.deps.vault).obtain(workspace_id)
        report = await SourceChecking(self.deps.sandbox).accept(request.source)
        sources = Sources(self.deps.objects, workspace_id, key)
        object_version = await sources.write(request.source)
        async with self.deps.units_of_work(workspace_id) as work:
            return await VersionService(work).add(
                workspace_id,
                strategy_id,
                sha256,
                size_bytes=len(request.source.encode()),
                object_version=object_version,
                strategy_name=report.strategy_name,
                style=report.style,
                doc=report.doc or "",
                params_schema=report.params_schema or {},
                note=request.note,
            )
