"""What resolvers are given: who asks, the clients, and loaders that gather single reads."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from urllib.parse import quote
from uuid import UUID

from strawberry.dataloader import DataLoader

from gateway.catalog import Catalog
from gateway.clients import Clients
from gateway.live.feed import Gap
from gateway.live.hub import Numbered
from logic_service.contract.strategies import Strategy
from logic_service.contract.versions import Version
from shared.errors import ForbiddenError
from shared.http.app import PUBLIC_PREFIX
from shared.http.pages import ItemPage
from shared.identity import Principal
from trading_service.contract.backtests import Backtest

_BATCH = 100
Messages = AsyncGenerator[Numbered | Gap, None]
Follow = Callable[[str, int | None], Messages]


class HasId(Protocol):
    """Anything that is found by its id."""

    id: UUID


Row = TypeVar("Row", bound=HasId)
Item = TypeVar("Item")


def _by_id(
    find: Callable[[Principal, Sequence[UUID]], Awaitable[list[Row]]], principal: Principal
) -> DataLoader[UUID, Row | None]:
    """Return a loader that reads all rows asked for at once with one call."""

    async def load(ids: list[UUID]) -> list[Row | None]:
        found = {row.id: row for row in await find(principal, ids)}
        return [found.get(row_id) for row_id in ids]

    return DataLoader(load, max_batch_size=_BATCH)


@dataclass(frozen=True, slots=True)
class FirstPage:
    """The first ``limit`` items of the list that belongs to ``owner``."""

    owner: UUID
    limit: int


def _first_pages(
    read: Callable[[Principal, Sequence[UUID], int], Awaitable[Mapping[UUID, ItemPage[Item]]]],
    principal: Principal,
) -> DataLoader[FirstPage, ItemPage[Item]]:
    """Return a loader that reads the first pages of many lists with one call for each size."""

    async def load(wanted: list[FirstPage]) -> list[ItemPage[Item]]:
        by_limit: dict[int, list[UUID]] = {}
        for page in wanted:
            by_limit.setdefault(page.limit, []).append(page.owner)
        found = {limit: await read(principal, owners, limit) for limit, owners in by_limit.items()}
        empty: ItemPage[Item] = ItemPage(items=[], next_cursor=None)
        return [found[page.limit].get(page.owner, empty) for page in wanted]

    return DataLoader(load, max_batch_size=_BATCH)


def _refuse_to_follow(channel: str, from_seq: int | None) -> Messages:
    raise ForbiddenError("subscribe over a WebSocket", channel=channel)


@dataclass
class GraphQLContext:
    """One request.

    follow   yields a live channel's messages; works over a WebSocket only
    """

    principal: Principal
    clients: Clients
    catalog: Catalog
    idempotency_key: str | None = None
    follow: Follow = _refuse_to_follow
    strategies: DataLoader[UUID, Strategy | None] = field(init=False)
    versions: DataLoader[UUID, Version | None] = field(init=False)
    versions_of: DataLoader[FirstPage, ItemPage[Version]] = field(init=False)
    backtests_of: DataLoader[FirstPage, ItemPage[Backtest]] = field(init=False)

    def __post_init__(self) -> None:
        logic, trading = self.clients.logic, self.clients.trading
        self.strategies = _by_id(logic.find_strategies, self.principal)
        self.versions = _by_id(logic.find_versions, self.principal)
        self.versions_of = _first_pages(logic.list_versions_of_strategies, self.principal)
        self.backtests_of = _first_pages(trading.list_backtests_of_strategies, self.principal)

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
