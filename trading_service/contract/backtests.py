"""Backtests as the public sees them."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from data_service.contract.fields import PlainDecimal, Symbol, Timeframe
from shared.ids import BacktestId, StrategyId, VersionId

Status = Literal["queued", "running", "finished", "failed", "cancelled"]
ACTIVE: frozenset[Status] = frozenset({"queued", "running"})

ParamName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]
ParamValue = bool | int | float | Annotated[str, StringConstraints(max_length=200)]


class BacktestCreate(BaseModel):
    """What to run, on which bars, under which conventions.

    `config` takes the options of the offline run (cash, commission_bps, slippage_bps, fill, seed,
    ...); what is not named keeps its default. Hours of a venue may name its time zone:
    `"session": "09:30-16:00 America/New_York"`. With `confidence_samples`, such as
    1000, the run's days are resampled so often, for bounds of its metrics.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "version_id": "ver_0199f0c2b7a77c3e9d1e5a4b3c2d1e0f",
                    "symbols": ["AAPL"],
                    "timeframe": "1d",
                    "start": "2005-01-01T00:00:00Z",
                    "params": {"fast": 20, "slow": 50},
                    "config": {"cash": "10000", "commission_bps": "10"},
                    "confidence_samples": 1000,
                }
            ]
        },
    )

    version_id: VersionId
    symbols: list[Symbol] = Field(min_length=1, max_length=500)
    timeframe: Timeframe | None = None
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    params: dict[ParamName, ParamValue] = Field(default_factory=dict, max_length=100)
    config: dict[ParamName, Any] = Field(default_factory=dict, max_length=100)
    confidence_samples: int = Field(default=0, ge=0, le=5_000)

    @model_validator(mode="after")
    def _check_range(self) -> Self:
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise ValueError("start must lie before end")
        if len(set(self.symbols)) != len(self.symbols):
            raise ValueError("symbols must differ")
        return self


class RunProblem(BaseModel):
    """Why a run ended without results; line and column point into the strategy's source."""

    code: str
    message: str
    hint: str | None
    line: int | None
    column: int | None


class Backtest(BaseModel):
    """One backtest; `progress` runs from 0 to 1, `metrics` are there once it is finished."""

    id: BacktestId
    strategy_id: StrategyId
    strategy_name: str
    version_id: VersionId
    version_number: int
    symbols: list[str]
    timeframe: str | None
    start: datetime | None
    end: datetime | None
    params: dict[str, Any]
    config: dict[str, Any]
    confidence_samples: int
    status: Status
    progress: float
    verdict: str | None
    problem: RunProblem | None
    metrics: dict[str, Any] | None
    timings: dict[str, float] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class Trade(BaseModel):
    """One round trip; an open one has no exit."""

    symbol: str
    side: Literal["long", "short"]
    size: PlainDecimal
    entry_ts: datetime
    entry_price: PlainDecimal
    exit_ts: datetime | None
    exit_price: PlainDecimal | None
    pnl: PlainDecimal
    return_: float = Field(serialization_alias="return", validation_alias="return")
    commission: PlainDecimal
    tag: str | None


class Order(BaseModel):
    """What the strategy asked for, and what became of it.

    `kind` is `market`, `limit`, `stop`, `stop_limit` or `trail`; `status` is `filled`, `canceled`,
    `rejected` or `expired`, and `reason` the code that says why. `size` is null when the order
    never reached the market; `parent` is the order whose fill woke this one.
    """

    id: int
    symbol: str
    side: Literal["buy", "sell"] | None
    kind: str
    ts: datetime
    size: PlainDecimal | None
    filled: PlainDecimal
    avg_price: PlainDecimal | None
    limit: PlainDecimal | None
    stop: PlainDecimal | None
    trail: PlainDecimal | None
    tif: str
    status: str
    reason: str | None
    done_ts: datetime | None
    parent: int | None
    tag: str | None


class Equity(BaseModel):
    """Cash plus marked positions over time, thinned to what a plot can show.

    `points` counts the bars of the whole run; `ts` and `value` hold as many as were asked for.
    """

    points: int
    ts: list[datetime]
    value: list[PlainDecimal]
    drawdown: list[float]


class LogLine(BaseModel):
    """What the strategy said with `self.log`."""

    ts: datetime | None
    text: str


class Bounds(BaseModel):
    """Between what values 95 of 100 resampled runs lie; null where too many have none."""

    low: float | None
    high: float | None


class Metrics(BaseModel):
    """The figures of a finished backtest; null where a figure is not defined.

    `confidence` has the bounds of those that have such, where the run was asked for
    `confidence_samples`.
    """

    backtest_id: BacktestId
    metrics: dict[str, Any]
    confidence: dict[str, Bounds]


class Receipt(BaseModel):
    """What it takes to replay the run: the same receipt, the same result, byte for byte."""

    backtest_id: BacktestId
    receipt: dict[str, Any]
