"""The same work by other engines and by ours, on the same bars, with the same result.

``python benchmarks/engine_peers.py --cache DIRECTORY [--runs 9] [--only NAME ...]``

Engines run in turns (``turns``), each in a process of its own (``peer_engines``), and are compared
by the CPU time of a run whose code and bars are there, until the number of fills and what is left
in the end are known, so that a busy machine counts for all alike. The line "in the sandbox" is wall
time: the ``run_s`` of a result, from the first user line in the locked child to its last word, when
all that the run left has been received. Children have a core of their own where there are two:
a woken child may else be laid on the core of the host that woke it, and what is measured is the
host's wait, or the child's.

Fills must be the same in number, and the final equity to a ten-thousandth; a line that is not says
how far it is off. NautilusTrader fills at the close that decides, and is compared with runs of ours
that do, too.
"""

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from engine_speed import (
    DAY_NS,
    MARKET,
    RSI_BRACKETS,
    SMA_CROSS,
    Silence,
    laid_end_to_end,
    loaded,
    sma_cross,
)
from peer_engines import (
    BACKTESTING,
    BACKTESTING_RSI,
    BT,
    FLOOR,
    NAUTILUS,
    NAUTILUS_TARGETS,
    VECTORBT,
    VECTORBT_EQUAL,
    VECTORBT_HANDED,
    VECTORBT_SWEEP,
    VECTORBT_TARGETS,
    Peer,
    PeerProcess,
    environment,
)
from turns import Contestant, Outcome, compare

from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.types import Verdict
from naru import vector
from naru.bars import Bars
from naru.engine.config import RunConfig
from naru.engine.market import Floats, Market
from naru.engine.memory import keep_freed_memory
from naru.engine.orderlog import OrderLog
from naru.engine.replay import replay
from naru.engine.run import run
from naru.engine.spec import StrategySpec, load_strategy
from naru.engine.sweep import sweep
from naru.engine.vector_data import VectorInputs
from naru.engine.vectorized import compute_targets
from naru.ta.frozen import forget_series
from naru.vectors import VectorStrategy
from shared.bar_files import read_bars

FEW = 3  # turns where a peer takes seconds
ALL_IN = SMA_CROSS.replace("percent=0.95", "percent=1.0")
# Backtesting.py calls a strategy from the bar on after the first with all values.
LATER_BRACKETS = RSI_BRACKETS.replace("    def init", "    warmup = 15\n\n    def init")
AVERAGES = """
import numpy as np
from naru import ta, vector

@vector(fast=20, slow=50)
def sma_cross(data, fast, slow):
    fast_ma, slow_ma = ta.sma(data.close, fast), ta.sma(data.close, slow)
    up, down = ta.crossover(fast_ma, slow_ma), ta.crossover(slow_ma, fast_ma)
    return np.select([up, down], [1.0, 0.0], np.nan)
"""
TARGETS = """
import numpy as np
from naru import vector

@vector(lookback=60)
def inverse_volatility(data, lookback):
    close = data.table("close")
    sums = np.cumsum(np.diff(np.log(close), axis=0) ** 2, axis=0)
    rows = np.arange(lookback, len(close), 21)
    squares = sums[rows - 1]
    squares[1:] -= sums[rows[1:] - lookback - 1]
    weights = 1.0 / np.sqrt(squares + 1e-9)
    targets = np.full_like(close, np.nan)
    targets[rows] = 0.98 * weights / weights.sum(axis=1, keepdims=True)
    return targets
"""
EQUAL = """
import numpy as np
from naru import vector

@vector(weight=0.98)
def equal_weights(data, weight):
    close = data.table("close")
    rows = np.arange(60, len(close), 21)
    anew = 1.0 + 1e-9 * (np.arange(len(rows)) % 2)  # another number each time: it asks again
    targets = np.full_like(close, np.nan)
    targets[rows] = (weight / close.shape[1] * anew)[:, np.newaxis]
    return targets
"""
MONTHLY = """
import numpy as np
from naru import Strategy

class InverseVolatility(Strategy):
    warmup = 60

    def on_bar(self):
        if (len(self.data) - 61) % 21:
            return
        symbols = self.data.symbols
        closes = np.array([self.data[symbol].close[-61:] for symbol in symbols])
        squares = np.diff(np.log(closes)) ** 2
        weights = 1.0 / np.sqrt(squares.sum(axis=1) + 1e-9)
        for symbol, share in zip(symbols, (0.98 * weights / weights.sum()).tolist()):
            self.target(percent=share, symbol=symbol)
"""


class Naru:
    """A source of ours, run in this process."""

    is_ours = True

    def __init__(self, name: str, spec: StrategySpec, bars: list[Bars], config: RunConfig) -> None:
        self.name = name
        self._spec, self._bars, self._config = spec, bars, config
        self._outcome: tuple[int, float] | None = None

    def run(self) -> Outcome:
        """Run it; the result is the trusted replay's of the first run."""
        forget_series()
        start = time.process_time()
        result = run(self._spec, self._bars, self._config, {}, Silence())
        result.claim()
        seconds = time.process_time() - start
        if self._outcome is None:
            self._outcome = replayed(self._bars, result.orders, self._config)
        return Outcome(seconds, *self._outcome)

    def close(self) -> None:
        """There is nothing to let go of."""


