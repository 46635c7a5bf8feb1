"""The data service, as the services above it call it."""

from datetime import datetime
from uuid import UUID

from data_service.contract.bars import BarsQuery, Candle, MarketSymbol, Snapshot
from data_service.contract.datasets import Dataset
from data_service.contract.storage import StorageReport
from shared.http.client import ServiceClient
from shared.http.pages import DEFAULT_LIMIT, ItemPage
from shared.identity import Principal
from shared.ids import public_id

SNAPSHOT_DEADLINE_S = 60.0


class DataClient(ServiceClient):
    """Datasets, market data and snapshots. Every call acts for ``principal``."""

    async def create_snapshot(self, principal: Principal, query: BarsQuery) -> Snapshot:
        """Freeze bars as an object; the same bars give the same snapshot.

        Raises SymbolNotFoundError, BarsNotFoundError, TimeframeRequiredError.
        """
        answer = await self.call(
            "POST",
            "/internal/snapshots",
            principal,
            body=query.model_dump(mode="json"),
            deadline_s=SNAPSHOT_DEADLINE_S,
            idempotent=True,
        )
        return Snapshot.model_validate(answer)

    async def list_symbols(
        self, principal: Principal, *, cursor: str | None = None, limit: int = DEFAULT_LIMIT
    ) -> ItemPage[MarketSymbol]:
        """Return one page of the symbols the workspace has bars of, in alphabetical order."""
        answer = await self.call(
            "GET", "/market/symbols", principal, params={"cursor": cursor, "limit": limit}
        )
        return ItemPage[MarketSymbol].model_validate(answer)

    async def read_candles(
        self,
        principal: Principal,
        symbol: str,
        *,
        timeframe: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        cursor: str | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> ItemPage[Candle]:
        """Return one page of bars, oldest first; ``start`` is inclusive, ``end`` exclusive.

        Raises SymbolNotFoundError, TimeframeRequiredError.
        """
        answer = await self.call(
            "GET",
            "/market/candles",
            principal,
            params={
                "symbol": symbol,
                "timeframe": timeframe,
                "start": start.isoformat() if start else None,
                "end": end.isoformat() if end else None,
                "cursor": cursor,
                "limit": limit,
            },
        )
        return ItemPage[Candle].model_validate(answer)

    async def list_datasets(
        self, principal: Principal, *, cursor: str | None = None, limit: int = DEFAULT_LIMIT
    ) -> ItemPage[Dataset]:
        """Return one page of the workspace's datasets, newest first."""
        answer = await self.call(
            "GET", "/datasets", principal, params={"cursor": cursor, "limit": limit}
        )
        return ItemPage[Dataset].model_validate(answer)

    async def get_dataset(self, principal: Principal, dataset_id: UUID) -> Dataset:
        """Return one dataset. Raises DatasetNotFoundError."""
        answer = await self.call("GET", f"/datasets/{public_id('ds', dataset_id)}", principal)
        return Dataset.model_validate(answer)

    async def get_storage(self, principal: Principal) -> StorageReport:
        """Return which storage tier holds the bars. Raises StorageDowngradeError."""
        answer = await self.call("GET", "/internal/storage", principal)
        return StorageReport.model_validate(answer)
