"""The same work by other engines and by ours, on the same bars, with the same result.

``python benchmarks/engine_peers.py --cache DIRECTORY [--runs 3] [--only NAME ...]``

Every peer is installed from PyPI into an environment of its own below the cache directory, once;
one that cannot be installed is skipped and said so. Engines are compared by the CPU time of a run
whose code and bars are there, until the number of fills and what is left in the end are known, so
that a busy machine counts for all alike. The line "in the sandbox" is wall time: the ``run_s`` of
a result, from the first user line in the locked child to its last word, when all that the run left
has been received; on a busy machine it says little.

Fills must be the same in number, and the final equity to a ten-thousandth; a line that is not says
how far it is off. NautilusTrader fills at the close that decides, and is compared with runs of ours
that do, too.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import venv
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
from naru.engine.spec import load_strategy
from naru.engine.sweep import sweep
from naru.engine.vector_data import VectorInputs
from naru.engine.vectorized import compute_targets
from naru.ta.frozen import forget_series
from naru.vectors import VectorStrategy
from shared.bar_files import read_bars

PEERS = Path(__file__).parent / "peers"
SAME = 1e-4
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
    return np.where(up, 1.0, np.where(down, 0.0, np.nan))
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


@dataclass(frozen=True, slots=True)
class Peer:
    """A script of ``benchmarks/peers`` and what it needs."""

    name: str
    packages: tuple[str, ...]
    script: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Seconds of a run, its fills, its final equity."""

    s: float
    fills: int
    final: float


FLOOR = Peer("numba floor", ("numba", "numpy"), "floor_sma.py")
VECTORBT = Peer("vectorbt", ("vectorbt",), "vectorbt_sma.py")
BACKTESTING = Peer("Backtesting.py", ("backtesting==0.6.6",), "backtesting_sma.py")
BACKTESTING_RSI = Peer("Backtesting.py", BACKTESTING.packages, "backtesting_rsi.py")
VECTORBT_TARGETS = Peer("vectorbt", ("vectorbt",), "vectorbt_volatility.py")
VECTORBT_EQUAL = Peer("vectorbt", ("vectorbt",), "vectorbt_equal.py")
VECTORBT_HANDED = Peer("vectorbt, handed targets", ("vectorbt",), "vectorbt_portfolio.py")
VECTORBT_SWEEP = Peer("vectorbt", ("vectorbt",), "vectorbt_sweep.py")
NAUTILUS = Peer("nautilus", ("nautilus_trader",), "nautilus_sma.py")
NAUTILUS_TARGETS = Peer("nautilus", ("nautilus_trader",), "nautilus_portfolio.py")
BT = Peer("bt", ("bt",), "bt_portfolio.py")


def environment(peer: Peer, cache: Path) -> Path | None:
    """Return the Python of the peer's environment, made if need be; None if it cannot be."""
    folder = cache / "-".join(peer.packages).replace("=", "_")
    python = folder / "bin/python"
    if (folder / "complete").exists():
        return python
    venv.create(folder, with_pip=True, clear=True)
    command = [str(python), "-m", "pip", "install", "--quiet", *peer.packages]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"  {peer.name}: skipped, it cannot be installed: {done.stderr.strip()[-200:]}")
        return None
    (folder / "complete").touch()
    return python


def by_peer(peer: Peer, cache: Path, data: Path, runs: int) -> Outcome | None:
    """Run a peer's script and return what it prints."""
    python = environment(peer, cache)
    if python is None:
        return None
    command = [str(python), str(PEERS / peer.script), str(data), str(runs)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"  {peer.name}: failed: {done.stderr.strip()[-300:]}")
        return None
    return Outcome(**json.loads(done.stdout.splitlines()[-1]))


def by_peers(
    peers: list[Peer], cache: Path, columns: dict[str, Any], runs: int, chosen: set[str]
) -> dict[str, Outcome]:
    """Hand the bars to those peers that are chosen and can be had, and return what they print."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "bars.npz"
        np.savez(data, **columns)
        for peer in peers:
            outcome = by_peer(peer, cache, data, runs) if peer.name in chosen else None
            if outcome is not None:
                found[peer.name] = outcome
    return found


def by_us(
    name: str, host: SandboxHost, source: str, bars: list[Bars], config: RunConfig, runs: int
) -> dict[str, Outcome]:
    """Run a source here and in the sandbox; the result is the trusted replay's."""
    spec = loaded(source)
    alone, locked = [], []
    for _ in range(runs + 1):
        forget_series()
        start = time.process_time()
        run(spec, bars, config, {}, Silence()).claim()
        alone.append(time.process_time() - start)
        done = host.run(source, bars, config)
        if done.verdict is not Verdict.OK:
            sys.exit(f"our own run ended as {done.verdict}: {done.problem}")
        locked.append(done.timings["run_s"])
    outcome = replay(bars, OrderLog.from_bytes(done.orders), config)
    fills, final = len(outcome.fills), float(outcome.equity[-1])
    return {
        name: Outcome(statistics.median(alone[1:]), fills, final),
        "  in the sandbox": Outcome(statistics.median(locked[1:]), fills, final),
    }


