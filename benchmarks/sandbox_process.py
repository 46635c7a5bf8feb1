"""How fast a locked child starts and dies, against a fresh interpreter with numpy.

Run: ``python -m benchmarks.sandbox_process``. Goals: to the first user line at most 5 ms p50 and
10 ms p99 from the zygote, 1 ms p50 from a standby child with cached code, 15 times faster than a
fresh interpreter; dead at most 50 ms after a limit, 5 ms p99 after a kill; hostile source refused
in 250 ms; an ordinary script of 100 lines compiled in 10 ms.
"""

from __future__ import annotations

import os
import select
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np

from logic_service.sandbox.cancellation import Cancellation
from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.link import ZygoteLink
from logic_service.sandbox.packing import PackedBars
from logic_service.sandbox.policy.compiling import compile_source
from logic_service.sandbox.policy.namespace import Library
from logic_service.sandbox.types import Limits
from naru.bars import Bars
from naru.engine.config import RunConfig

IDLE = "from naru import Strategy\nclass S(Strategy):\n    def on_bar(self): pass\n"
LOOP = IDLE.replace("pass", "\n        while True: pass")
HOSTILE = (
    "def f():\n"
    + "".join(
        " " * (level + 1) + "try: pass\n" + " " * (level + 1) + "finally:\n" for level in range(20)
    )
    + " " * 22
    + "pass\n"
)


def bars(count: int = 10) -> PackedBars:
    close = 100.0 + np.arange(count, dtype=np.float64)
    ts = np.arange(count, dtype=np.int64) * 60_000_000_000
    packed = PackedBars([Bars("X", "1m", ts, close, close + 1, close - 1, close, np.ones(count))])
    packed.lay()
    return packed


def percentile(values: list[float], share: float) -> float:
    return float(np.percentile(values, share))


def starts(standby: int, rounds: int, packed: PackedBars) -> list[float]:
    with SandboxHost(standby=standby, link=ZygoteLink(is_lasting=True)) as host:
        host.run(IDLE, packed, RunConfig())
        found = []
        for _ in range(rounds):
            time.sleep(0.03)  # a standby child needs a moment to get ready, as between requests
            found.append(host.run(IDLE, packed, RunConfig()).timings["start_s"] * 1e3)
        return found


def fresh_interpreter(rounds: int) -> list[float]:
    found = []
    for _ in range(rounds):
        started_at = time.perf_counter()
        subprocess.run([sys.executable, "-I", "-c", "import numpy"], check=True)
        found.append((time.perf_counter() - started_at) * 1e3)
    return found


def overruns(host: SandboxHost, packed: PackedBars, rounds: int) -> list[float]:
    limits = Limits(cpu_s=60, wall_s=0.1)
    found = []
    for _ in range(rounds):
        started_at = time.perf_counter()
        host.run(LOOP, packed, RunConfig(), limits=limits)
        found.append((time.perf_counter() - started_at - limits.wall_s) * 1e3)
    return found


def kills(
    host: SandboxHost, zygote: ZygoteLink, packed: PackedBars, rounds: int
) -> tuple[list[float], list[float]]:
    """Return how long after a cancellation the child was dead, and the host's answer there."""
    dead, answered = [], []
    for _ in range(rounds):
        cancel = Cancellation()
        times: dict[str, float] = {}

        def stop(cancel: Cancellation = cancel, times: dict[str, float] = times) -> None:
            end = select.poll()
            child = os.pidfd_open(busiest_child(zygote.pid))
            end.register(child, select.POLLIN)
            times["cancelled"] = time.perf_counter()
            cancel.cancel()
            end.poll()
            times["dead"] = time.perf_counter()
            os.close(child)

        timer = threading.Timer(0.05, stop)
        timer.start()
        host.run(LOOP, packed, RunConfig(), cancel=cancel)
        answered_at = time.perf_counter()
        timer.join()
        dead.append((times["dead"] - times["cancelled"]) * 1e3)
        answered.append((answered_at - times["cancelled"]) * 1e3)
    return dead, answered


def busiest_child(pid: int) -> int:
    """Return the child of a process that has used the most processor time."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()

    def ticks(child: str) -> int:
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    return int(max(children, key=ticks))


def compiling() -> tuple[float, int]:
    folder = Path(__file__).parents[1] / "tests" / "sandbox_cases" / "ordinary"
    names = ("helper_class", "base_class", "bracket_orders")
    sample = "\n".join((folder / f"{name}.py").read_text() for name in names)
    library = Library()
    times = []
    for _ in range(9):
        started_at = time.perf_counter()
        assert compile_source(sample, library.offered).code
        times.append((time.perf_counter() - started_at) * 1e3)
    return statistics.median(times), len(sample.splitlines())


def main() -> None:
    with bars() as packed:
        zygote, standby = starts(0, 60, packed), starts(1, 60, packed)
        fresh = fresh_interpreter(7)
        link = ZygoteLink(is_lasting=True)
        with SandboxHost(link=link) as host:
            host.run(IDLE, packed, RunConfig())
            late, (dead, answered) = overruns(host, packed, 10), kills(host, link, packed, 60)
            refused = []
            for _ in range(5):
                started_at = time.perf_counter()
                assert not host.check(HOSTILE).ok
                refused.append((time.perf_counter() - started_at) * 1e3)
    compile_ms, line_count = compiling()
    for name, values in (("zygote", zygote), ("standby", standby)):
        print(
            f"first user line from {name:8} p50 {percentile(values, 50):6.2f} ms"
            f"  p99 {percentile(values, 99):6.2f} ms"
        )
    print(f"fresh interpreter with numpy      p50 {percentile(fresh, 50):6.2f} ms")
    print(f"  / from zygote   {percentile(fresh, 50) / percentile(zygote, 50):6.1f}x")
    print(
        f"  / from standby  {percentile(fresh, 50) / percentile(standby, 50):6.1f}x  (goal >= 15x)"
    )
    ends = ("dead after limit", late), ("kill to dead", dead), ("  to the answer", answered)
    for name, values in ends:
        print(
            f"{name:17} p50 {percentile(values, 50):5.1f} ms  p99 {percentile(values, 99):5.1f} ms"
        )
    print(f"hostile source refused in {statistics.median(refused):.1f} ms (goal <= 250 ms)")
    print(f"{line_count} ordinary lines compiled in {compile_ms:.1f} ms (goal <= 10 ms for 100)")


if __name__ == "__main__":
    main()
