"""What the trading service tells the services above it."""

from typing import Any, ClassVar
from uuid import UUID

from shared.events.types import Event


class BacktestQueued(Event):
    """Somebody asked for a backtest."""

    name: ClassVar[str] = "trading.backtest.queued"

    backtest_id: UUID
    strategy_name: str
    symbols: list[str]


class BacktestFinished(Event):
    """A backtest has results."""

    name: ClassVar[str] = "trading.backtest.finished"

    backtest_id: UUID
    strategy_name: str
    symbols: list[str]
    metrics: dict[str, Any]


class BacktestFailed(Event):
    """A backtest ended without results; ``problem`` says why."""

    name: ClassVar[str] = "trading.backtest.failed"

    backtest_id: UUID
    strategy_name: str
    symbols: list[str]
    verdict: str
    problem: dict[str, Any]
