"""The same work by other engines and by ours, on the same bars, with the same result.

``python benchmarks/engine_peers.py --cache DIRECTORY [--runs 3] [--only NAME ...]``

Every peer is installed from PyPI into an environment of its own below the cache directory, once;
one that cannot be installed is skipped and said so. Engines are compared by the CPU time of a run
whose code and bars are there, so that a busy machine counts for all alike. The line "in the
sandbox" is wall time: the ``run_s`` of a result, from the first user line in the locked child to
its last word, when all that the run left has been received; on a busy machine it says little.

Fills must be the same in number, and the final equity to a ten-thousandth; a line that is not says
how far it is off.
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

import numpy as np
from engine_speed import DAY_NS, MARKET, SMA_CROSS, Silence, laid_end_to_end, loaded

from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.types import Verdict
from naru.bars import Bars
from naru.engine.config import RunConfig
from naru.engine.orderlog import OrderLog
from naru.engine.replay import replay
from naru.engine.run import run
from naru.ta.prefix_sums import forget_sums
from shared.bar_files import read_bars

PEERS = Path(__file__).parent / "peers"
SAME = 1e-4
ALL_IN = SMA_CROSS.replace("percent=0.95", "percent=1.0")
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
    targets = {}
    for symbol in data.symbols:
        close = data[symbol].close
        squares = np.cumsum(np.diff(np.log(close), prepend=0.0) ** 2)
        rows = np.arange(lookback, len(close), 21)
        targets[symbol] = np.full(len(close), np.nan)
        targets[symbol][rows] = 1.0 / np.sqrt(squares[rows] - squares[rows - lookback] + 1e-9)
    total = sum(targets.values())
    return {symbol: 0.98 * weights / total for symbol, weights in targets.items()}
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
VECTORBT_TARGETS = Peer("vectorbt", ("vectorbt",), "vectorbt_portfolio.py")
BT = Peer("bt", ("bt",), "bt_portfolio.py")


def environment(peer: Peer, cache: Path) -> Path | None:
    """Return the Python of the peer's environment, made if need be; None if it cannot be."""
    folder = cache / "-".join(peer.packages).replace("=", "_")
    python = folder / "bin/python"
    if (folder / "complete").exists():
        return python
    venv.create(folder, with_pip=True, clear=True)
    command = [python, "-m", "pip", "install", "--quiet", *peer.packages]
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
    command = [python, PEERS / peer.script, data, str(runs)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"  {peer.name}: failed: {done.stderr.strip()[-300:]}")
        return None
    return Outcome(**json.loads(done.stdout.splitlines()[-1]))


def by_us(
    name: str, host: SandboxHost, source: str, bars: list[Bars], config: RunConfig, runs: int
) -> dict[str, Outcome]:
    """Run a source here and in the sandbox; the result is the trusted replay's."""
    spec = loaded(source)
    alone, locked = [], []
    for _ in range(runs + 1):
        forget_sums()
        start = time.process_time()
        run(spec, bars, config, {}, Silence())
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
    peers = {}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "bars.npz"
        names = ("ts", "open", "high", "low", "close")
        np.savez(data, **{name: getattr(bars, name) for name in names})
        for peer in (FLOOR, VECTORBT, BACKTESTING):
            slow = peer is BACKTESTING and len(bars) > 200_000
            if peer.name in chosen and not slow:
                found = by_peer(peer, cache, data, runs)
                if found is not None:
                    peers[peer.name] = found
    compare(f"SMA cross, {len(bars):,} bars", len(bars), ours, peers)


def portfolios(host: SandboxHost, cache: Path, bars: Bars, runs: int, chosen: set[str]) -> None:
    """Compare engines on monthly targets of 30 instruments."""
    market = portfolio_bars(bars)
    config = RunConfig.from_dict({"cash": 1_000_000, "commission_bps": "1"})
    ours = [by_us("naru, vector", host, TARGETS, market, config, runs)]
    namespace: dict[str, object] = {}
    exec(TARGETS, namespace)
    wanted = namespace["inverse_volatility"](_Data(market), 60)  # type: ignore[operator]
    peers = {}
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "bars.npz"
        columns = {name: np.stack([getattr(each, name) for each in market], axis=1)
                   for name in ("open", "close")}  # fmt: skip
        targets = np.stack([wanted[each.symbol] for each in market], axis=1)
        np.savez(data, ts=market[0].ts, targets=targets, **columns)
        for peer in (VECTORBT_TARGETS, BT):
            if peer.name in chosen:
                found = by_peer(peer, cache, data, runs)
                if found is not None:
                    peers[peer.name] = found
    count = sum(len(each) for each in market)
    compare(f"30 symbols x {len(market[0]):,} bars, monthly targets", count, ours, peers)


class _Data(dict[str, Bars]):
    """Bars by symbol, as a vector strategy is given them."""

    def __init__(self, market: list[Bars]) -> None:
        super().__init__({each.symbol: each for each in market})
        self.symbols = tuple(self)


def main() -> None:
    """Print every comparison."""
    names = sorted({peer.name for peer in (FLOOR, VECTORBT, BACKTESTING, BT)})
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True, help="where environments are kept")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=names, choices=names)
    options = parser.parse_args()
    if not MARKET.exists():
        sys.exit(f"no market data: {MARKET.name} is not there")
    bars = laid_end_to_end(read_bars(MARKET, "SPY").bars, 100_000)
    with SandboxHost() as host:
        work = (host, options.cache.resolve())
        crossings(*work, bars, options.runs, set(options.only))
        crossings(*work, laid_end_to_end(bars, 1_000_000), options.runs, set(options.only))
        portfolios(*work, bars, options.runs, set(options.only))


if __name__ == "__main__":
    main()
