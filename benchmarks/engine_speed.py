"""How fast the engine runs strategies and replays them, against plain Python doing the same.

``python benchmarks/engine_speed.py [--runs 5]`` prints medians of CPU time and ratios; ratios are
what to compare. Bars are real one-second bars (SPY, 2013), laid end to end for the longer runs;
without the data set next to the project it says so and stops. No sandbox is involved here.
"""

import argparse
import gc
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from naru import ta, vector
from naru.bars import Bars
from naru.engine.compiled.source import SOURCE
from naru.engine.config import RunConfig
from naru.engine.market import Market
from naru.engine.replay import replay
from naru.engine.run import run
from naru.engine.spec import StrategySpec, load_strategy
from naru.engine.sweep import sweep
from naru.engine.vector_data import VectorInputs
from naru.metrics import compute
from naru.ta.frozen import forget_series
from shared.bar_files import read_bars

MARKET = Path(__file__).parents[2] / "shared/data/market/SPY_1s_201310.parquet"
CONFIG = RunConfig(commission_bps="0.1")
CALLED = RunConfig(commission_bps="0.1", compiled=False)
DAY_NS = 86_400_000_000_000


SMA_CROSS = """
from naru import Strategy, param, ta

class SmaCross(Strategy):
    fast = param(20, low=2, high=200)
    slow = param(50, low=5, high=400)

    def init(self):
        self.fast_ma = self.indicator(ta.sma, self.data.close, self.fast)
        self.slow_ma = self.indicator(ta.sma, self.data.close, self.slow)

    def on_bar(self):
        if ta.crossover(self.fast_ma, self.slow_ma):
            self.buy(percent=0.95)
        elif ta.crossover(self.slow_ma, self.fast_ma):
            self.position.close()
"""
RSI_BRACKETS = """
from naru import Strategy, ta

class RsiBrackets(Strategy):
    def init(self):
        self.rsi = self.indicator(ta.rsi, self.data.close, 14)

    def on_bar(self):
        if not self.position and self.rsi[-1] < 30:
            price = self.data.close[-1]
            self.buy(percent=0.95, sl=price * 0.999, tp=price * 1.002)
"""


@vector(fast=20, slow=50)
def sma_cross(data, fast, slow):  # type: ignore[no-untyped-def]
    """Long while the fast average is above the slow one."""
    return (ta.sma(data.close, fast) > ta.sma(data.close, slow)) * 0.95


class Silence:
    """A sink that drops everything."""

    def follow(self, now: Callable[[], int | None]) -> None: ...
    def log(self, ts_ns: int | None, text: str) -> None: ...
    def plot(self, name: str, ts_ns: int, value: float) -> None: ...
    def progress(self, done: int, total: int) -> None: ...


def plain_python(bars: Bars) -> float:
    """The floor: one ``on_bar(bar)`` a bar, running sums, an equity list, nothing else."""
    closes: list[float] = []
    sums = [0.0, 0.0]
    before = [0.0, 0.0]

    def on_bar(bar: tuple[float, ...]) -> int:
        close = bar[4]
        closes.append(close)
        count = len(closes)
        sums[0] += close
        sums[1] += close
        if count > 20:
            sums[0] -= closes[count - 21]
        if count > 50:
            sums[1] -= closes[count - 51]
        if count < 50:
            return 0
        fast, slow = sums[0] / 20, sums[1] / 50
        was_below, was_above = before[0] < before[1], before[0] > before[1]
        before[0], before[1] = fast, slow
        if was_below and fast > slow:
            return 1
        return -1 if was_above and fast < slow else 0

    cash, units, wish = 10_000.0, 0.0, 0
    equity = []
    columns = (bars.ts, bars.open, bars.high, bars.low, bars.close, bars.volume)
    for bar in zip(*(column.tolist() for column in columns), strict=True):
        if wish > 0 and not units:
            units = cash * 0.95 / (bar[1] * 1.00001)
            cash -= units * bar[1] * 1.00001
        elif wish < 0 and units:
            cash += units * bar[1] * 0.99999
            units = 0.0
        wish = on_bar(bar)
        equity.append(cash + units * bar[4])
    return equity[-1]


def laid_end_to_end(bars: Bars, count: int) -> Bars:
    """Repeat bars until there are ``count``, in cents, each time from where prices had got to."""
    times = -(-count // len(bars))
    growth = np.repeat((bars.close[-1] / bars.open[0]) ** np.arange(times), len(bars))[:count]
    ts = bars.ts[0] + np.arange(count, dtype=np.int64) * 1_000_000_000
    prices = (np.round(np.tile(getattr(bars, name), times)[:count] * growth, 2)
              for name in ("open", "high", "low", "close"))  # fmt: skip
    return Bars(bars.symbol, "1s", ts, *prices, np.tile(bars.volume, times)[:count])


def median_s(measured: Callable[[], object], runs: int) -> float:
    """Return the median CPU time of a call."""
    seconds = []
    for _ in range(runs):
        gc.collect()
        start = time.process_time()
        measured()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds)


