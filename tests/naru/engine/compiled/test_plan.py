"""Skipping bars changes nothing: the same order log, byte for byte, and the same outcome."""

import textwrap
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naru.engine.compiled import Plan, plan
from naru.engine.compiled.source import SOURCE, _scanned, _tree, read_ahead
from naru.engine.config import RunConfig
from naru.engine.events import EventRun
from naru.engine.market import Market
from naru.engine.orderlog import OrderLog
from naru.engine.replay import reconcile, replay
from naru.engine.run import Run, run
from naru.engine.shortlog import MOST_SORTS
from naru.engine.spec import StrategySpec, load_strategy
from tests.naru.engine.scenes import Silence, walk

MARKET = walk(1500, 7)
HEAD = """
from naru import Strategy, param, ta

LEVEL = 50

class Made(Strategy):
    fast = param(4, low=2, high=200)
    slow = param(11, low=2, high=200)
    edge = 0.001

    def init(self):
        self.fast_ma = self.indicator(ta.sma, self.data.close, self.fast)
        self.slow_ma = self.indicator(ta.sma, self.data.close, self.slow)
        self.rsi = self.indicator(ta.rsi, self.data.close, 5)
        self.bands = self.indicator(ta.bollinger, self.data.close, 10, 1.5)
        self.zero = self.fast_ma * 0
        self.seen = 0

"""


def source(body: str, more: str = "") -> str:
    method = "def on_bar(self):\n" + textwrap.indent(textwrap.dedent(body).strip(), "    ")
    return HEAD + textwrap.indent(method, "    ") + "\n" + textwrap.indent(more, "    ")


def made(text: str) -> StrategySpec:
    namespace: dict[str, object] = {SOURCE: text, "__name__": "made"}
    exec(text, namespace)
    return load_strategy(namespace)


def plan_of(text: str) -> Plan | None:
    return planned(made(text))


def planned(spec: StrategySpec) -> Plan | None:
    whole = EventRun(spec, Market([MARKET]), RunConfig(), spec.coerce_params({}), Silence())
    return plan(whole.strategy, whole.runtime, whole.start)


def agree(text: str, **options: Any) -> tuple[Run, Run]:
    """Run with and without skipping, and hold the two against each other."""
    sinks = Silence(), Silence()
    quick, slow = (
        run(made(text), [MARKET], RunConfig(compiled=compiled, **options), {}, sink)
        for compiled, sink in zip((True, False), sinks, strict=True)
    )
    assert quick.orders.to_bytes() == slow.orders.to_bytes()
    assert quick.state == slow.state
    assert quick.claim().fill_count == slow.claim().fill_count
    assert sinks[0].logs == sinks[1].logs
    outcome = replay([MARKET], OrderLog.from_bytes(quick.orders.to_bytes()), RunConfig(**options))
    reconcile(outcome, quick.claim())
    reconcile(outcome, slow.claim())
    return quick, slow


CROSS = """
if ta.crossover(self.fast_ma, self.slow_ma):
    self.buy(percent=0.95)
elif ta.crossover(self.slow_ma, self.fast_ma):
    self.position.close()
"""


def test_an_average_crossing_needs_no_call_at_all() -> None:
    found = plan_of(source(CROSS))

    assert found is not None
    assert found.orders is not None
    assert found.candidates is None
    assert len(found.orders) > 50
    quick, slow = agree(source(CROSS), commission_bps=7, slippage_bps=2)
    assert quick.claim().tolerance > slow.claim().tolerance == 0
    assert quick.claim().fill_count > 50


def test_purchases_beside_a_position_are_refused_by_array_too() -> None:
    body = """
    if self.rsi[-1] < 30:
        self.buy(percent=0.9)
    if self.rsi[-1] > 70:
        self.position.close()
    """
    quick, _ = agree(source(body), commission_bps=3)
    assert quick.claim().tolerance > 0
    assert len(quick.orders) > quick.claim().fill_count + 20


@pytest.mark.parametrize("at", [400, len(MARKET)])
def test_targets_of_one_bar_go_as_the_book_takes_them(at: int) -> None:
    body = f"""
    if len(self.data) == 300:
        self.target(percent=0.5)
    if len(self.data) == {at}:
        self.target(percent=0)
        self.target(percent=0.9)
        self.target(percent=0)
    """
    quick, _ = agree(source(body))  # the sales come first, so that the purchase is what is left
    assert len(quick.orders) == 4
    assert quick.claim().fill_count == (3 if at < len(MARKET) else 1)
    assert quick.claim().positions.keys() == {"X"}


@pytest.mark.parametrize(("count", "is_known"), [(MOST_SORTS, True), (MOST_SORTS + 1, False)])
def test_more_sorts_of_orders_than_a_log_in_short_has_are_asked(count: int, is_known: bool) -> None:
    orders = "self.buy(1);" * count
    text = source(f"if len(self.data) == 60: {orders}").replace("self.buy", "s.buy")
    found = plan_of(text.replace("on_bar(self)", "on_bar(s)").replace("len(self", "len(s"))

    assert found is not None
    assert (found.orders is not None) is is_known
    assert (found.candidates is None) is is_known


