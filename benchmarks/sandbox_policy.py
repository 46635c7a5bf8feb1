"""What the policy costs on a typical ``on_bar``: the same class, checked and plain, in one process.

Run: ``python -m benchmarks.sandbox_policy``. Goal: at most 1.10x. In CPU
time: a busy machine says nothing about the policy.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from logic_service.sandbox.policy.compiling import compile_source
from logic_service.sandbox.policy.namespace import Library

SOURCE = '''
from collections import deque


class Typical:
    """Two indicators, a dozen attribute reads, a deque, item writes."""

    def __init__(self, closes):
        self.closes = closes
        self.i = 0
        self.fast = 0.0
        self.slow = 0.0
        self.window = deque(maxlen=20)
        self.counts = {"up": 0, "down": 0}
        self.levels = [0.0] * 8
        self.position = 0

    def on_bar(self):
        close = self.closes[self.i]
        self.fast += (close - self.fast) * 0.2
        self.slow += (close - self.slow) * 0.05
        self.window.append(close)
        mean = sum(self.window) / len(self.window)
        if self.fast > self.slow and close > mean:
            self.counts["up"] += 1
            self.position = 1
        elif self.fast < self.slow and self.position:
            self.counts["down"] += 1
            self.position = 0
        self.levels[self.i % 8] = max(close, self.levels[self.i % 8])
        self.i += 1
'''
BARS = 30_000


def main() -> None:
    library = Library()
    compiled = compile_source(SOURCE, library.offered)
    assert compiled.code is not None, compiled.problems
    checked = library.namespace(0, lambda _: None)
    exec(compiled.code, checked)
    plain: dict[str, Any] = {"__name__": "plain"}
    exec(compile(SOURCE, "plain", "exec"), plain)
    closes = [100.0 + (i * 7919 % 101) / 10 for i in range(BARS)]
    ratios, times = [], []
    for _ in range(15):
        base = seconds(lambda: plain["Typical"](closes))
        ours = seconds(lambda: checked["Typical"](closes))
        ratios.append(ours / base)
        times.append(base / BARS * 1e9)
    print(f"plain {statistics.median(times):.0f} ns a bar")
    print(f"policy / plain  {statistics.median(ratios):.3f}x  (goal <= 1.10x)")


def seconds(make: Callable[[], Any]) -> float:
    on_bar = make().on_bar
    started_at = time.process_time()
    for _ in range(BARS):
        on_bar()
    return time.process_time() - started_at


if __name__ == "__main__":
    main()
