"""How many live strategies fit, what a bar costs, and what a neighbour's hog does to it.

Run: ``python -m benchmarks.sandbox_live [count]``; 1,000 take half a minute. Goals: 2,000 in 8 GiB,
at most 4 MiB each beyond their data; beside a hog a bar keeps within its budget. As root the
kernel's own count of each child's private pages is read; what the machine has less of while all
of them live counts what the kernel keeps for them, too.
"""

from __future__ import annotations

import statistics
import sys
import time
from concurrent.futures import Future
from pathlib import Path

import numpy as np

from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.live import BarOutcome, Deployment, LiveHost, LiveLimits
from naru.bars import Bars
from naru.engine.config import RunConfig

SOURCE = (Path(__file__).parents[1] / "examples" / "sma_cross.py").read_text()
HOG = """
from naru import Strategy

class Hog(Strategy):
    def on_bar(self):
        for _ in range(6_000_000):
            pass
"""
MINUTE_NS = 60_000_000_000
ROW = {"X": [300.0, 301.0, 299.0, 300.0, 1.0]}
NEIGHBOURS, HOGS = 20, 4


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    close = 100.0 + np.arange(200, dtype=np.float64)
    ts = np.arange(200, dtype=np.int64) * MINUTE_NS
    history = [Bars("X", "1m", ts, close, close + 1, close - 1, close, np.ones(200))]
    with SandboxHost() as host, LiveHost(host) as live:
        host.compile(SOURCE)
        before = available_mib()
        deployments = [
            live.start(f"tenant-{number % 10}", SOURCE, history, RunConfig())
            for number in range(count)
        ]
        walls = []
        for step in range(200, 210):
            started_at = time.perf_counter()
            futures = [live.push(each, step * MINUTE_NS, ROW) for each in deployments]
            outcomes = [future.result() for future in futures]
            walls.append((time.perf_counter() - started_at) / count * 1e3)
        assert all(outcome.problem is None for outcome in outcomes)
        taken = None if before is None else (before - (available_mib() or 0)) / count
        private = [mib for each in deployments if (mib := private_mib(each)) is not None]
        tell_size(count, walls, private, taken)
        neighbours = deployments[:NEIGHBOURS]
        alone = latencies(live, neighbours, range(210, 240))
        hogs = [live.start("hog", HOG, history, RunConfig()) for _ in range(HOGS)]
        beside = beside_hogs(live, neighbours, hogs)
    budget_ms = LiveLimits().bar_wall_s * 1e3
    for name, found in (("alone", alone), (f"beside {HOGS} hogs", beside)):
        p50, p99 = np.percentile(found, [50, 99])
        print(f"a bar, {name:14} p50 {p50:7.2f} ms  p99 {p99:7.2f} ms (goal <= {budget_ms:.0f} ms)")


def tell_size(
    count: int, walls: list[float], private: list[float], taken_mib: float | None
) -> None:
    print(f"{count} live strategies; first bar with start {walls[0]:.2f} ms each")
    print(f"later bars {statistics.median(walls[1:]):.2f} ms each, one after the other")
    if private:
        each = statistics.median(private)
        print(f"private memory {each:.2f} MiB each (goal <= 4): {8192 / each:,.0f} in 8 GiB")
    else:
        print("private memory: not readable as this user")
    if taken_mib is not None:
        print(f"of the machine {taken_mib:.2f} MiB each: {8192 / taken_mib:,.0f} in 8 GiB")


def latencies(live: LiveHost, deployments: list[Deployment], steps: range) -> list[float]:
    """Push a bar to each now and then; return milliseconds from push to answer."""
    found = []
    for step in steps:
        for each in deployments:
            pushed_at = time.perf_counter()
            live.push(each, step * MINUTE_NS, ROW).result()
            found.append((time.perf_counter() - pushed_at) * 1e3)
    return found


def beside_hogs(
    live: LiveHost, deployments: list[Deployment], hogs: list[Deployment]
) -> list[float]:
    """Measure while a tenant has more bars waiting than its processor time can ever handle."""
    waiting: list[Future[BarOutcome]] = [
        live.push(hog, step * MINUTE_NS, ROW) for step in range(200, 215) for hog in hogs
    ]
    found = latencies(live, deployments, range(240, 270))
    assert not waiting[-1].done(), "the hogs were through before their neighbours"
    return found


def available_mib() -> float | None:
    """Return what the machine could still give away; None where it does not say so."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("MemAvailable"))


def private_mib(deployment: Deployment) -> float | None:
    child = deployment._child  # noqa: SLF001 - a benchmark looks inside
    if child is None:
        return None
    pid = child._started.result()[0]  # noqa: SLF001
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return None
    sizes = [line.split()[1] for line in text.splitlines() if line.startswith("Private_Dirty")]
    return sum(map(int, sizes)) / 1024


if __name__ == "__main__":
    main()
