"""The schema: its root fields, its scalars, and what it tells of its pages."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

import strawberry
from graphql import GraphQLObjectType, GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import create_type, merge_types

from auth_service.contract import accounts
from gateway.graphql.connections import DEFAULT_FIRST, Connection, connect
from gateway.graphql.fields import CHANGES, LISTINGS, READINGS
from gateway.graphql.mirror import Mirror
from gateway.graphql.operations import change_field, listing_field, reading_field
from gateway.graphql.types import Backtest, Context, Me, Node, Strategy, Trade, Version
from logic_service.contract import strategies, versions
from shared.errors import InvalidInputError, NotFoundError
from shared.ids import parse_public_id
from trading_service.contract import backtests


def _spell_instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


_INSTANT = strawberry.scalar(
    name="DateTime",
    description="An instant, RFC 3339, UTC with Z.",
    serialize=_spell_instant,
    parse_value=datetime.fromisoformat,
)


def _read_id(prefix: str, text: str) -> UUID:
    found = parse_public_id(prefix, text)
    if found is None:
        raise InvalidInputError.at("/id", "id-malformed", f"an id looks like {prefix}_...")
    return found


@strawberry.type
class OwnQuery:
    @strawberry.field
    async def me(self, info: Context) -> Me:
        """Return whom the credential belongs to."""
        principal = info.context.need("account:read")
        return Me.of(await info.context.clients.auth.me(principal))

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
        accounts.Me: (Me, Me.of),
        strategies.Strategy: (Strategy, Strategy.of),
        versions.Version: (Version, Version.of),
        backtests.Backtest: (Backtest, Backtest.of),
        backtests.Trade: (Trade, Trade.of),
    }
)
_QUERIES = [listing_field(listing, MIRROR) for listing in LISTINGS] + [
    reading_field(reading, MIRROR) for reading in READINGS
]

schema = strawberry.Schema(
    query=merge_types("Query", (OwnQuery, create_type("MirroredQuery", _QUERIES))),
    mutation=create_type("Mutation", [change_field(change, MIRROR) for change in CHANGES]),
    types=[Strategy, Version, Backtest],
    config=StrawberryConfig(scalar_map={datetime: _INSTANT}),
)
executable: GraphQLSchema = schema._schema  # noqa: SLF001 (no public way to it)


def default_page_sizes() -> Mapping[str, int]:
    """Return the default of ``first`` by the name of the field that takes it."""
    sizes = {}
    for kind in executable.type_map.values():
        if isinstance(kind, GraphQLObjectType):
            for name, field in kind.fields.items():
                if "first" in field.args:
                    sizes[name] = DEFAULT_FIRST
    return sizes
