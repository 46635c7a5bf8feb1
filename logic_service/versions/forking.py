"""Fork: a new strategy that starts with a copy of another one's version."""

from uuid import UUID

from logic_service.contract.errors import VersionNotFoundError
from logic_service.contract.strategies import StrategyCreate, StrategyFork
from logic_service.models import StrategyRow, VersionRow
from logic_service.strategies.service import StrategyService
from logic_service.versions.service import VersionService
from shared.unit_of_work import UnitOfWork

MAX_NAME_LENGTH = 100


class VersionForking:
    """The use case behind ``POST /strategies/{id}/fork``."""

    def __init__(self, work: UnitOfWork) -> None:
        self._strategies = StrategyService(work)
        self._versions = VersionService(work)

    async def fork(
        self, workspace_id: UUID, strategy_id: UUID, request: StrategyFork
    ) -> StrategyRow:
        """Copy a version (the current one by default); the object behind both is one.

        Raises StrategyNotFoundError, VersionNotFoundError.
        """
        origin = await self._strategies.get(workspace_id, strategy_id)
        version = await self._chosen(origin, request.number)
        name = request.name or f"{origin.name[: MAX_NAME_LENGTH - len(' (fork)')]} (fork)"
        wish = StrategyCreate(name=name, description=origin.description)
        fork = await self._strategies.create(workspace_id, wish, forked_from=version.id)
        await self._versions.add(
            workspace_id,
            fork.id,
            version.sha256,
            size_bytes=version.size_bytes,
            object_version=version.object_version,
            strategy_name=version.strategy_name,
            style=version.style,
            doc=version.doc,
            params_schema=version.params_schema,
            note=f"fork of version {version.number}",
        )
        return fork

    async def _chosen(self, origin: StrategyRow, number: int | None) -> VersionRow:
        number = number or origin.current_number
        if number is None:
            raise VersionNotFoundError("the strategy has no version to copy yet")
        return await self._versions.get_number(origin.workspace_id, origin.id, number)
