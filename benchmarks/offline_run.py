"""What ``naru backtest`` costs from command to JSON, beside reading the bars and peers' scripts.

``python benchmarks/offline_run.py [--runs 5] [--cache DIRECTORY]`` starts whole processes in turns:
the command on SMA cross, a script that imports NumPy and PyArrow and reads the same file, and with
``--cache`` the peers' scripts of ``engine_peers.py``, which run twice, once to get warm. It prints
medians of wall and CPU time, children included, and the largest resident size of any one process.
On a busy machine compare CPU times. Goals: at most 1.0 s and 150 MB for 100,000 bars, 1.5 s for a
million, and ahead of every peer's own script.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from engine_speed import MARKET, SMA_CROSS, laid_end_to_end
from peer_engines import BACKTESTING, PEERS, VECTORBT, environment

from naru.bars import Bars
from shared.bar_files import read_bars, write_bars

COUNTS = (100_000, 1_000_000)
VECTOR = """
from naru import ta, vector

@vector(fast=20, slow=50)
def sma_cross(data, fast, slow):
    return (ta.sma(data.close, fast) > ta.sma(data.close, slow)) * 0.95
"""
READ = """
import sys
import numpy, pyarrow.parquet
file = pyarrow.parquet.ParquetFile(sys.argv[1])
for batch in file.iter_batches(16384, use_threads=False):
    for column in batch.columns:
        numpy.frombuffer(column.buffers()[1], numpy.uint8).sum()
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one process with all that it started: seconds, and bytes of the largest one."""

    wall_s: float
    cpu_s: float
    peak_bytes: int


def cost_of(command: Sequence[str | Path]) -> Cost:
    """Run a command to its end. Stops the benchmark when it fails."""
    began = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall_s = time.perf_counter() - began
    if process.returncode:
        sys.exit(f"{command[0]} ended with status {process.returncode}")
    return Cost(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss << 10)


def shared_out_bytes(command: Sequence[str | Path]) -> int:
    """Return the most that a command and its children held, pages in common counted once."""
    most = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            most = max(most, sum(map(_proportional_bytes, _family(process.pid))))
            threading.Event().wait(0.002)
    return most


def _family(pid: int) -> list[int]:
    try:
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # it has ended
        return []
    return [pid, *(each for child in below for each in _family(int(child)))]


def _proportional_bytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended, or locked itself against being looked at
        return 0
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))


def commands(folder: Path, bars: Bars, cache: Path | None) -> dict[str, list[str | Path]]:
    """Write what the processes read; return their commands by name."""
    data, columns = folder / f"{len(bars)}.parquet", folder / f"{len(bars)}.npz"
    data.write_bytes(write_bars(bars))
    found: dict[str, list[str | Path]] = {}
    for name, text in (("event style", SMA_CROSS), ("vector style", VECTOR)):
        source = folder / f"{name.split()[0]}.py"
        source.write_text(text)
        naru = [sys.executable, "-c", "from naru.cli import main; main()", "backtest"]
        options = ["--commission-bps", "0.1", "--json", "-"]
        found[f"naru backtest, {name}"] = [*naru, source, "--data", data, *options]
    found["reading the bars alone"] = [sys.executable, "-c", READ, data]
    if cache is not None:
        names = ("ts", "open", "high", "low", "close")
        np.savez(columns, **{name: getattr(bars, name) for name in names})
        for peer in (VECTORBT, BACKTESTING):
            python = environment(peer, cache)
            if python is not None and (peer is not BACKTESTING or len(bars) < 200_000):
                found[f"{peer.name}'s own script"] = [python, PEERS / peer.script, columns, "1"]
    return found


def main() -> None:
    """Print a table for each number of bars."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--cache", type=Path, help="where peers' environments are kept")
    options = parser.parse_args()
    if not MARKET.exists():
        sys.exit(f"no market data: {MARKET.name} is not there")
    bars = laid_end_to_end(read_bars(MARKET, "SPY").bars, COUNTS[0])
    with tempfile.TemporaryDirectory() as folder:
        for count in COUNTS:
            chosen = commands(Path(folder), laid_end_to_end(bars, count), options.cache)
            costs: dict[str, list[Cost]] = {name: [] for name in chosen}
            for _ in range(options.runs):
                for name, command in chosen.items():
                    costs[name].append(cost_of(command))
            print(f"{count:,} bars, {options.runs} runs in turns")
            for name, found in costs.items():
                wall_s, cpu_s, peak = (
                    statistics.median(getattr(each, part) for each in found)
                    for part in ("wall_s", "cpu_s", "peak_bytes")
                )
                print(
                    f"  {name:<28}{wall_s:>8.2f} s (best {min(e.wall_s for e in found):.2f})"
                    f"{cpu_s:>8.2f} s CPU{peak / 1e6:>8.0f} MB"
                )
            command = chosen["naru backtest, event style"]
            print(f"  with its children at most   {shared_out_bytes(command) / 1e6:>8.0f} MB")


if __name__ == "__main__":
    main()