def event_runs(bars: Bars, runs: int) -> None:
    """Print event-style runs, their replays, and the floor."""
    count = len(bars)
    floor = median_s(lambda: plain_python(bars), runs)
    print(f"{count:>9,} bars  plain Python           {count / floor / 1e6:8.2f} M bars/s")
    for text in (SMA_CROSS, RSI_BRACKETS):
        spec = loaded(text)
        result = run(spec, [bars], CALLED, {}, Silence())

        def settle(orders=result.orders) -> None:  # type: ignore[no-untyped-def]
            compute(replay([bars], orders, CONFIG), [bars], CONFIG)

        seconds = median_s(lambda spec=spec: run(spec, [bars], CALLED, {}, Silence()).claim(), runs)
        settled = median_s(settle, runs)
        print(
            f"{count:>9,} bars  {spec.name:<22} {count / seconds / 1e6:8.2f} M bars/s"
            f"  {floor / seconds:5.2f}x the floor  {result.claim().fill_count:,} fills"
            f"  replay and metrics {settled / seconds:.2f} of the run"
        )
        planned = run(spec, [bars], CONFIG, {}, Silence())
        if planned.orders.to_bytes() != result.orders.to_bytes():
            sys.exit(f"{spec.name}: passing bars over changed the order log")
        passed = median_s(lambda spec=spec: fresh_run(spec, [bars]), runs)
        print(
            f"{count:>9,} bars  {'  bars passed over':<22} {count / passed / 1e6:8.2f} M bars/s"
            f"  {seconds / passed:5.1f}x calling on_bar at each; same order log"
        )


def loaded(text: str) -> StrategySpec:
    """Load a strategy together with its source, as the sandbox does."""
    namespace: dict[str, object] = {SOURCE: text, "__name__": "strategy"}
    exec(text, namespace)
    return load_strategy(namespace)


def fresh_run(spec: StrategySpec, bars: list[Bars]) -> None:
    """Run on bars that no indicator has seen yet, as a process of its own would."""
    forget_series()
    run(spec, bars, CONFIG, {}, Silence()).claim()


def vector_runs(bars: Bars, runs: int) -> None:
    """Print vector-style runs."""
    spec = load_strategy({"strategy": sma_cross})
    seconds = median_s(lambda: fresh_run(spec, [bars]), runs)

    def both() -> None:
        forget_series()
        ta.sma(bars.close, 20)
        ta.sma(bars.close, 50)

    averages = median_s(both, runs)
    print(
        f"{len(bars):>9,} bars  vector sma_cross       {len(bars) / seconds / 1e6:8.2f} M bars/s"
        f"  of which averages {averages / seconds:.2f}"
    )


def sweeps(bars: Bars, runs: int) -> None:
    """Print a sweep of 400 points."""
    spec = load_strategy({"strategy": sma_cross})
    points = [{"fast": fast, "slow": slow} for fast in range(5, 25) for slow in range(30, 130, 5)]
    for paths in (False, True):
        seconds = median_s(
            lambda paths=paths: sweep(spec, [bars], CONFIG, points, Silence(), paths=paths), runs
        )
        print(
            f"{len(points)} points x {len(bars):,} bars  sweep"
            f"{' with drawdowns' if paths else '':<15} {seconds:6.3f} s"
            f"  {len(points) * len(bars) / seconds / 1e6:7.1f} M bar-evaluations/s"
            f"  {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB at most so far"
        )


@vector(lookback=60)
def inverse_volatility(data, lookback):  # type: ignore[no-untyped-def]
    """Hold all by the inverse of their volatility, set anew every 21 bars."""
    targets = {}
    for symbol in data.symbols:
        close = data[symbol].close
        squares = np.cumsum(np.diff(np.log(close), prepend=0.0) ** 2)
        rows = np.arange(lookback, len(close), 21)
        targets[symbol] = np.full(len(close), np.nan)
        targets[symbol][rows] = 1.0 / np.sqrt(squares[rows] - squares[rows - lookback] + 1e-9)
    total = sum(targets.values())
    return {symbol: 0.98 * weights / total for symbol, weights in targets.items()}


def portfolio(bars: Bars, runs: int) -> None:
    """Print a run over 30 symbols and ten years of daily bars, cut out of the one series."""
    rows = 2_520
    market = []
    for place in range(30):
        part = slice(place * rows, (place + 1) * rows)
        ts = bars.ts[0] // DAY_NS * DAY_NS + np.arange(rows, dtype=np.int64) * DAY_NS
        columns = (getattr(bars, name)[part] for name in ("open", "high", "low", "close", "volume"))
        market.append(Bars(f"S{place:02}", "1d", ts, *columns))
    spec = load_strategy({"strategy": inverse_volatility})
    config = RunConfig(cash=1_000_000, commission_bps="1")
    result = run(spec, market, config, {}, Silence())
    seconds = median_s(lambda: run(spec, market, config, {}, Silence()).claim(), runs)
    with VectorInputs(Market(market)).data() as everything:
        first = everything[market[0].symbol]
        targets = median_s(lambda: inverse_volatility(first, 60), runs)
    print(
        f"30 symbols x {rows:,} bars  vector  {30 * rows / seconds / 1e6:5.1f} M symbol-bars/s"
        f"  {result.claim().fill_count:,} fills  targets alone {targets / seconds:.2f} of it"
    )
    points = [{"lookback": lookback} for lookback in range(20, 120, 4)]
    swept = median_s(lambda: sweep(spec, market, config, points, Silence()), runs) / len(points)
    print(
        f"30 symbols x {rows:,} bars  sweep of {len(points)} points with drawdowns"
        f"  {swept * 1e3:.1f} ms a point, {swept / seconds:.2f} of a run"
    )


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    if not MARKET.exists():
        sys.exit(f"no market data: {MARKET.name} is not there")
    bars = laid_end_to_end(read_bars(MARKET, "SPY").bars, 100_000)
    million = laid_end_to_end(bars, 1_000_000)
    event_runs(bars, runs)
    event_runs(million, max(runs // 2, 1))
    vector_runs(bars, runs)
    vector_runs(million, runs)
    portfolio(bars, runs)
    sweeps(bars, max(runs // 2, 1))


if __name__ == "__main__":
    main()
