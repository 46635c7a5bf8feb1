"""The logic service, as the services above it call it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from logic_service.contract.executions import RUN_WAIT_S, Execution, ExecutionCreate
from logic_service.contract.strategies import Strategy
from logic_service.contract.versions import SourceReport, Version, VersionSource
from shared.http.client import ServiceClient
from shared.http.pages import DEFAULT_LIMIT, ItemPage, ListPage
from shared.identity import Principal
from shared.ids import public_id

EXECUTION_MARGIN_S = 15.0 + RUN_WAIT_S
"""On top of a run's own limit: reading the bars, waiting for its turn, storing what it left."""

_METRICS_S = 3.0


class LogicClient(ServiceClient):
    """Strategies, versions and runs in the sandbox. Every call acts for ``principal``."""

    async def list_strategies(
        self, principal: Principal, *, cursor: str | None = None, limit: int = DEFAULT_LIMIT
    ) -> ItemPage[Strategy]:
        """Return one page of the workspace's strategies, newest first."""
        answer = await self.call(
            "GET", "/strategies", principal, params={"cursor": cursor, "limit": limit}
        )
        return ItemPage[Strategy].model_validate(answer)

    async def get_strategy(self, principal: Principal, strategy_id: UUID) -> Strategy:
        """Return one strategy. Raises StrategyNotFoundError."""
        answer = await self.call("GET", f"/strategies/{public_id('st', strategy_id)}", principal)
        return Strategy.model_validate(answer)

    async def find_strategies(
        self, principal: Principal, strategy_ids: Sequence[UUID]
    ) -> list[Strategy]:
        """Return those of up to 100 strategies that the workspace has, in no fixed order."""
        answer = await self.call(
            "GET",
            "/internal/strategies",
            principal,
            params={"id": [public_id("st", value) for value in strategy_ids]},
        )
        return [Strategy.model_validate(item) for item in answer]

    async def list_versions(
        self,
        principal: Principal,
        strategy_id: UUID,
        *,
        cursor: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> ItemPage[Version]:
        """Return one page of a strategy's versions, newest first. Raises StrategyNotFoundError."""
        answer = await self.call(
            "GET",
            f"/strategies/{public_id('st', strategy_id)}/versions",
            principal,
            params={"cursor": cursor, "limit": limit},
        )
        return ItemPage[Version].model_validate(answer)

    async def list_versions_of_strategies(
        self, principal: Principal, strategy_ids: Sequence[UUID], limit: int
    ) -> dict[UUID, ItemPage[Version]]:
        """Return the first page of the versions of up to 100 strategies, newest first."""
        answer = await self.call(
            "GET",
            "/internal/versions/of-strategies",
            principal,
            params={
                "strategy_id": [public_id("st", value) for value in strategy_ids],
                "limit": limit,
            },
        )
        pages = [ListPage[Version].model_validate(page) for page in answer]
        return {page.id: page for page in pages}

    async def get_version(self, principal: Principal, version_id: UUID) -> Version:
        """Return one version by its id. Raises VersionNotFoundError."""
        answer = await self.call(
            "GET", f"/internal/versions/{public_id('ver', version_id)}", principal
        )
        return Version.model_validate(answer)

    async def find_versions(
        self, principal: Principal, version_ids: Sequence[UUID]
    ) -> list[Version]:
        """Return those of up to 100 versions that the workspace has, in no fixed order."""
        answer = await self.call(
            "GET",
            "/internal/versions",
            principal,
            params={"id": [public_id("ver", value) for value in version_ids]},
        )
        return [Version.model_validate(item) for item in answer]

    async def get_source(self, principal: Principal, version_id: UUID) -> VersionSource:
        """Return one version's source by the version's id. Raises VersionNotFoundError."""
        answer = await self.call(
            "GET", f"/internal/versions/{public_id('ver', version_id)}/source", principal
        )
        return VersionSource.model_validate(answer)

    async def metrics(self) -> bytes:
        """Return runs and the sandbox's numbers as Prometheus reads them."""
        asking = Principal.service("metrics")
        response = await self._send("GET", "/metrics", asking, None, None, {}, _METRICS_S)
        return response.content

    async def validate_source(self, principal: Principal, source: str) -> SourceReport:
        """Check a source in the sandbox without storing it."""
        answer = await self.call(
            "POST", "/strategies/validate", principal, body={"source": source}, idempotent=True
        )
        return SourceReport.model_validate(answer)

    async def execute(
        self, principal: Principal, request: ExecutionCreate, *, deadline_s: float | None = None
    ) -> Execution:
        """Run a version in the sandbox and wait for the end.

        A run that fails is an answer, not an error: look at ``verdict`` and ``problem``. The call
        is not tried again. When it is cancelled, the child process is killed. Without a deadline
        it waits for as long as the limits allow the run, and a little longer.
        Raises VersionNotFoundError, SnapshotMissingError, InvalidInputError (config),
        SandboxMissingError, and SandboxBusyError when its turn did not come: nothing was run then,
        and it may be asked for again.
        """
        body: dict[str, Any] = request.model_dump(mode="json")
        answer = await self.call(
            "POST",
            "/internal/executions",
            principal,
            body=body,
            deadline_s=deadline_s or request.limits.wall_s + EXECUTION_MARGIN_S,
        )
        return Execution.model_validate(answer)
