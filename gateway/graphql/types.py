"""The GraphQL types, and how they are made of the services' contract models."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import strawberry
from strawberry import Info
from strawberry.scalars import JSON

from gateway.graphql.connections import DEFAULT_FIRST, Connection, connect
from gateway.graphql.context import FirstPage, GraphQLContext
from logic_service.contract import strategies, versions
from shared.http.pages import ItemPage
from shared.ids import public_id
from trading_service.contract import backtests

Context = Info[GraphQLContext, None]

_IDS = "The same id as in REST."


@strawberry.interface(description="Anything with an id.")
class Node:
    id: strawberry.ID = strawberry.field(description=_IDS)


@strawberry.type(description="Immutable code of a strategy.")
class Version(Node):
    row: strawberry.Private[versions.Version]
    number: int
    sha256: str
    size_bytes: int
    strategy_name: str
    style: str
    doc: str
    params_schema: JSON
    note: str
    created_at: datetime

    @classmethod
    def of(cls, row: versions.Version) -> "Version":
        """Present the contract's model."""
        return cls(
            row=row,
            id=strawberry.ID(public_id("ver", row.id)),
            number=row.number,
            sha256=row.sha256,
            size_bytes=row.size_bytes,
            strategy_name=row.strategy_name,
            style=row.style,
            doc=row.doc,
            params_schema=JSON(row.params_schema),
            note=row.note,
            created_at=row.created_at,
        )

    @strawberry.field
    async def strategy(
        self, info: Context
    ) -> Annotated["Strategy", strawberry.lazy("gateway.graphql.types")] | None:
        """Return the strategy that this is a version of."""
        info.context.need("strategy:read")
        row = await info.context.strategies.load(self.row.strategy_id)
        return Strategy.of(row) if row else None

    @strawberry.field
    async def source(self, info: Context) -> str:
        """Return the code, exactly as it was uploaded."""
        principal = info.context.need("strategy:read")
        return (await info.context.clients.logic.get_source(principal, self.row.id)).source


@strawberry.type(description="A named thing whose versions hold the code.")
class Strategy(Node):
    row: strawberry.Private[strategies.Strategy]
    name: str
    description: str
    current_number: int | None
    latest_number: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: strategies.Strategy) -> "Strategy":
        """Present the contract's model."""
        return cls(
            row=row,
            id=strawberry.ID(public_id("st", row.id)),
            name=row.name,
            description=row.description,
            current_number=row.current_number,
            latest_number=row.latest_number,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )

    @strawberry.field
    async def current_version(self, info: Context) -> Version | None:
        """Return the version to run."""
        info.context.need("strategy:read")
        if self.row.current_version_id is None:
            return None
        row = await info.context.versions.load(self.row.current_version_id)
        return Version.of(row) if row else None

    @strawberry.field
    async def forked_from_version(self, info: Context) -> Version | None:
        """Return the version that this was forked from; null once it has been deleted."""
        info.context.need("strategy:read")
        if self.row.forked_from_version_id is None:
            return None
        row = await info.context.versions.load(self.row.forked_from_version_id)
        return Version.of(row) if row else None

    @strawberry.field
    async def versions(
        self, info: Context, first: int = DEFAULT_FIRST, after: str | None = None
    ) -> Connection[Version]:
        """Return the versions, newest first."""
        principal = info.context.need("strategy:read")
        context, strategy_id = info.context, self.row.id

        async def fetch(cursor: str | None, limit: int) -> ItemPage[versions.Version]:
            if cursor is None:
                return await context.versions_of.load(FirstPage(strategy_id, limit))
            logic = context.clients.logic
            return await logic.list_versions(principal, strategy_id, cursor=cursor, limit=limit)

        return await connect(fetch, Version.of, first, after)

    @strawberry.field
    async def backtests(
        self, info: Context, first: int = DEFAULT_FIRST, after: str | None = None
    ) -> Connection[Annotated["Backtest", strawberry.lazy("gateway.graphql.types")]]:
        """Return the backtests of all versions, newest first."""
        principal = info.context.need("backtest:read")
        context, strategy_id = info.context, self.row.id

        async def fetch(cursor: str | None, limit: int) -> ItemPage[backtests.Backtest]:
            if cursor is None:
                return await context.backtests_of.load(FirstPage(strategy_id, limit))
            return await context.clients.trading.list_backtests(
                principal, strategy_id=strategy_id, cursor=cursor, limit=limit
            )

        return await connect(fetch, Backtest.of, first, after)


