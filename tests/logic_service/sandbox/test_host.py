"""The sandbox from outside: every end has its verdict, and the host outlives them all."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from logic_service.sandbox.cancellation import Cancellation
from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.link import ZygoteLink
from logic_service.sandbox.metering import Meter
from logic_service.sandbox.packing import PackedBars
from logic_service.sandbox.types import Execution, Limits, SandboxUnavailableError, Verdict
from naru.bars import Bars
from naru.engine.config import RunConfig
from naru.engine.orderlog import OrderLog
from naru.engine.replay import replay
from tests.logic_service.sandbox.conftest import rising_bars
from tests.logic_service.sandbox.sources import BUY_ONCE, line_of, on_bar

SMALL = Limits(cpu_s=0.3, wall_s=2.0, memory_bytes=64 << 20, output_bytes=1 << 20)


def run(host: SandboxHost, source: str, bars: list[Bars], limits: Limits = SMALL) -> Execution:
    return host.run(source, bars, RunConfig(), limits=limits)


def test_a_run_yields_its_order_log(host: SandboxHost, bars: list[Bars]) -> None:
    execution = host.run(BUY_ONCE, bars, RunConfig(), {"size": 2})

    assert execution.verdict is Verdict.OK
    assert execution.problem is None
    log = OrderLog.from_bytes(execution.orders)
    assert log.records["size"].tolist() == [2.0]
    assert [line.text for line in execution.logs] == ["bought 2"]
    assert execution.logs[0].ts_ns == 0
    assert [(point.name, point.value) for point in execution.plots] == [("close", 100.0)]
    assert execution.state == {"done": True}
    assert execution.claim["fill_count"] == 1
    assert {"compile_s", "start_s", "run_s", "end_s"} == set(execution.timings)
    assert all(seconds >= 0 for seconds in execution.timings.values())
    assert 0 < execution.cpu_s < 5
    assert execution.peak_memory_bytes > 1 << 20
    fills = replay(bars, log, RunConfig()).fills
    assert [fill.price for fill in fills] == [100.5]


def test_a_source_that_was_checked_is_not_compiled_again(bars: list[Bars]) -> None:
    meter = Meter()
    with SandboxHost(standby=0, meter=meter) as host:
        assert host.check(BUY_ONCE).ok
        assert run(host, BUY_ONCE, bars).verdict is Verdict.OK

    started = {
        sample.labels["task"]: sample.value
        for sample in meter.samples()
        if sample.name == "sandbox_starts_total"
    }
    assert started == {"check": 1, "run": 1}


def test_a_zygote_that_is_starting_already_is_used(bars: list[Bars]) -> None:
    link = ZygoteLink()
    with SandboxHost(standby=0, link=link) as host:
        assert run(host, BUY_ONCE, bars).verdict is Verdict.OK
        assert not link.has_died()

    assert link.has_died()


def test_an_accepted_source_is_described(host: SandboxHost) -> None:
    report = host.check(BUY_ONCE)

    assert report.ok
    assert report.strategy is not None
    assert (report.strategy.name, report.strategy.style) == ("BuyOnce", "event")
    assert report.strategy.doc == "Buy at the first bar."
    assert report.params_schema is not None
    properties = report.params_schema["properties"]
    assert isinstance(properties, dict)
    assert list(properties) == ["size"]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("def f(:", "syntax"),
        ("import os", "import-refused"),
        ("x = 1", "strategy-invalid"),
        ("x = 1\n1 / 0", "exception"),
        ("x = '\0'", "source-encoding"),
        ("x = 'a\ud800b'", "source-encoding"),
        ("# " + "x" * (128 << 10), "source-too-long"),
        ("while True: pass", "timeout"),
        ("x = [0] * 10**9", "out-of-memory"),
        ("", "strategy-invalid"),
    ],
)
def test_a_refused_source_says_why(host: SandboxHost, source: str, code: str) -> None:
    report = host.check(source)

    assert not report.ok
    assert report.problems[0].code == code
    assert report.problems[0].message
    assert report.strategy is None


@pytest.mark.parametrize(
    ("body", "verdict", "code"),
    [
        ("1 / 0", Verdict.CRASHED, "exception"),
        ("raise SystemExit(0)", Verdict.CRASHED, "exception"),
        ("raise KeyboardInterrupt", Verdict.CRASHED, "exception"),
        ("self.position.missing", Verdict.CRASHED, "exception"),
        ("self.buy(size='many')", Verdict.CRASHED, "exception"),
        ("while True: pass", Verdict.TIMEOUT, "timeout"),
        ("x = [0] * 10**9", Verdict.OUT_OF_MEMORY, "out-of-memory"),
        ("import os", Verdict.REJECTED, "import-refused"),
    ],
)
def test_every_end_has_a_verdict_and_a_line(
    host: SandboxHost, bars: list[Bars], body: str, verdict: Verdict, code: str
) -> None:
    source = on_bar(f"x = 1\n{body}")
    execution = run(host, source, bars)

    assert execution.verdict is verdict
    assert execution.problem is not None
    assert execution.problem.code == code
    assert execution.problem.line == line_of(source, body)
    assert execution.orders == b""


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ("while True: print('x' * 1000)", Verdict.OUTPUT_LIMIT),
        ("while True: self.plot('a', 1.0)", Verdict.OUTPUT_LIMIT),
        ("while True: self.log('a' * 100)", Verdict.OUTPUT_LIMIT),
        ("x = sum(range(10**12))", Verdict.TIMEOUT),
        ("x = []\nwhile True: x.append('a' * 10_000)", Verdict.OUT_OF_MEMORY),
    ],
)
def test_endings_without_a_line(
    host: SandboxHost, bars: list[Bars], body: str, verdict: Verdict
) -> None:
    execution = run(host, on_bar(body), bars)

    assert execution.verdict is verdict
    assert execution.problem is not None


def test_swallowed_exceptions_do_not_outlive_the_limit(host: SandboxHost, bars: list[Bars]) -> None:
    body = (
        "while True:\n    try:\n        while True: pass\n    except BaseException:\n        pass"
    )
    execution = run(host, on_bar(body), bars)

    assert execution.verdict is Verdict.TIMEOUT
    assert execution.cpu_s < 0.6


def test_what_was_logged_before_the_end_is_kept(host: SandboxHost, bars: list[Bars]) -> None:
    execution = run(host, on_bar("self.log('last words')\n1 / 0"), bars)

    assert [line.text for line in execution.logs] == ["last words"]


def test_what_is_printed_has_its_bar_s_time(host: SandboxHost, bars: list[Bars]) -> None:
    source = (
        "from naru import Strategy\nprint('module')\nclass Talks(Strategy):\n"
        "    warmup = 58\n"
        "    def init(self):\n        print('init')\n"
        "    def on_bar(self):\n        print('bar', len(self.data))\n"
    )
    logs = run(host, source, bars).logs

    assert [(line.ts_ns, line.text) for line in logs] == [
        (None, "module"),
        (None, "init"),
        (int(bars[0].ts[58]), "bar 59"),
        (int(bars[0].ts[59]), "bar 60"),
    ]


def test_logs_beyond_the_quota_are_counted_and_dropped(host: SandboxHost, bars: list[Bars]) -> None:
    limits = Limits(log_bytes=100, plot_count=3)
    execution = run(host, on_bar("self.log('x' * 40)\nself.plot('p', 1.0)"), bars, limits)

    assert execution.verdict is Verdict.OK
    assert (len(execution.logs), execution.logs_dropped_count) == (2, 58)
    assert (len(execution.plots), execution.plots_dropped_count) == (3, 57)


def test_one_text_may_take_all_that_a_run_may_log(host: SandboxHost, bars: list[Bars]) -> None:
    whole = on_bar("if len(self.data) == 1: self.log('x' * (64 << 10))")
    halves = on_bar("if len(self.data) < 3: self.log('é' * (16 << 10))")

    assert [len(line.text) for line in run(host, whole, bars).logs] == [64 << 10]
    assert [line.text for line in run(host, halves, bars).logs] == ["é" * (16 << 10)] * 2


def test_secrets_and_addresses_do_not_reach_the_logs(host: SandboxHost, bars: list[Bars]) -> None:
    body = (
        "self.log('key sk_live_abcdefgh12345678', lambda: 0)\nraise ValueError('sk_live_12345678')"
    )
    execution = run(host, on_bar(body), bars)

    assert "sk_live" not in execution.logs[0].text
    assert "0x" not in execution.logs[0].text
    assert execution.problem is not None
    assert "sk_live" not in execution.problem.message


def test_a_wrong_parameter_is_named(host: SandboxHost, bars: list[Bars]) -> None:
    execution = host.run(BUY_ONCE, bars, RunConfig(), {"size": 99})

    assert execution.verdict is Verdict.REJECTED
    assert execution.problem is not None
    assert execution.problem.code == "param-invalid"
    assert "size" in execution.problem.message


def test_progress_is_told_up_to_the_end(host: SandboxHost) -> None:
    told: list[tuple[int, int]] = []
    bars = rising_bars(20_000)
    every_bar = RunConfig(compiled=False)
    execution = host.run(
        on_bar("pass"), [bars], every_bar, on_progress=lambda *step: told.append(step)
    )

    assert execution.verdict is Verdict.OK
    assert told[-1] == (20_000, 20_000)
    assert len(told) > 2
    assert told == sorted(told)


def test_a_cancelled_run_is_killed_at_once(host: SandboxHost, bars: list[Bars]) -> None:
    cancellation = Cancellation()
    source = on_bar("while True: pass")
    timer = threading.Timer(0.2, cancellation.cancel)
    timer.start()
    execution = host.run(source, bars, RunConfig(), limits=Limits(), cancel=cancellation)
    timer.join()

    assert execution.verdict is Verdict.KILLED
    assert execution.problem is not None
    assert execution.problem.code == "cancelled"
    assert execution.cpu_s < 2


def test_a_run_cancelled_before_it_starts_does_not_run(host: SandboxHost, bars: list[Bars]) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    execution = host.run(BUY_ONCE, bars, RunConfig(), cancel=cancellation)

    assert execution.verdict is Verdict.KILLED


def test_wall_time_is_limited_too(host: SandboxHost, bars: list[Bars]) -> None:
    execution = run(host, on_bar("while True: pass"), bars, Limits(cpu_s=60, wall_s=0.3))

    assert execution.verdict is Verdict.TIMEOUT
    assert execution.cpu_s < 30


def test_the_same_run_gives_the_same_bytes_in_another_sandbox(
    host: SandboxHost, bars: list[Bars]
) -> None:
    source = on_bar(
        """
        class Thing:
            pass
        things = {Thing() for _ in range(50)} | {f"name{i}" for i in range(50)}
        order = [hash(thing) for thing in things]
        self.buy(size=round(random.random() + np.random.rand() + hash("seed") % 97, 6), tag="t")
        self.log(order, repr(Thing()), np.random.default_rng().integers(1000))
        """,
        before="import random\nimport numpy as np",
    )
    config = RunConfig(seed=7)
    first = host.run(source, bars, config)
    with SandboxHost(standby=0) as other:
        second = other.run(source, bars, config)
    different = host.run(source, bars, RunConfig(seed=8))

    assert first.verdict is Verdict.OK, first.problem
    assert first.orders == second.orders
    assert first.logs == second.logs
    assert first.orders != different.orders


def test_packed_bars_serve_many_runs(host: SandboxHost, bars: list[Bars]) -> None:
    with PackedBars(bars) as packed:
        first, second = (host.run(BUY_ONCE, packed, RunConfig()) for _ in range(2))

    assert first.orders == second.orders != b""


def test_many_threads_share_a_host(host: SandboxHost, bars: list[Bars]) -> None:
    def one(size: int) -> float:
        execution = host.run(BUY_ONCE, bars, RunConfig(), {"size": size})
        return float(OrderLog.from_bytes(execution.orders).records["size"][0])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, [1, 2, 3, 4, 5, 6, 7, 8])) == [1, 2, 3, 4, 5, 6, 7, 8]


async def test_a_run_fits_into_asyncio(host: SandboxHost, bars: list[Bars]) -> None:
    execution = await asyncio.to_thread(host.run, BUY_ONCE, bars, RunConfig())

    assert execution.verdict is Verdict.OK


def test_the_host_survives_the_zygote_s_death(bars: list[Bars]) -> None:
    with SandboxHost() as host:
        assert run(host, BUY_ONCE, bars).verdict is Verdict.OK
        os.kill(host._link.pid, signal.SIGKILL)
        assert run(host, BUY_ONCE, bars).verdict is Verdict.OK


def test_a_zygote_that_dies_during_a_run_costs_a_repetition(bars: list[Bars]) -> None:
    with SandboxHost() as host:
        source = on_bar("self.log('here')\nwhile len(self.data) < 60: return\nself.buy(1)")
        killed = threading.Event()

        def kill_once(_done: int, _total: int) -> None:
            if not killed.is_set():
                killed.set()
                os.kill(host._link.pid, signal.SIGKILL)

        execution = host.run(source, bars, RunConfig(), on_progress=kill_once)

        assert killed.is_set()
        assert execution.verdict is Verdict.OK
        assert len(execution.logs) == 60


def test_a_zygote_that_dies_before_it_is_ready_is_replaced(bars: list[Bars]) -> None:
    link = ZygoteLink()
    os.kill(link.pid, signal.SIGKILL)
    with SandboxHost(standby=0, link=link) as host:
        assert host.layers()["seccomp"]
        assert run(host, BUY_ONCE, bars).verdict is Verdict.OK

    assert link.has_died()


def test_closing_ends_the_zygote(bars: list[Bars]) -> None:
    host = SandboxHost()
    assert run(host, BUY_ONCE, bars).verdict is Verdict.OK
    host.close()

    assert host._link._process.returncode is not None
    with pytest.raises(SandboxUnavailableError):
        run(host, BUY_ONCE, bars)


def test_children_die_with_a_killed_host() -> None:
    script = (
        "import signal\n"
        "from logic_service.sandbox.host import SandboxHost\n"
        "host = SandboxHost(); host.layers(); child = host._link.spawn()\n"
        "child._started.result(5)\n"
        "print(host._link.pid, child._started.result()[0], flush=True)\n"
        "signal.pause()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        pids = [int(word) for word in process.stdout.readline().split()]
        process.kill()
    deadline = time.monotonic() + 5
    while any(map(is_alive, pids)) and time.monotonic() < deadline:
        os.sched_yield()

    assert not any(map(is_alive, pids))


def is_alive(pid: int) -> bool:
    """Say whether a process exists and is no zombie waiting for whoever adopted it."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in {"Z", "X"}


def test_the_host_imports_nothing_heavy() -> None:
    script = (
        "import sys\nimport logic_service.sandbox.host\n"
        "heavy = {'fastapi', 'sqlalchemy', 'pydantic', 'redis', 'structlog', 'pyarrow'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert answer.stdout.strip() == "[]", answer.stderr