def compare(
    title: str, bar_count: int, ours: list[dict[str, Outcome]], peers: dict[str, Outcome]
) -> None:
    """Print a table: bars per second, how many times a peer each of ours is, and whether equal."""
    lines = [(name, outcome, True) for group in ours for name, outcome in group.items()]
    lines += [(name, outcome, False) for name, outcome in peers.items()]
    first = lines[0][1]
    print(f"{title}: {first.fills:,} fills, final equity {first.final:,.2f}")
    for name, outcome, is_ours in lines:
        ratios = ", ".join(
            f"{peer.s / outcome.s:.2f}x {other}" for other, peer in peers.items()
        )  # fmt: skip
        off = abs(outcome.final / first.final - 1)
        agrees = outcome.fills == first.fills and off < SAME
        remark = "" if agrees else f"  DIFFERS: {outcome.fills:,} fills, equity off by {off:.1e}"
        print(
            f"  {name:<28}{outcome.s * 1e3:>10.1f} ms{bar_count / outcome.s / 1e6:>9.2f} M bars/s"
            f"  {ratios if is_ours else ''}{remark}"
        )


def portfolio_bars(bars: Bars, rows: int = 2_520, count: int = 30) -> list[Bars]:
    """Cut one series into many of daily bars."""
    market = []
    for place in range(count):
        part = slice(place * rows, (place + 1) * rows)
        ts = bars.ts[0] // DAY_NS * DAY_NS + np.arange(rows, dtype=np.int64) * DAY_NS
        columns = (getattr(bars, name)[part] for name in ("open", "high", "low", "close", "volume"))
        market.append(Bars(f"S{place:02}", "1d", ts, *columns))
    return market


def crossings(host: SandboxHost, cache: Path, bars: Bars, runs: int, chosen: set[str]) -> None:
    """Compare engines on an SMA cross with all of the cash."""
    config = RunConfig.from_dict({"commission_bps": "0.1"})
    called = RunConfig.from_dict({"commission_bps": "0.1", "compiled": False})
    ours = [
        by_us("naru, on_bar at each bar", host, ALL_IN, [bars], called, runs),
        by_us("naru, bars passed over", host, ALL_IN, [bars], config, runs),
        by_us("naru, vector", host, AVERAGES, [bars], config, runs),
    ]
    names = ("ts", "open", "high", "low", "close")
    columns = {name: getattr(bars, name) for name in names}
    quick = [FLOOR, VECTORBT] + ([BACKTESTING] if len(bars) <= 200_000 else [])
    peers = by_peers(quick, cache, columns, runs, chosen)
    compare(f"SMA cross, {len(bars):,} bars", len(bars), ours, peers)
    if len(bars) <= 200_000 and NAUTILUS.name in chosen:
        at_close = RunConfig.from_dict({**called.to_dict(), "fill": "same_close"})
        ours = [by_us("naru, on_bar at each bar", host, ALL_IN, [bars], at_close, runs)]
        peers = by_peers([NAUTILUS], cache, columns, 1, chosen)
        compare(f"SMA cross at the deciding close, {len(bars):,} bars", len(bars), ours, peers)


def brackets(host: SandboxHost, cache: Path, bars: Bars, runs: int, chosen: set[str]) -> None:
    """Compare engines on entries with a stop-loss and a take-profit each."""
    config = RunConfig.from_dict({"commission_bps": "0.1"})
    called = RunConfig.from_dict({"commission_bps": "0.1", "compiled": False})
    ours = [
        by_us("naru, on_bar at each bar", host, LATER_BRACKETS, [bars], called, runs),
        by_us("naru, bars passed over", host, LATER_BRACKETS, [bars], config, runs),
    ]
    columns = {name: getattr(bars, name) for name in ("ts", "open", "high", "low", "close")}
    peers = by_peers([BACKTESTING_RSI], cache, columns, runs, chosen)
    compare(f"RSI with brackets, {len(bars):,} bars", len(bars), ours, peers)


