"""Bars as the market endpoints show them, and frozen as snapshots for runs."""

from typing import Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, model_validator

from data_service.contract.fields import PlainDecimal, Symbol, Timeframe
from shared.object_store.tenants import tenant_key


class MarketSymbol(BaseModel):
    """An instrument that the workspace has bars of."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "symbol": "AAPL",
                    "timeframes": ["1d"],
                    "bar_count": 3270,
                    "start": "2000-03-01T00:00:00Z",
                    "end": "2013-03-01T00:00:00Z",
                }
            ]
        }
    )

    symbol: str
    timeframes: list[str]
    bar_count: int
    start: AwareDatetime
    end: AwareDatetime


class Candle(BaseModel):
    """One bar; ``ts`` is its open, prices are in the quote currency, volume in units."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "ts": "2013-03-01T00:00:00Z",
                    "open": "438.0",
                    "high": "438.18",
                    "low": "429.98",
                    "close": "430.47",
                    "volume": "19730300.0",
                }
            ]
        }
    )

    ts: AwareDatetime
    open: PlainDecimal
    high: PlainDecimal
    low: PlainDecimal
    close: PlainDecimal
    volume: PlainDecimal


class BarsQuery(BaseModel):
    """Which bars to freeze.

    timeframe   may be left out when the symbol has bars at one timeframe only
    start       first bar open to take, inclusive; from the beginning without it
    end         bar open to stop before, exclusive; to the newest without it
    """

    model_config = ConfigDict(extra="forbid")

    symbol: Symbol
    timeframe: Timeframe | None = None
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None

    @model_validator(mode="after")
    def _check_range(self) -> Self:
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise ValueError("end must be later than start")
        return self


class Snapshot(BaseModel):
    """Immutable bars: the object named by ``snapshot_key``, read by ``shared.bar_files``.

    sha256      ``naru.bars.Bars.sha256()``: of the content, not of the file
    start, end  opens of the first and the last bar, both inclusive
    """

    sha256: str
    symbol: str
    timeframe: str
    bar_count: int
    start: AwareDatetime
    end: AwareDatetime


SNAPSHOTS = "snapshots"


def snapshot_key(workspace_id: UUID, sha256: str) -> str:
    """Return the object store key of a workspace's snapshot."""
    return tenant_key(SNAPSHOTS, workspace_id, f"{sha256}.parquet")
