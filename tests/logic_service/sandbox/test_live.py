"""Live strategies: one bar at a time, the same orders as in one go, restarts and their limits."""

from collections.abc import Iterator

import numpy as np
import pytest

from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.ledger import LiveLedger
from logic_service.sandbox.live import BarOutcome, Deployment, LiveHost, LiveLimits
from logic_service.sandbox.restarting import RestartPolicy
from logic_service.sandbox.types import StrategyRefusedError, Verdict
from naru.bars import Bars
from naru.engine.config import RunConfig
from tests.logic_service.sandbox.conftest import MINUTE_NS, rising_bars
from tests.logic_service.sandbox.sources import line_of, on_bar

COUNTS = on_bar(
    """
    n = self.state.get("n", 0) + 1
    self.state["n"] = n
    self.log("bar", n)
    if n % 3 == 0:
        self.buy(0.1, tag=f"n{n}")
    """
)


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Return the clock of the live host."""
    return Clock()


@pytest.fixture
def live(host: SandboxHost, clock: Clock) -> Iterator[LiveHost]:
    """Return a live host with two workers and quick restarts."""
    policy = RestartPolicy(first_delay_s=10, max_delay_s=40, max_crashes=3, window_s=1_000)
    with LiveHost(host, worker_count=2, policy=policy, clock=clock) as live:
        yield live


def deploy(
    live: LiveHost, source: str, history: Bars | None = None, **options: object
) -> Deployment:
    bars = [history or rising_bars(5)]
    return live.start("tenant", source, bars, RunConfig(), **options)  # type: ignore[arg-type]


def push(live: LiveHost, deployment: Deployment, number: int) -> BarOutcome:
    price = 100.0 + number
    row = [price - 0.5, price + 1, price - 1, price, 10.0]
    return live.push(deployment, number * MINUTE_NS, {"BTC-USD": row}).result(20)


def test_bars_one_by_one_give_orders_and_keep_state(live: LiveHost) -> None:
    deployment = deploy(live, COUNTS)
    outcomes = [push(live, deployment, number) for number in range(5, 12)]
    live.stop(deployment)

    assert [outcome.verdict for outcome in outcomes] == [Verdict.OK] * 7
    assert [len(outcome.new_orders) for outcome in outcomes] == [0, 0, 1, 0, 0, 1, 0]
    assert outcomes[2].new_orders["step"].tolist() == [7]
    assert outcomes[-1].state == {"n": 7}
    assert outcomes[-1].orders.tags == ("", "n3", "n6")
    assert [line.text for line in outcomes[0].logs] == ["bar 1"]
    assert all(0 < outcome.cpu_s < 1 for outcome in outcomes)


def test_a_later_deployment_goes_on_where_an_earlier_one_stopped(live: LiveHost) -> None:
    first = deploy(live, COUNTS)
    for number in range(5, 9):
        push(live, first, number)
    live.stop(first)
    second = deploy(live, COUNTS, carried=first.ledger)
    outcome = push(live, second, 9)
    live.stop(second)

    assert outcome.state == {"n": 5}
    assert outcome.orders.records["step"].tolist() == [7]


def test_live_orders_equal_those_of_one_run(host: SandboxHost, live: LiveHost) -> None:
    source = on_bar(
        "if self.data.close[-1] % 4 == 2: self.buy(0.1, tag=str(len(self.data)))\n"
        "elif self.position.size > 0.2: self.position.close()"
    )
    whole = rising_bars(30)
    deployment = deploy(live, source, rising_bars(1))
    for number in range(1, 30):
        row = [float(getattr(whole, name)[number]) for name in ("open", "high", "low", "close")]
        live.push(deployment, int(whole.ts[number]), {"BTC-USD": [*row, 10.0]}).result(20)
    live.stop(deployment)
    execution = host.run(source, [whole], RunConfig())

    assert execution.verdict is Verdict.OK
    live_records = deployment.ledger.records
    assert len(live_records) > 3
    from_one_run = np.frombuffer(execution.orders[-live_records.nbytes :], live_records.dtype)
    assert live_records.tobytes() == from_one_run.tobytes()


def test_a_crash_waits_and_then_handles_the_bar_again(live: LiveHost, clock: Clock) -> None:
    source = on_bar(
        "self.state['n'] = self.state.get('n', 0) + 1\n"
        "if self.state['n'] == 2 and self.data.close[-1] == 106.0: 1 / 0"
    )
    deployment = deploy(live, source)
    assert push(live, deployment, 5).verdict is Verdict.OK
    crashed = push(live, deployment, 6)
    waiting = push(live, deployment, 7)
    clock.now += 10
    again = push(live, deployment, 8)

    assert (crashed.verdict, crashed.bars_done) == (Verdict.CRASHED, 0)
    assert crashed.problem is not None
    assert crashed.problem.line == line_of(source, "1 / 0")
    assert waiting.is_waiting
    assert waiting.bars_done == 0
    assert again.verdict is Verdict.CRASHED  # the bar that it fails on comes first again
    live.stop(deployment)


def test_a_strategy_that_recovers_goes_on(live: LiveHost, clock: Clock) -> None:
    source = on_bar(
        "x = [0] * 10**7 if len(self.data) == 7 else 0\nself.state['n'] = len(self.data)"
    )
    deployment = deploy(live, source, limits=LiveLimits(memory_bytes=64 << 20))
    push(live, deployment, 5)
    failed = push(live, deployment, 6)
    deployment._limits = LiveLimits(memory_bytes=512 << 20)
    clock.now += 10
    outcome = push(live, deployment, 7)
    live.stop(deployment)

    assert failed.verdict is Verdict.OUT_OF_MEMORY
    assert (outcome.verdict, outcome.bars_done) == (Verdict.OK, 2)
    assert outcome.state == {"n": 8}


def test_too_many_crashes_halt(live: LiveHost, clock: Clock) -> None:
    deployment = deploy(live, on_bar("1 / 0"))
    outcomes = []
    for number in range(5, 9):
        outcomes.append(push(live, deployment, number))
        clock.now += 50

    assert [outcome.is_halted for outcome in outcomes] == [False, False, True, True]
    assert outcomes[-1].problem is not None
    assert outcomes[-1].problem.code == "halted"


def test_a_hog_is_stopped_at_its_budget(live: LiveHost) -> None:
    deployment = deploy(live, on_bar("while True: pass"), limits=LiveLimits(bar_cpu_s=0.2))
    outcome = push(live, deployment, 5)

    assert outcome.verdict is Verdict.TIMEOUT
    assert outcome.problem is not None
    assert outcome.problem.line == 5
    assert outcome.cpu_s < 0.5


def test_hogs_of_one_tenant_do_not_delay_another(live: LiveHost) -> None:
    hogs = [
        deploy(live, on_bar("while True: pass"), limits=LiveLimits(bar_cpu_s=0.3)) for _ in "123"
    ]
    quiet = live.start("neighbour", COUNTS, [rising_bars(5)], RunConfig())
    push(live, quiet, 5)
    row = [1.0, 2.0, 0.5, 1.0, 1.0]
    futures = [live.push(hog, 99 * MINUTE_NS, {"BTC-USD": row}) for hog in hogs]
    outcome = push(live, quiet, 6)

    assert outcome.verdict is Verdict.OK
    assert not all(future.done() for future in futures)
    assert [future.result(20).verdict for future in futures] == [Verdict.TIMEOUT] * 3


def test_between_bars_a_strategy_uses_no_time(host: SandboxHost) -> None:
    burner = (
        "import os, json, struct\n"
        "from naru import Strategy\n"
        "class Burner(Strategy):\n"
        "    def on_bar(self):\n"
        "        data = json.dumps({'tags': [], 'start': 5}).encode()\n"
        "        os.write(3, struct.pack('<BI', 15, len(data)) + data)\n"
        "        while True: pass\n"
    )
    with SandboxHost(is_policed=False) as unpoliced, LiveHost(unpoliced, 2) as live:
        deployment = deploy(live, burner)
        assert push(live, deployment, 5).verdict is Verdict.OK
        child = deployment._child
        assert child is not None
        before = child.cpu_s()
        quiet = live.start("neighbour", COUNTS, [rising_bars(5)], RunConfig())
        for number in range(5, 25):
            push(live, quiet, number)
        assert before is not None
        assert (child.cpu_s() or 0) - before < 0.05
        live.stop(deployment)
        live.stop(quiet)


def test_a_refused_source_is_not_deployed(live: LiveHost) -> None:
    with pytest.raises(StrategyRefusedError) as refused:
        deploy(live, "import os")

    assert refused.value.problem.code == "import-refused"


@pytest.mark.parametrize(
    ("ts", "row"),
    [
        (4 * MINUTE_NS, {"BTC-USD": [1.0, 1.0, 1.0, 1.0, 1.0]}),
        (9 * MINUTE_NS, {"ETH-USD": [1.0, 1.0, 1.0, 1.0, 1.0]}),
        (9 * MINUTE_NS, {"BTC-USD": [1.0, float("nan"), 1.0, 1.0, 1.0]}),
        (9 * MINUTE_NS, {"BTC-USD": [1.0, 1.0]}),
        (9 * MINUTE_NS, {}),
    ],
)
def test_bars_that_cannot_follow_are_refused(
    live: LiveHost, ts: int, row: dict[str, list[float]]
) -> None:
    deployment = deploy(live, COUNTS)

    with pytest.raises(ValueError, match=r"order of time|not deployed|finite|no bar"):
        live.push(deployment, ts, row)


def test_history_is_required() -> None:
    with pytest.raises(ValueError, match="history"):
        LiveLedger([])