def portfolios(host: SandboxHost, cache: Path, bars: Bars, runs: int, chosen: set[str]) -> None:
    """Compare engines on monthly targets of 30 instruments."""
    market = portfolio_bars(bars)
    config = RunConfig.from_dict({"cash": 1_000_000, "commission_bps": "1"})
    wanted = targets_of(market)
    ours = [
        by_us("naru, vector", host, TARGETS, market, config, runs),
        handed_over(wanted, market, config, runs),
        by_us("naru, on_bar at each bar", host, MONTHLY, market, config, runs),
    ]
    columns = {name: np.stack([getattr(each, name) for each in market], axis=1)
               for name in ("open", "high", "low", "close")}  # fmt: skip
    columns |= {"ts": market[0].ts, "targets": wanted}
    chosen = chosen | {VECTORBT_HANDED.name} if VECTORBT.name in chosen else chosen
    peers = by_peers([VECTORBT_TARGETS, VECTORBT_HANDED, BT], cache, columns, runs, chosen)
    count = sum(len(each) for each in market)
    compare(f"30 symbols x {len(market[0]):,} bars, monthly targets", count, ours, peers)
    ours = [by_us("naru, vector", host, EQUAL, market, config, runs)]
    peers = by_peers([VECTORBT_EQUAL], cache, columns, runs, chosen)
    compare(f"30 symbols x {len(market[0]):,} bars, equal weights each month", count, ours, peers)
    if NAUTILUS.name in chosen:
        at_close = RunConfig.from_dict({**config.to_dict(), "fill": "same_close"})
        ours = [by_us("naru, on_bar at each bar", host, MONTHLY, market, at_close, runs)]
        peers = by_peers([NAUTILUS_TARGETS], cache, columns, 1, chosen)
        compare("the same at the deciding close", count, ours, peers)


def targets_of(market: list[Bars]) -> Floats:
    """Return what the vector strategy wants, by bar and instrument."""
    strategy = loaded(TARGETS).target
    assert isinstance(strategy, VectorStrategy)
    return compute_targets(strategy, VectorInputs(Market(market)), {"lookback": 60}).T


def handed_over(
    wanted: Floats, market: list[Bars], config: RunConfig, runs: int
) -> dict[str, Outcome]:
    """Run a strategy that has its targets already: the engine alone."""
    spec = load_strategy({"handed": vector(lambda data: wanted[: len(data)])})
    seconds = []
    for _ in range(runs + 1):
        start = time.process_time()
        result = run(spec, market, config, {}, Silence())
        result.claim()
        seconds.append(time.process_time() - start)
    outcome = replay(market, result.orders, config)
    fills, final = len(outcome.fills), float(outcome.equity[-1])
    return {"naru, handed targets": Outcome(statistics.median(seconds[1:]), fills, final)}


def sweeps(cache: Path, bars: Bars, runs: int, chosen: set[str]) -> None:
    """Compare engines on 400 pairs of averages, with drawdowns and Sharpe ratios, no sandbox."""
    spec = load_strategy({"strategy": sma_cross})
    config = RunConfig.from_dict({"commission_bps": "0.1"})
    points = [{"fast": fast, "slow": slow} for fast in range(5, 25) for slow in range(30, 130, 5)]
    seconds = []
    for _ in range(runs + 1):
        forget_series()
        start = time.process_time()
        found = sweep(spec, [bars], config, points, Silence())
        seconds.append(time.process_time() - start)
    ours = Outcome(
        statistics.median(seconds[1:]),
        int(found.fill_count.sum()),
        float(found.final_equity.mean()),
    )
    columns = {name: getattr(bars, name) for name in ("ts", "open", "close")}
    columns["pairs"] = np.array([list(point.values()) for point in points])
    peers = by_peers([VECTORBT_SWEEP], cache, columns, 1, chosen)
    title = f"{len(points)} points x {len(bars):,} bars, in sum and on average"
    compare(title, len(points) * len(bars), [{"naru, vector": ours}], peers)


def main() -> None:
    """Print every comparison."""
    names = sorted({peer.name for peer in (FLOOR, VECTORBT, BACKTESTING, BT, NAUTILUS)})
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True, help="where environments are kept")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=names, choices=names)
    options = parser.parse_args()
    if not MARKET.exists():
        sys.exit(f"no market data: {MARKET.name} is not there")
    keep_freed_memory()  # as locked children do
    bars = laid_end_to_end(read_bars(MARKET, "SPY").bars, 100_000)
    with SandboxHost() as host:
        work = (host, options.cache.resolve())
        crossings(*work, bars, options.runs, set(options.only))
        brackets(*work, bars, options.runs, set(options.only))
        crossings(*work, laid_end_to_end(bars, 1_000_000), options.runs, set(options.only))
        portfolios(*work, bars, options.runs, set(options.only))
    sweeps(options.cache.resolve(), bars, options.runs, set(options.only))


if __name__ == "__main__":
    main()
