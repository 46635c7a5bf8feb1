"""Root fields of queries that are more than a REST operation under another spelling."""

from uuid import UUID

import strawberry

from auth_service.contract import subscriptions
from gateway.graphql.connections import DEFAULT_FIRST, Connection, connect
from gateway.graphql.mirror import Mirror
from gateway.graphql.types import Backtest, Context, Node, Strategy, Trade, Version
from logic_service.contract import strategies, versions
from shared.errors import InvalidInputError, NotFoundError
from shared.ids import parse_public_id
from trading_service.contract import backtests


def _read_id(prefix: str, text: str) -> UUID:
    found = parse_public_id(prefix, text)
    if found is None:
        raise InvalidInputError.at("/id", "id-malformed", f"an id looks like {prefix}_...")
    return found


@strawberry.type
class OwnQuery:
    @strawberry.field
    async def node(self, info: Context, id: strawberry.ID) -> Node | None:  # noqa: A002 (Relay)
        """Return anything by its id; null when there is no such thing."""
        kinds = {"st": _find_strategy, "ver": _find_version, "bt": _find_backtest}
        find = kinds.get(id.partition("_")[0])
        if find is None:
            raise InvalidInputError.at("/id", "id-malformed", "ids begin with st_, ver_ or bt_")
        try:
            return await find(info, id)
        except NotFoundError:
            return None

    @strawberry.field
    async def strategy(self, info: Context, id: strawberry.ID) -> Strategy:  # noqa: A002
        """Return one strategy."""
        return await _find_strategy(info, id)

    @strawberry.field
    async def strategies(
        self, info: Context, first: int = DEFAULT_FIRST, after: str | None = None
    ) -> Connection[Strategy]:
        """Return the workspace's strategies, newest first."""
        principal = info.context.need("strategy:read")
        logic = info.context.clients.logic
        return await connect(
            lambda cursor, limit: logic.list_strategies(principal, cursor=cursor, limit=limit),
            Strategy.of,
            first,
            after,
        )

    @strawberry.field
    async def backtest(self, info: Context, id: strawberry.ID) -> Backtest:  # noqa: A002
        """Return one backtest."""
        return await _find_backtest(info, id)

    @strawberry.field
    async def backtests(
        self, info: Context, first: int = DEFAULT_FIRST, after: str | None = None
    ) -> Connection[Backtest]:
        """Return the workspace's backtests, newest first."""
        principal = info.context.need("backtest:read")
        trading = info.context.clients.trading
        return await connect(
            lambda cursor, limit: trading.list_backtests(principal, cursor=cursor, limit=limit),
            Backtest.of,
            first,
            after,
        )


async def _find_strategy(info: Context, node_id: str) -> Strategy:
    principal = info.context.need("strategy:read")
    found = await info.context.clients.logic.get_strategy(principal, _read_id("st", node_id))
    return Strategy.of(found)


async def _find_version(info: Context, node_id: str) -> Version:
    principal = info.context.need("strategy:read")
    found = await info.context.clients.logic.get_version(principal, _read_id("ver", node_id))
    return Version.of(found)


async def _find_backtest(info: Context, node_id: str) -> Backtest:
    principal = info.context.need("backtest:read")
    found = await info.context.clients.trading.get_backtest(principal, _read_id("bt", node_id))
    return Backtest.of(found)


MIRROR = Mirror(
    {
        strategies.Strategy: (Strategy, Strategy.of),
        versions.Version: (Version, Version.of),
        backtests.Backtest: (Backtest, Backtest.of),
        backtests.Trade: (Trade, Trade.of),
    },
    names={subscriptions.Subscription: "PlanSubscription"},
)