def test_what_depends_on_the_account_is_asked_at_candidates_only() -> None:
    body = """
    if not self.position and self.rsi[-1] < 25:
        price = self.data.close[-1]
        self.buy(percent=0.95, sl=price * 0.99, tp=price * 1.02, tag="weak")
    """
    found = plan_of(source(body))
    assert found is not None
    assert found.orders is None
    assert found.candidates is not None
    assert 0 < len(found.candidates) < len(MARKET) / 4
    quick, _ = agree(source(body))
    assert quick.claim().tolerance == 0
    assert quick.claim().fill_count > 10


def test_a_division_by_zero_is_raised_all_the_same() -> None:
    text = source("if self.data.close[-1] / self.zero[-1] > 3:\n    self.buy(size=1)")
    for compiled in (True, False):
        with pytest.raises(ZeroDivisionError):
            run(made(text), [MARKET], RunConfig(compiled=compiled), {}, Silence())


@pytest.mark.parametrize(
    "body",
    [
        "self.seen = self.seen + 1\nif self.seen > 40: self.buy(size=1)",
        "self.slow_ma = self.fast_ma\nif self.rsi[-1] < self.slow_ma[-1]: self.buy(size=1)",
        "for _ in range(2):\n    if self.rsi[-1] < 30: self.buy(size=1)",
        "if self.helper(): self.buy(size=1)",
        "self.log('a bar')\nif self.rsi[-1] < 30: self.buy(size=1)",
        "if self.rsi[0] < 30: self.buy(size=1)",
        "setattr(self, 'edge', 2.0)\nif self.rsi[-1] < self.edge: self.buy(size=1)",
    ],
)
def test_what_is_not_understood_is_called_at_every_bar(body: str) -> None:
    helper = "def helper(self):\n    return len(self.data) % 50 == 0\n"
    text = source(body, helper)

    assert plan_of(text) is None
    agree(text)


def test_a_hook_that_changes_what_a_condition_reads_is_seen() -> None:
    hook = "def on_fill(self, fill):\n    self.edge = 60\n"
    text = source("if self.rsi[-1] < self.edge + 30: self.buy(size=0.01)", hook)
    assert plan_of(text) is None
    agree(text)


def test_a_global_that_is_assigned_later_is_seen() -> None:
    hook = "def on_fill(self, fill):\n    global LEVEL\n    LEVEL = 20\n"
    text = source("if self.rsi[-1] < LEVEL: self.buy(size=0.01)", hook)
    assert plan_of(text) is None
    agree(text)
    steady = source("if self.rsi[-1] < LEVEL - 20: self.buy(size=0.01)")
    found = plan_of(steady)
    assert found is not None
    assert found.orders is not None


@pytest.mark.parametrize("length", [0, 1, len(MARKET)])
@pytest.mark.parametrize("kept", ["KEPT", "PAIR[0]", "self.own"])
def test_arrays_of_the_strategys_own_are_no_values_of_bars(length: int, kept: str) -> None:
    own = "def __init__(self):\n    self.own = KEPT\n"
    text = source(f"if {kept} > self.data.close[-1]: self.buy(size=0.01)", own)
    text = f"import numpy as np\nKEPT = np.full({length}, 90.0)\nPAIR = (KEPT, 1)\n{text}"

    assert plan_of(text) is None
    if length == 1:
        agree(text)
    else:
        with pytest.raises(ValueError, match="truth value of an"):
            run(made(text), [MARKET], RunConfig(), {}, Silence())


def test_without_the_source_every_bar_is_called() -> None:
    text = source(CROSS)
    namespace: dict[str, object] = {"__name__": "made"}
    exec(text, namespace)
    assert planned(load_strategy(namespace)) is None


def test_an_order_that_would_be_refused_is_refused() -> None:
    text = source("if self.rsi[-1] < 30: self.buy(percent=95000)")
    for compiled in (True, False):
        with pytest.raises(ValueError, match="fraction of equity"):
            run(made(text), [MARKET], RunConfig(compiled=compiled), {}, Silence())


# Strategies out of a grammar: whatever they say, skipping must not be seen.

