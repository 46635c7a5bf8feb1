"""What resolvers are given: who asks, the clients, and loaders that gather single reads."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from urllib.parse import quote
from uuid import UUID

from strawberry.dataloader import DataLoader

from gateway.catalog import Catalog
from gateway.clients import Clients
from logic_service.contract.strategies import Strategy
from logic_service.contract.versions import Version
from shared.errors import ForbiddenError
from shared.http.app import PUBLIC_PREFIX
from shared.identity import Principal

_BATCH = 100


class HasId(Protocol):
    """Anything that is found by its id."""

    id: UUID


Row = TypeVar("Row", bound=HasId)


def _by_id(
    find: Callable[[Principal, Sequence[UUID]], Awaitable[list[Row]]], principal: Principal
) -> DataLoader[UUID, Row | None]:
    """Return a loader that reads all rows asked for at once with one call."""

    async def load(ids: list[UUID]) -> list[Row | None]:
        found = {row.id: row for row in await find(principal, ids)}
        return [found.get(row_id) for row_id in ids]

    return DataLoader(load, max_batch_size=_BATCH)


@dataclass
class GraphQLContext:
    """One request."""

    principal: Principal
    clients: Clients
    catalog: Catalog
    idempotency_key: str | None = None
    strategies: DataLoader[UUID, Strategy | None] = field(init=False)
    versions: DataLoader[UUID, Version | None] = field(init=False)

    def __post_init__(self) -> None:
        logic = self.clients.logic
        self.strategies = _by_id(logic.find_strategies, self.principal)
        self.versions = _by_id(logic.find_versions, self.principal)

    async def perform(
        self,
        service: str,
        method: str,
        path: str,
        variables: Mapping[str, Any],
        *,
        body: Any = None,
        params: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        """Run the public operation ``method path`` and return its answer.

        ``variables`` fill in the path. Raises ForbiddenError when the credential lacks the
        operation's scope, and whatever the service answers.
        """
        scope = self.catalog.find(method, f"{PUBLIC_PREFIX}{path}").scope
        if scope is not None:
            self.need(scope)
        filled = path.format_map({name: quote(str(value), "") for name, value in variables.items()})
        return await self.clients.by_name()[service].call(
            method, filled, self.principal, body=body, params=params, headers=headers
        )

    def need(self, scope: str) -> Principal:
        """Return who asks. Raises ForbiddenError when their credential lacks ``scope``."""
        if not self.principal.allows(scope):
            raise ForbiddenError(f"this key lacks the scope {scope}", required_scope=scope)
        return self.principal
