"""Small scenes for engine tests: a few bars, a few orders, and what came of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from naru import Strategy
from naru.bars import Bars, timeframe_ns
from naru.engine.config import RunConfig
from naru.engine.orderlog import OrderLog
from naru.engine.replay import Replay, reconcile, replay
from naru.engine.run import Run, run
from naru.engine.spec import StrategySpec, load_strategy

START = 1_704_067_200_000_000_000  # 2024-01-01, a Monday
Script = Mapping[int, Callable[[Any], object]]


class Silence:
    """A sink that keeps what it is told."""

    def __init__(self) -> None:
        self.logs: list[tuple[int | None, str]] = []
        self.plots: list[tuple[str, int, float]] = []
        self.done = 0

    def follow(self, now: Callable[[], int | None]) -> None:
        self.now = now

    def log(self, ts_ns: int | None, text: str) -> None:
        self.logs.append((ts_ns, text))

    def plot(self, name: str, ts_ns: int, value: float) -> None:
        self.plots.append((name, ts_ns, value))

    def progress(self, done: int, total: int) -> None:
        self.done = done


def bars(
    rows: Sequence[Sequence[float]], symbol: str = "X", timeframe: str = "1d", start: int = START
) -> Bars:
    """Make bars of (open, high, low, close) or (open, high, low, close, volume)."""
    table = np.array([[*row, 1000.0][:5] for row in rows], dtype=float).reshape(-1, 5)
    ts = start + np.arange(len(table), dtype=np.int64) * timeframe_ns(timeframe)
    columns = (np.ascontiguousarray(table[:, place]) for place in range(5))
    return Bars(symbol, timeframe, ts, *columns)


def flat(count: int, price: float = 100.0, **options: Any) -> Bars:
    """Make bars that stand still."""
    return bars([(price, price, price, price)] * count, **options)


def walk(count: int, seed: int = 1, timeframe: str = "1m", symbol: str = "X") -> Bars:
    """Make a random walk whose highs and lows hold its opens and closes."""
    chance = np.random.default_rng(seed)
    close = np.round(100 * np.exp(np.cumsum(chance.normal(0, 0.004, count))), 4)
    opened = np.round(
        np.concatenate([[100.0], close[:-1]]) * (1 + chance.normal(0, 5e-4, count)), 4
    )
    high = np.round(np.maximum(opened, close) * (1 + abs(chance.normal(0, 2e-3, count))), 4)
    low = np.round(np.minimum(opened, close) * (1 - abs(chance.normal(0, 2e-3, count))), 4)
    ts = START + np.arange(count, dtype=np.int64) * timeframe_ns(timeframe)
    volume = np.round(chance.uniform(10, 1000, count))
    return Bars(symbol, timeframe, ts, opened, high, low, close, volume)


def spec_of(strategy: object) -> StrategySpec:
    return load_strategy({"strategy": strategy})


def scripted(script: Script) -> type[Strategy]:
    """Make a strategy that does at each step what the script says."""

    class Scripted(Strategy):
        def init(self) -> None:
            self.kept: dict[str, Any] = {}

        def on_bar(self) -> None:
            action = script.get(len(self.data) - 1)
            if action is not None:
                action(self)

    return Scripted


def perform(
    strategy: object, market: Bars | Sequence[Bars], *, params: Mapping[str, object] | None = None,
    sink: Silence | None = None, **options: Any,
) -> tuple[Run, Replay]:  # fmt: skip
    """Run a strategy, send its order log through bytes, replay it, and reconcile the two."""
    several = [market] if isinstance(market, Bars) else list(market)
    config = RunConfig(**options)
    result = run(spec_of(strategy), several, config, params or {}, sink or Silence())
    again = replay(several, OrderLog.from_bytes(result.orders.to_bytes()), config)
    reconcile(again, result.claim())
    return result, again


def play(script: Script, market: Bars | Sequence[Bars], **options: Any) -> Replay:
    """Perform a script and return its replay."""
    return perform(scripted(script), market, **options)[1]


def fills(result: Replay) -> list[tuple[int, int, float, float]]:
    """Return (step, side, quantity, price) of every fill."""
    return [
        (fill.step, fill.side, float(fill.quantity), float(fill.price)) for fill in result.fills
    ]


def ends(result: Replay) -> list[tuple[str, str | None]]:
    """Return (status, reason) of every order."""
    return [(order.status, order.reason) for order in result.orders]


# 100 ... then a bar that opens at 100, falls to 95, rises to 106 and closes at 103.
WIDE = bars([(100, 101, 99, 100), (100, 106, 95, 103), (104, 107, 101, 102), (98, 99, 90, 91)])