class Sandboxed:
    """A source of ours, run in a locked child."""

    name = "  in the sandbox"
    is_ours = True

    def __init__(self, host: SandboxHost, source: str, bars: list[Bars], config: RunConfig) -> None:
        self._host, self._source, self._bars, self._config = host, source, bars, config
        self._outcome: tuple[int, float] | None = None

    def run(self) -> Outcome:
        """Run it; the result is the trusted replay's of the first run."""
        done = self._host.run(self._source, self._bars, self._config)
        if done.verdict is not Verdict.OK:
            sys.exit(f"our own run ended as {done.verdict}: {done.problem}")
        if self._outcome is None:
            log = OrderLog.from_bytes(done.orders)
            self._outcome = replayed(self._bars, log, self._config)
        return Outcome(done.timings["run_s"], *self._outcome)

    def close(self) -> None:
        """The host is shared."""


def replayed(bars: list[Bars], log: OrderLog, config: RunConfig) -> tuple[int, float]:
    """Return the fills and the final equity of an order log."""
    outcome = replay(bars, log, config)
    return len(outcome.fills), float(outcome.equity[-1])


def ours(
    host: SandboxHost, bars: list[Bars], config: RunConfig, sources: dict[str, str]
) -> list[Contestant]:
    """Return each source as two contestants, without the sandbox and in it."""
    found: list[Contestant] = []
    for name, source in sources.items():
        found += [Naru(name, loaded(source), bars, config), Sandboxed(host, source, bars, config)]
    return found


