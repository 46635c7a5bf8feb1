"""Every example runs as it stands: in the sandbox, on real bars, replayed and reconciled."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from naru.bars import Bars
from naru.engine.config import RunConfig
from naru.engine.orderlog import OrderLog
from naru.engine.replay import Replay, reconcile, replay
from naru.engine.run import Claim

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
DAY_NS = 86_400_000_000_000
NEW_YORK = {  # daylight saving began on Sunday, 2011-03-13
    "hours": "09:30-16:00",
    "offsets": [[1_293_840_000_000_000_000, -300], [1_299_974_400_000_000_000, -240]],
}


@dataclass(frozen=True)
class Case:
    """What an example is run on, and how much it has to do there.

    refusals  reasons for which it expects orders to come to nothing
    """

    data: tuple[str, ...] = ("SPY_1d",)
    fills: int = 10
    options: dict[str, Any] | None = None
    since: str = "2009-01-01"
    rows: int = 3_000
    refusals: frozenset[str] = frozenset()


CASES = {
    "balanced": Case(("SPY_1d", "EEM_1d", "GBPUSD_1d"), refusals=frozenset({"already_at_target"})),
    "bollinger_limits": Case(fills=40),
    "breakout_gates": Case(),
    "cooldown": Case(fills=20),
    "dca": Case(fills=50),
    "grid": Case(fills=100),
    "ichimoku_cloud": Case(fills=40),
    "inverse_volatility": Case(("SPY_1d", "IWM_1d", "EEM_1d"), fills=400),
    "keltner_squeeze": Case(),
    "macd_trend": Case(fills=20),
    "multi_timeframe": Case(("EURUSD_1h",), rows=8_000),
    "opening_range": Case(("SPY_1m_201103",), options={"session": NEW_YORK}, rows=10_000, fills=20),
    "overnight": Case(fills=300),
    "pairs": Case(("SPY_1d", "IWM_1d"), fills=40),
    "ported": Case(rows=1_000, fills=20, refusals=frozenset({"nothing_to_reduce"})),
    "rotation": Case(
        ("SPY_1d", "QQQ_1d", "IWM_1d", "EEM_1d"),
        fills=60,
        refusals=frozenset({"already_at_target", "nothing_to_reduce"}),
    ),
    "rsi_brackets": Case(fills=40),
    "scale_out": Case(fills=60, refusals=frozenset({"nothing_to_reduce"})),
    "signal_score": Case(fills=20),
    "sma_cross": Case(fills=20, refusals=frozenset({"nothing_to_reduce"})),
    "sma_cross_vector": Case(fills=20),
    "supertrend_flip": Case(fills=20),
    "trailing_stop": Case(fills=20),
    "turtle": Case(fills=40, refusals=frozenset({"insufficient_cash"})),
    "vol_target": Case(fills=20),
}


def read(name):
    return (EXAMPLES / f"{name}.py").read_text()


def execute(host, market, name):
    """Run an example in the sandbox; return the execution, its bars and the trusted replay."""
    case = CASES[name]
    bars = market(*case.data, since=case.since, rows=case.rows)
    config = RunConfig.from_dict(case.options or {})
    execution = host.run(read(name), bars, config)
    assert execution.problem is None
    assert execution.verdict == "ok"
    outcome = replay(bars, OrderLog.from_bytes(execution.orders), config)
    reconcile(outcome, Claim.from_dict(execution.claim))
    return execution, bars, outcome


@pytest.fixture(scope="module")
def runs(host, market):
    """Return a function that runs an example once and remembers what came of it."""
    memory: dict[str, tuple[Any, list[Bars], Replay]] = {}

    def recall(name):
        if name not in memory:
            memory[name] = execute(host, market, name)
        return memory[name]

    return recall


def test_every_example_has_a_case():
    assert sorted(path.stem for path in EXAMPLES.glob("*.py")) == sorted(CASES)
    assert len(CASES) >= 20


@pytest.mark.parametrize("name", CASES)
def test_it_explains_itself(name):
    module = ast.parse(read(name))
    doc = ast.get_docstring(module) or ""
    assert f"examples/{name}.py" in doc, "says how to run it"
    strategies = [node for node in module.body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    assert all(ast.get_docstring(node) for node in strategies)


@pytest.mark.parametrize("name", CASES)
def test_it_is_accepted_and_described(host, name):
    report = host.check(read(name))
    assert not report.problems


@pytest.mark.parametrize("name", CASES)
def test_what_it_tells_to_type_fits(host, name):
    doc = ast.get_docstring(ast.parse(read(name))) or ""
    known = host.check(read(name)).params_schema["properties"]
    for param, value in re.findall(r"--param (\w+)=([\w.]+)", doc):
        assert known[param].get("minimum", -np.inf) <= float(value)
        assert float(value) <= known[param].get("maximum", np.inf)


@pytest.mark.parametrize("name", CASES)
def test_it_trades_on_real_bars_and_reconciles(runs, name):
    _execution, _bars, outcome = runs(name)
    assert len(outcome.fills) >= CASES[name].fills
    assert np.isfinite(outcome.equity).all()
    assert outcome.equity.min() > 0
    refused = {order.reason for order in outcome.orders if order.status == "rejected"}
    assert refused <= CASES[name].refusals


@pytest.mark.parametrize("name", ["rsi_brackets", "grid", "pairs", "cooldown"])
def test_the_same_run_gives_the_same_bytes(host, market, runs, name):
    first, _bars, _outcome = runs(name)
    second, _bars, _outcome = execute(host, market, name)
    assert first.orders == second.orders
    assert first.logs == second.logs


def test_opening_range_is_flat_every_night(runs):
    _execution, _bars, outcome = runs("opening_range")
    for trade in outcome.trades:
        assert trade.exit_ts is not None
        assert trade.entry_ts // DAY_NS == trade.exit_ts // DAY_NS


def test_overnight_buys_closes_and_sells_opens(runs):
    _execution, (bars,), outcome = runs("overnight")
    rows = {int(ts): row for row, ts in enumerate(bars.ts)}
    for fill in outcome.fills:
        prices = bars.close if fill.side > 0 else bars.open
        assert float(fill.price) == prices[rows[fill.ts]]


def test_pairs_holds_both_legs_or_none(runs):
    _execution, _bars, outcome = runs("pairs")
    first, second = (outcome.position_paths[symbol] for symbol in outcome.symbols)
    together = np.sign(first) == -np.sign(second)
    assert np.mean(together) > 0.99  # a leg may lack a bar of its own on a holiday
    assert np.any(first > 0)
    assert np.any(first < 0)


def test_brackets_bound_every_loss(runs):
    _execution, _bars, outcome = runs("rsi_brackets")
    exits = {outcome.orders[fill.order_id].kind for fill in outcome.fills if fill.side < 0}
    assert len(exits) == 2  # stops and limits, nothing else


def test_scaling_out_sells_a_half_first(runs):
    _execution, _bars, outcome = runs("scale_out")
    tags = [outcome.tag_of(fill.order_id) for fill in outcome.fills]
    assert tags.count("entry") >= tags.count("half") > 5
    assert set(tags) <= {"entry", "half", "rest", "stop"}


def test_cost_averaging_buys_once_a_month_and_never_sells(runs):
    _execution, _bars, outcome = runs("dca")
    months = [np.datetime64(fill.ts, "ns").astype("datetime64[M]") for fill in outcome.fills]
    assert len(set(months)) == len(months)
    assert all(fill.side > 0 for fill in outcome.fills)


def test_cooldown_keeps_a_diary_and_a_memory(runs):
    execution, _bars, outcome = runs("cooldown")
    texts = [line.text for line in execution.logs]
    assert sum(text.startswith("bought") for text in texts) == len(outcome.fills) // 2 + (
        len(outcome.fills) % 2
    )
    assert any("resting" in text for text in texts)
    assert set(execution.state) == {"losses", "rest"}


def test_both_styles_of_the_cross_agree(runs):
    _execution, _bars, event = runs("sma_cross")
    _execution, _bars, vector = runs("sma_cross_vector")
    # The vector style holds from the first bar on if the fast average is above; the event style
    # waits for a crossing.
    assert abs(len(event.fills) - len(vector.fills)) <= 2
    assert float(event.equity[-1] / vector.equity[-1]) == pytest.approx(1, rel=0.1)
