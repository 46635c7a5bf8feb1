"""The trading service, as the services above it call it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from shared.http.client import ServiceClient
from shared.http.pages import DEFAULT_LIMIT, ItemPage, ListPage
from shared.identity import Principal
from shared.ids import public_id
from trading_service.contract.backtests import Backtest, BacktestCreate, Equity, Trade


class TradingClient(ServiceClient):
    """Backtests and their results. Every call acts for ``principal``."""

    async def create_backtest(self, principal: Principal, body: BacktestCreate) -> Backtest:
        """Queue a backtest. Raises InvalidInputError."""
        document = body.model_dump(mode="json", exclude_unset=True)
        answer = await self.call("POST", "/backtests", principal, body=document)
        return Backtest.model_validate(answer)

    async def list_backtests(
        self,
        principal: Principal,
        *,
        strategy_id: UUID | None = None,
        cursor: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> ItemPage[Backtest]:
        """Return one page of the workspace's backtests, newest first."""
        params: dict[str, Any] = {"cursor": cursor, "limit": limit}
        if strategy_id is not None:
            params["strategy_id"] = public_id("st", strategy_id)
        answer = await self.call("GET", "/backtests", principal, params=params)
        return ItemPage[Backtest].model_validate(answer)

    async def list_backtests_of_strategies(
        self, principal: Principal, strategy_ids: Sequence[UUID], limit: int
    ) -> dict[UUID, ItemPage[Backtest]]:
        """Return the first page of the backtests of up to 100 strategies, newest first."""
        answer = await self.call(
            "GET",
            "/internal/backtests/of-strategies",
            principal,
            params={
                "strategy_id": [public_id("st", value) for value in strategy_ids],
                "limit": limit,
            },
        )
        pages = [ListPage[Backtest].model_validate(page) for page in answer]
        return {page.id: page for page in pages}

    async def get_backtest(self, principal: Principal, backtest_id: UUID) -> Backtest:
        """Return one backtest. Raises BacktestNotFoundError."""
        answer = await self.call("GET", f"/backtests/{public_id('bt', backtest_id)}", principal)
        return Backtest.model_validate(answer)

    async def cancel_backtest(self, principal: Principal, backtest_id: UUID) -> Backtest:
        """Stop a backtest; idempotent. Raises BacktestNotFoundError."""
        path = f"/backtests/{public_id('bt', backtest_id)}/cancel"
        answer = await self.call("POST", path, principal, idempotent=True)
        return Backtest.model_validate(answer)

    async def list_trades(
        self,
        principal: Principal,
        backtest_id: UUID,
        *,
        cursor: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> ItemPage[Trade]:
        """Return one page of a finished backtest's trades. Raises BacktestNotFinishedError."""
        answer = await self.call(
            "GET",
            f"/backtests/{public_id('bt', backtest_id)}/trades",
            principal,
            params={"cursor": cursor, "limit": limit},
        )
        return ItemPage[Trade].model_validate(answer)

    async def get_equity(
        self, principal: Principal, backtest_id: UUID, *, points: int = 1000
    ) -> Equity:
        """Return a finished backtest's equity curve. Raises BacktestNotFinishedError."""
        answer = await self.call(
            "GET",
            f"/backtests/{public_id('bt', backtest_id)}/equity",
            principal,
            params={"points": points},
        )
        return Equity.model_validate(answer)