number = st.sampled_from(
    ["30", "55.5", "LEVEL", "self.fast", "self.edge", "100", "-1", "2 * self.slow", "0"]
)
row = st.sampled_from(
    [
        "self.rsi[-1]", "self.rsi[-2]", "self.fast_ma[-1]", "self.slow_ma[-3]",
        "self.data.close[-1]", "self.data.high[-2]", "self.bands.upper[-1]", "self.bands[2][-1]",
        "self.data.volume[-1]", "len(self.data)", "price",
    ]
)  # fmt: skip
account = st.sampled_from(
    ["self.cash", "self.equity", "self.position.size", "self.position.pnl", "len(self.orders)"]
)
sums = st.builds(
    lambda left, op, right: f"({left} {op} {right})",
    row | number | account, st.sampled_from(["+", "-", "*", "/"]), row | number,
) | st.builds(
    lambda name, left, right: f"{name}({left}, {right})",
    st.sampled_from(["min", "max"]), row | number, row | number,
) | row.map(lambda value: f"abs(-{value})")  # fmt: skip
value = row | number | account | sums
compared = st.builds(
    lambda left, op, right: f"{left} {op} {right}",
    value, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), value,
)  # fmt: skip
chained = st.builds(lambda low, mid, high: f"{low} < {mid} <= {high}", value, row, value)
crossed = st.builds(
    lambda name, left, right: f"ta.{name}({left}, {right})",
    st.sampled_from(["crossover", "crossunder", "cross"]),
    st.sampled_from(["self.fast_ma", "self.rsi", "self.data.close"]),
    st.sampled_from(["self.slow_ma", "50", "LEVEL", "self.bands.lower"]),
)  # fmt: skip
asked = st.sampled_from(
    ["self.position", "self.position.is_long", "self.orders", "self.fast_ma > self.slow_ma",
     "self.rsi < 45", "self.cash > 5000", "True", "self.rsi[-1]"]
)  # fmt: skip
plain = compared | chained | crossed | asked
condition = st.recursive(
    plain,
    lambda inner: st.builds(lambda a, op, b: f"({a} {op} {b})", inner,
                            st.sampled_from(["and", "or"]), inner)
    | inner.map(lambda text: f"(not {text})"),
    max_leaves=4,
)  # fmt: skip
order = st.sampled_from(
    [
        "self.buy(percent=0.95)", "self.buy(percent=self.edge, tag='a')", "self.sell(size=2)",
        "self.target(percent=0.5)", "self.target(size=-1, tag='b')", "self.position.close()",
        "self.position.close(0.5, tag='a')", "self.buy(size=1, limit=self.data.close[-1])",
        "self.log('here')", "self.state['n'] = self.state.get('n', 0) + 1", "pass", "return",
        "price = self.data.low[-1]",
    ]
)  # fmt: skip


def indented(lines: list[str]) -> str:
    return textwrap.indent("\n".join(lines), "    ")


def branch(parts: tuple[str, list[str], str | None, list[str]]) -> str:
    test, body, second, other = parts
    text = f"if {test}:\n{indented(body)}"
    if second is not None:
        text += f"\nelif {second}:\n{indented(other)}"
    elif other:
        text += f"\nelse:\n{indented(other)}"
    return text


statement = st.recursive(
    order,
    lambda inner: st.tuples(
        condition,
        st.lists(inner, min_size=1, max_size=2),
        st.none() | condition,
        st.lists(inner, min_size=1, max_size=2),
    ).map(branch),
    max_leaves=4,
)
branches = st.tuples(
    condition,
    st.lists(statement, min_size=1, max_size=2),
    st.none() | condition,
    st.lists(statement, min_size=1, max_size=2),
).map(branch)


@settings(max_examples=150, deadline=None)
@given(st.lists(branches, min_size=1, max_size=2), st.sampled_from(["next_open", "same_close"]))
def test_whatever_a_strategy_says_skipping_bars_changes_nothing(
    lines: list[str], fill: str
) -> None:
    text = source("price = self.data.close[-1]\n" + "\n".join(lines))
    spec = made(text)
    outcomes: list[object] = []
    for compiled in (True, False):
        sink = Silence()
        try:
            result = run(spec, [SHORT], RunConfig(compiled=compiled, fill=fill), {}, sink)
        except ZeroDivisionError as error:
            outcomes.append((str(error), sink.logs))
            continue
        outcomes.append((result.orders.to_bytes(), result.state, sink.logs))
        reconcile(replay([SHORT], result.orders, RunConfig(fill=fill)), result.claim())
    assert outcomes[0] == outcomes[1]


SHORT = walk(260, 3)


def test_the_grammar_reaches_every_way_of_running() -> None:
    """Guard the property test: plans with orders, with candidates, and none at all all occur."""
    kinds = set()

    @settings(max_examples=200, deadline=None, derandomize=True, database=None)
    @given(branches)
    def look(text: str) -> None:
        found = plan_of(source("price = self.data.close[-1]\n" + text))
        kinds.add("none" if found is None else "calls" if found.orders is None else "whole")

    look()
    assert kinds == {"none", "calls", "whole"}
    assert np.isfinite(SHORT.close).all()


@pytest.mark.parametrize("ahead", ["", "x = 1\n", "def on_bar(self):\n    pass\n" * 3, "same"])
def test_a_source_that_was_read_ahead_is_planned_alike(ahead: str) -> None:
    text = source(
        """
        if ta.crossover(self.fast_ma, self.slow_ma):
            self.buy(percent=0.5)
        elif ta.crossover(self.slow_ma, self.fast_ma):
            self.position.close()
        """
    )
    _tree.cache_clear()
    _scanned.cache_clear()
    before = plan_of(text)
    read_ahead(text if ahead == "same" else ahead)
    found = plan_of(text)

    assert before is not None
    assert found is not None
    assert before.orders is not None
    assert found.orders is not None
    assert len(found.orders) > 10
    assert found.orders.to_bytes() == before.orders.to_bytes()
