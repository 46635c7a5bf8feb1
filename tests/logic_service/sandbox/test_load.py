"""Hostile runs side by side with ordinary ones, and the same run in different processes."""

import gc
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.types import Execution, Limits, Verdict
from naru.bars import Bars
from naru.engine.config import RunConfig

LIMITS = Limits(cpu_s=0.15, wall_s=20, memory_bytes=64 << 20, output_bytes=1 << 20)
ORDINARY = """
from naru import Strategy, ta
class Honest(Strategy):
    def init(self): self.mean = self.indicator(ta.sma, self.data.close, 5)
    def on_bar(self):
        if not self.position: self.buy(size=0.1, tag="in")
"""
_HOSTILE = """
from naru import Strategy
class Hostile(Strategy):
    def on_bar(self):
        {line}
"""
HOSTILE = {
    "while True: pass": Verdict.TIMEOUT,
    "self.kept = [0] * (1 << 30)": Verdict.OUT_OF_MEMORY,
    "while True: self.log('x' * 60_000)": Verdict.OUTPUT_LIMIT,
    "raise SystemExit(0)": Verdict.CRASHED,
    "import os": Verdict.REJECTED,
}
LEAKY = '''
from naru import Strategy
class Thing:
    def method(self): pass
class Plain(Thing): pass
class Leaky(Strategy):
    """Log whatever might differ from process to process."""
    def on_bar(self):
        if len(self.data) > 1: return
        import random, numpy as np, datetime
        things = [Thing() for _ in range(50)]
        self.log([repr(thing) for thing in things[:3]], [hash(thing) for thing in things[:3]])
        self.log(list({*things, *map(str, range(99))})[-1], list({str(n) for n in range(99)}))
        self.log(hash("text"), hash((1, "a", 2.5)), hash(frozenset("abc")))
        self.log(random.random(), random.Random().random(), np.random.default_rng().normal())
        self.log(datetime.datetime(2024, 5, 6).timestamp(), datetime.datetime.fromtimestamp(0))
        self.log(repr(Thing), repr(self.on_bar), repr(lambda: 0), repr(self), str(self.data))
        for value in (None, Thing, self.on_bar, print, lambda: 0, object(), (1, Thing), self):
            try: self.log(hash(value))
            except TypeError as error: self.log(error)
'''


def descriptors() -> int:
    """Return how many files this process has open."""
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors in /proc")
def test_fifty_hostile_runs_side_by_side_leave_nothing_behind(bars: list[Bars]) -> None:
    lines = list(HOSTILE)
    sources = [_HOSTILE.format(line=lines[number % len(lines)]) for number in range(50)]
    with SandboxHost() as host, ThreadPoolExecutor(8) as threads:

        def run(source: str) -> Execution:
            return host.run(source, bars, RunConfig(), limits=LIMITS)

        def round_of_all() -> list[Execution]:
            mixed = [source for hostile in sources for source in (hostile, ORDINARY)]
            return list(threads.map(run, mixed))

        round_of_all()
        gc.collect()
        me, before = psutil.Process(), descriptors()
        memory = me.memory_info().rss
        zygotes = {child.pid for child in me.children()}
        executions = round_of_all()
        gc.collect()

        assert [e.verdict for e in executions[1::2]] == [Verdict.OK] * 50
        assert len({e.orders for e in executions[1::2]}) == 1
        for source, execution in zip(sources, executions[::2], strict=True):
            expected = next(v for line, v in HOSTILE.items() if line in source)
            assert execution.verdict is expected, (source, execution.problem)
        assert {child.pid for child in me.children()} == zygotes
        below = me.children(recursive=True)
        assert [child.pid for child in below if child.status() == psutil.STATUS_ZOMBIE] == []
        assert len(below) <= len(zygotes) + 9, "more than the zygotes and children on standby"
        assert abs(descriptors() - before) <= 4, "a standby child more or less"
        assert me.memory_info().rss - memory < 24 << 20


def test_nothing_differs_in_another_process(bars: list[Bars]) -> None:
    logs = []
    for standby in (0, 0, 1):
        with SandboxHost(standby=standby) as host:
            host.run(ORDINARY, bars, RunConfig())
            execution = host.run(LEAKY, bars, RunConfig(seed=3))
            assert execution.verdict is Verdict.OK, execution.problem
            logs.append(execution.logs)

    assert logs[0] == logs[1] == logs[2]
    assert any("differs from run to run" in line.text for line in logs[0])
