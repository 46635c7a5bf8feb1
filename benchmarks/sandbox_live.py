"""How many live strategies fit, and what a bar costs: private memory of waiting children.

Run: ``python -m benchmarks.sandbox_live [count]``. Goal: 2,000 in 8 GiB, at most 4 MiB each
beyond their data. As root the kernel's own count of each child's private pages is read.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

import numpy as np

from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.live import Deployment, LiveHost
from naru.bars import Bars
from naru.engine.config import RunConfig

SOURCE = (Path(__file__).parents[1] / "examples" / "sma_cross.py").read_text()
MINUTE_NS = 60_000_000_000


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    close = 100.0 + np.arange(200, dtype=np.float64)
    ts = np.arange(200, dtype=np.int64) * MINUTE_NS
    history = [Bars("X", "1m", ts, close, close + 1, close - 1, close, np.ones(200))]
    with SandboxHost() as host, LiveHost(host) as live:
        deployments = [
            live.start(f"tenant-{number % 10}", SOURCE, history, RunConfig())
            for number in range(count)
        ]
        walls = []
        for step in range(200, 210):
            row = {"X": [300.0, 301.0, 299.0, 300.0, 1.0]}
            started_at = time.perf_counter()
            futures = [live.push(each, step * MINUTE_NS, row) for each in deployments]
            outcomes = [future.result() for future in futures]
            walls.append((time.perf_counter() - started_at) / count * 1e3)
        assert all(outcome.problem is None for outcome in outcomes)
        private = [mib for each in deployments if (mib := private_mib(each)) is not None]
    print(f"{count} live strategies; first bar with start {walls[0]:.2f} ms each")
    print(f"later bars {statistics.median(walls[1:]):.2f} ms each, one after the other")
    if private:
        each = statistics.median(private)
        print(f"private memory {each:.2f} MiB each (goal <= 4): {8192 / each:,.0f} in 8 GiB")
    else:
        print("private memory: not readable as this user")


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