def host_with_a_core() -> SandboxHost:
    """Start a host whose children have a core of their own, if there is more than one."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    host = SandboxHost()  # its zygote keeps what holds now
    os.sched_setaffinity(0, set(cores[:-1]) or set(cores))
    return host


@dataclass(frozen=True, slots=True)
class Arena:
    """Where contestants meet.

    host    of our own sandboxed runs
    cache   where peers are installed
    runs    turns of each
    chosen  names of the peers that take part
    """

    host: SandboxHost
    cache: Path
    runs: int
    chosen: frozenset[str]

    def meet(
        self, title: str, bar_count: int, ours: list[Contestant], peers: list[Peer],
        columns: dict[str, Any], runs: int | None = None,
    ) -> None:  # fmt: skip
        """Compare ours with those peers that are chosen and can be had.

        columns  what the peers read
        runs     turns, where they are to be fewer
        """
        runs = runs or self.runs
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / "bars.npz"
            np.savez(data, **columns)
            found = [
                PeerProcess(peer, python, data, runs + 1)
                for peer in peers
                if peer.name in self.chosen
                and (python := environment(peer, self.cache)) is not None
            ]
            compare(title, bar_count, [*ours, *found], runs)


def portfolio_bars(bars: Bars, rows: int = 2_520, count: int = 30) -> list[Bars]:
    """Cut one series into many of daily bars."""
    market = []
    for place in range(count):
        part = slice(place * rows, (place + 1) * rows)
        ts = bars.ts[0] // DAY_NS * DAY_NS + np.arange(rows, dtype=np.int64) * DAY_NS
        columns = (getattr(bars, name)[part] for name in ("open", "high", "low", "close", "volume"))
        market.append(Bars(f"S{place:02}", "1d", ts, *columns))
    return market


def crossings(arena: Arena, bars: Bars) -> None:
    """Compare engines on an SMA cross with all of the cash."""
    config = RunConfig.from_dict({"commission_bps": "0.1"})
    called = RunConfig.from_dict({"commission_bps": "0.1", "compiled": False})
    columns = {name: getattr(bars, name) for name in ("ts", "open", "high", "low", "close")}
    is_short = len(bars) <= 200_000
    each_bar = ours(arena.host, [bars], called, {"naru, on_bar at each bar": ALL_IN})
    quick = ours(
        arena.host, [bars], config, {"naru, bars passed over": ALL_IN, "naru, vector": AVERAGES}
    )
    title = f"SMA cross, {len(bars):,} bars"
    arena.meet(title, len(bars), quick, [FLOOR, VECTORBT], columns)
    slow = [FLOOR, VECTORBT] + ([BACKTESTING] if is_short else [])
    arena.meet(f"{title}, called at each bar", len(bars), each_bar, slow, columns)
    if is_short and NAUTILUS.name in arena.chosen:
        at_close = RunConfig.from_dict({**called.to_dict(), "fill": "same_close"})
        each_bar = ours(arena.host, [bars], at_close, {"naru, on_bar at each bar": ALL_IN})
        title = f"SMA cross at the deciding close, {len(bars):,} bars"
        arena.meet(title, len(bars), each_bar, [NAUTILUS], columns, FEW)


def brackets(arena: Arena, bars: Bars) -> None:
    """Compare engines on entries with a stop-loss and a take-profit each."""
    config = RunConfig.from_dict({"commission_bps": "0.1"})
    called = RunConfig.from_dict({"commission_bps": "0.1", "compiled": False})
    contestants = [
        *ours(arena.host, [bars], called, {"naru, on_bar at each bar": LATER_BRACKETS}),
        *ours(arena.host, [bars], config, {"naru, bars passed over": LATER_BRACKETS}),
    ]
    columns = {name: getattr(bars, name) for name in ("ts", "open", "high", "low", "close")}
    title = f"RSI with brackets, {len(bars):,} bars"
    arena.meet(title, len(bars), contestants, [BACKTESTING_RSI], columns)


def portfolios(arena: Arena, bars: Bars) -> None:
    """Compare engines on monthly targets of 30 instruments."""
    market = portfolio_bars(bars)
    config = RunConfig.from_dict({"cash": 1_000_000, "commission_bps": "1"})
    wanted = targets_of(market)
    handed = load_strategy({"handed": vector(lambda data: wanted[: len(data)])})
    columns = {name: np.stack([getattr(each, name) for each in market], axis=1)
               for name in ("open", "high", "low", "close")}  # fmt: skip
    columns |= {"ts": market[0].ts, "targets": wanted}
    count = sum(len(each) for each in market)
    title = f"30 symbols x {len(market[0]):,} bars"
    vectors = ours(arena.host, market, config, {"naru, vector": TARGETS})
    vectors.append(Naru("naru, handed targets", handed, market, config))
    peers = [VECTORBT_TARGETS, VECTORBT_HANDED]
    arena.meet(f"{title}, monthly targets", count, vectors, peers, columns)
    equal = ours(arena.host, market, config, {"naru, vector": EQUAL})
    arena.meet(f"{title}, equal weights each month", count, equal, [VECTORBT_EQUAL], columns)
    each_bar = ours(arena.host, market, config, {"naru, on_bar at each bar": MONTHLY})
    arena.meet(f"{title}, called at each bar", count, each_bar, [BT], columns, FEW)
    if NAUTILUS.name in arena.chosen:
        at_close = RunConfig.from_dict({**config.to_dict(), "fill": "same_close"})
        each_bar = ours(arena.host, market, at_close, {"naru, on_bar at each bar": MONTHLY})
        arena.meet(
            "the same at the deciding close", count, each_bar, [NAUTILUS_TARGETS], columns, FEW
        )


def targets_of(market: list[Bars]) -> Floats:
    """Return what the vector strategy wants, by bar and instrument."""
    strategy = loaded(TARGETS).target
    assert isinstance(strategy, VectorStrategy)
    return compute_targets(strategy, VectorInputs(Market(market)), {"lookback": 60}).T


class Swept:
    """400 pairs of averages, with drawdowns and Sharpe ratios, in this process."""

    name = "naru, vector"
    is_ours = True

    def __init__(self, bars: Bars, points: list[dict[str, int]]) -> None:
        self._spec = load_strategy({"strategy": sma_cross})
        self._config = RunConfig.from_dict({"commission_bps": "0.1"})
        self._bars, self._points = bars, points

    def run(self) -> Outcome:
        """Evaluate all points; fills in sum, equity on average."""
        forget_series()
        start = time.process_time()
        found = sweep(self._spec, [self._bars], self._config, self._points, Silence())
        seconds = time.process_time() - start
        return Outcome(seconds, int(found.fill_count.sum()), float(found.final_equity.mean()))

    def close(self) -> None:
        """There is nothing to let go of."""


def sweeps(arena: Arena, bars: Bars) -> None:
    """Compare engines on 400 pairs of averages, no sandbox."""
    points = [{"fast": fast, "slow": slow} for fast in range(5, 25) for slow in range(30, 130, 5)]
    columns = {name: getattr(bars, name) for name in ("ts", "open", "close")}
    columns["pairs"] = np.array([list(point.values()) for point in points])
    title = f"{len(points)} points x {len(bars):,} bars, in sum and on average"
    contestants: list[Contestant] = [Swept(bars, points)]
    arena.meet(title, len(points) * len(bars), contestants, [VECTORBT_SWEEP], columns, FEW)


def main() -> None:
    """Print every comparison."""
    names = sorted({peer.name for peer in (FLOOR, VECTORBT, BACKTESTING, BT, NAUTILUS)})
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True, help="where environments are kept")
    parser.add_argument("--runs", type=int, default=9, help="turns; slow peers have fewer")
    parser.add_argument("--only", nargs="*", default=names, choices=names)
    options = parser.parse_args()
    if not MARKET.exists():
        sys.exit(f"no market data: {MARKET.name} is not there")
    keep_freed_memory()  # as locked children do
    bars = laid_end_to_end(read_bars(MARKET, "SPY").bars, 100_000)
    chosen = set(options.only)
    if VECTORBT.name in chosen:
        chosen.add(VECTORBT_HANDED.name)
    with host_with_a_core() as host:
        arena = Arena(host, options.cache.resolve(), options.runs, frozenset(chosen))
        crossings(arena, bars)
        brackets(arena, bars)
        crossings(arena, laid_end_to_end(bars, 1_000_000))
        portfolios(arena, bars)
        sweeps(arena, bars)


if __name__ == "__main__":
    main()