@strawberry.type(description="One round trip; an open one has no exit.")
class Trade:
    symbol: str
    side: str
    size: Decimal
    entry_ts: datetime
    entry_price: Decimal
    exit_ts: datetime | None
    exit_price: Decimal | None
    pnl: Decimal
    return_: float = strawberry.field(name="return")
    commission: Decimal
    tag: str | None

    @classmethod
    def of(cls, trade: backtests.Trade) -> "Trade":
        """Present the contract's model."""
        return cls(**{name: getattr(trade, name) for name in backtests.Trade.model_fields})


@strawberry.type(description="Cash plus marked positions over time, thinned for a plot.")
class Equity:
    points: int
    ts: list[datetime]
    value: list[Decimal]
    drawdown: list[float]


@strawberry.type(description="Why a run ended without results.")
class RunProblem:
    code: str
    message: str
    hint: str | None
    line: int | None
    column: int | None


@strawberry.type(description="One run of a version over past bars.")
class Backtest(Node):
    row: strawberry.Private[backtests.Backtest]
    strategy_name: str
    version_number: int
    symbols: list[str]
    timeframe: str | None
    start: datetime | None
    end: datetime | None
    params: JSON
    config: JSON
    confidence_samples: int
    status: str
    progress: float
    verdict: str | None
    problem: RunProblem | None
    metrics: JSON | None
    timings: JSON | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, row: backtests.Backtest) -> "Backtest":
        """Present the contract's model."""
        return cls(
            row=row,
            id=strawberry.ID(public_id("bt", row.id)),
            strategy_name=row.strategy_name,
            version_number=row.version_number,
            symbols=row.symbols,
            timeframe=row.timeframe,
            start=row.start,
            end=row.end,
            params=JSON(row.params),
            config=JSON(row.config),
            confidence_samples=row.confidence_samples,
            status=row.status,
            progress=row.progress,
            verdict=row.verdict,
            problem=RunProblem(**row.problem.model_dump()) if row.problem else None,
            metrics=JSON(row.metrics) if row.metrics is not None else None,
            timings=JSON(row.timings) if row.timings is not None else None,
            created_at=row.created_at,
            started_at=row.started_at,
            finished_at=row.finished_at,
        )

    @strawberry.field
    async def strategy(self, info: Context) -> Strategy | None:
        """Return the strategy; null once it has been deleted."""
        info.context.need("strategy:read")
        row = await info.context.strategies.load(self.row.strategy_id)
        return Strategy.of(row) if row else None

    @strawberry.field
    async def version(self, info: Context) -> Version | None:
        """Return the version that was run; null once it has been deleted."""
        info.context.need("strategy:read")
        row = await info.context.versions.load(self.row.version_id)
        return Version.of(row) if row else None

    @strawberry.field
    async def trades(
        self, info: Context, first: int = DEFAULT_FIRST, after: str | None = None
    ) -> Connection[Trade]:
        """Return the round trips, oldest first."""
        principal = info.context.need("backtest:read")
        trading = info.context.clients.trading
        return await connect(
            lambda cursor, limit: trading.list_trades(
                principal, self.row.id, cursor=cursor, limit=limit
            ),
            Trade.of,
            first,
            after,
        )

    @strawberry.field
    async def equity(self, info: Context, points: int = 500) -> Equity:
        """Return the equity curve in at most ``points`` points."""
        principal = info.context.need("backtest:read")
        curve = await info.context.clients.trading.get_equity(principal, self.row.id, points=points)
        return Equity(**curve.model_dump())
