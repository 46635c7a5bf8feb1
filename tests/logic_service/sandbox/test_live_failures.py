"""Live strategies that fail in each hook, grow, are stopped, or that nobody waits for."""

import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError

import pytest

from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.live import BarOutcome, Deployment, LiveHost, LiveLimits
from logic_service.sandbox.types import Verdict
from naru.engine.config import RunConfig
from tests.logic_service.sandbox.conftest import MINUTE_NS, rising_bars
from tests.logic_service.sandbox.sources import line_of, on_bar

# Only CPU time ends a bar here: on a busy machine any wall time may pass.
PATIENT = LiveLimits(bar_cpu_s=0.3, bar_wall_s=100, start_cpu_s=1.0, start_wall_s=100)
HOOKS = """
from naru import Strategy

class Hooked(Strategy):
    def init(self):
        self.every("1m", self.timer)
        self.own = self.indicator(self.mine, self.data.close, lookback=1)
        self.fail("init")

    def fail(self, where):
        if where == "@HOOK@":
            @WHAT@

    def mine(self, values):
        self.fail("mine")
        return values[-1]

    def timer(self): self.fail("timer")
    def on_start(self): self.fail("on_start")
    def on_fill(self, fill): self.fail("on_fill")
    def on_order(self, order): self.fail("on_order")

    def on_bar(self):
        self.fail("on_bar")
        if len(self.data) < 8:
            self.buy(0.1)
"""
COUNTS = on_bar("self.state['n'] = self.state.get('n', 0) + 1")


@pytest.fixture
def live(host: SandboxHost) -> Iterator[LiveHost]:
    """Return a live host with two workers, one of them for any one tenant."""
    with LiveHost(host, worker_count=2) as live:
        yield live


def deploy(live: LiveHost, source: str) -> Deployment:
    return live.start("tenant", source, [rising_bars(5)], RunConfig(), limits=PATIENT)


def row(number: int) -> dict[str, list[float]]:
    price = 100.0 + number
    return {"BTC-USD": [price - 0.5, price + 1, price - 1, price, 10.0]}


def push(live: LiveHost, deployment: Deployment, number: int) -> BarOutcome:
    return live.push(deployment, number * MINUTE_NS, row(number)).result(60)


def first_failure(live: LiveHost, source: str) -> BarOutcome:
    """Push bars until one is not handled well."""
    deployment = deploy(live, source)
    outcomes = (push(live, deployment, number) for number in range(5, 12))
    failed = next(outcome for outcome in outcomes if outcome.verdict is not Verdict.OK)
    live.stop(deployment)
    return failed


@pytest.mark.parametrize(
    "hook", ["init", "mine", "timer", "on_start", "on_fill", "on_order", "on_bar"]
)
@pytest.mark.parametrize(
    ("what", "verdict"),
    [
        ("1 / 0", Verdict.CRASHED),
        ("while True: pass", Verdict.TIMEOUT),
        ("raise SystemExit", Verdict.CRASHED),
        ("self.kept = [0] * 10**9", Verdict.OUT_OF_MEMORY),
    ],
)
def test_a_failing_hook_ends_with_a_verdict(
    live: LiveHost, hook: str, what: str, verdict: Verdict
) -> None:
    source = HOOKS.replace("@HOOK@", hook).replace("@WHAT@", what)
    failed = first_failure(live, source)

    assert failed.verdict is verdict
    assert failed.bars_done == 0
    assert failed.problem is not None
    lines: set[int | None] = {line_of(source, what)}
    if verdict is Verdict.TIMEOUT:  # on a busy machine it may not get to say where it is
        lines |= {None}
    assert failed.problem.line in lines


@pytest.mark.parametrize(
    ("body", "verdict", "code"),
    [
        ("self.state['x'] = 'x' * (1 << 20)", Verdict.CRASHED, "exception"),
        ("self.state['x'] = float('nan')", Verdict.CRASHED, "exception"),
        ("self.state = [1]", Verdict.CRASHED, "exception"),
        ("for _ in range(5_001): self.buy(0.1)", Verdict.OUTPUT_LIMIT, "output-limit"),
        ("for _ in range(300): self.log('x' * 16_000)", Verdict.OUTPUT_LIMIT, "output-limit"),
        ("for n in range(1_001): self.buy(0.1, tag=str(n))", Verdict.OUTPUT_LIMIT, "output-limit"),
        ("self.buy(0.1, tag='two\\nlines')", Verdict.CRASHED, "exception"),
    ],
)
def test_what_is_left_at_one_bar_is_bounded(
    live: LiveHost, body: str, verdict: Verdict, code: str
) -> None:
    failed = first_failure(live, on_bar(body))

    assert (failed.verdict, failed.problem and failed.problem.code) == (verdict, code)
    assert failed.state == {}


def test_a_stopped_deployment_is_not_started_again_by_bars_that_waited(live: LiveHost) -> None:
    deployment = deploy(live, COUNTS)
    push(live, deployment, 5)
    ledger = live.stop(deployment)
    outcome = push(live, deployment, 6)

    assert outcome.verdict is Verdict.KILLED
    assert outcome.problem is not None
    assert outcome.problem.code == "stopped"
    assert deployment._child is None
    assert ledger.state == {"n": 1}


def test_bars_that_waited_when_it_was_stopped_go_to_the_next_deployment(live: LiveHost) -> None:
    first = deploy(live, COUNTS)
    push(live, first, 5)
    with first._turn:  # a worker that takes the bar waits here
        waiting = live.push(first, 6 * MINUTE_NS, row(6))
        waiting.cancel()
        first._is_ended = True  # as ``stop`` says once it has its turn
    ledger = live.stop(first)
    second = live.start(
        "tenant", COUNTS, [rising_bars(5)], RunConfig(), limits=PATIENT, carried=ledger
    )
    outcome = push(live, second, 6)
    live.stop(second)

    assert outcome.state == {"n": 2}


def test_a_bar_that_nobody_waits_for_is_handled_and_harms_no_worker(live: LiveHost) -> None:
    deployment = deploy(live, COUNTS)
    with deployment._turn:
        first = live.push(deployment, 5 * MINUTE_NS, row(5))
        second = live.push(deployment, 6 * MINUTE_NS, row(6))
        assert second.cancel()
    third = push(live, deployment, 7)
    live.stop(deployment)

    assert first.result(60).verdict is Verdict.OK
    assert third.state == {"n": 3}
    assert all(worker.is_alive() for worker in live._workers)


def test_closing_leaves_nobody_waiting(host: SandboxHost) -> None:
    live = LiveHost(host, worker_count=2)
    deployment = deploy(live, COUNTS)
    closing = threading.Thread(target=live.close)
    with deployment._turn:
        live.push(deployment, 5 * MINUTE_NS, row(5))
        waiting = live.push(deployment, 6 * MINUTE_NS, row(6))
        closing.start()
        with pytest.raises(CancelledError):
            waiting.result(60)
    closing.join(60)

    assert not closing.is_alive()
