"""Targets that share cash, computed in floats, come to what the book comes to."""

import numpy as np
import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from naru import vector
from naru.engine.compounding import TOLERANCE, simple_terms
from naru.engine.config import RunConfig
from naru.engine.market import Market
from naru.engine.rebalancing import find_wishes, hold_targets
from naru.engine.run import run
from tests.naru.engine.scenes import Silence, bars, perform, spec_of, walk

SYMBOLS = ("A", "B", "C", "D")
MARKET = [walk(120, seed, "1d", symbol) for seed, symbol in enumerate(SYMBOLS, start=2)]


def wishing(table: np.ndarray) -> object:
    """Make a strategy whose targets are the columns of a table, one per symbol."""

    @vector()
    def wished(data):
        return {
            symbol: table[: len(data[symbol]), place].copy()
            for place, symbol in enumerate(data.symbols)
        }

    return wished


def monthly(weights: list[list[float]]) -> np.ndarray:
    table = np.full((120, len(SYMBOLS)), np.nan)
    table[5 : 5 + 7 * len(weights) : 7] = weights
    return table


weight = st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 1.0]) | st.floats(0, 0.6)


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.lists(weight, min_size=4, max_size=4), min_size=1, max_size=16),
    st.sampled_from([(0, 0), (5, 0), (30, 10)]),
    st.sampled_from([500, 10_000, 10**8]),
)
@example([[1.0, 0.0, 0.0, 0.0], [1e-15, 0.0, 0.0, 0.0]], (0, 0), 10**8)
def test_the_claim_is_what_the_replay_finds(
    weights: list[list[float]], costs: tuple[int, int], cash: int
) -> None:
    options = {"commission_bps": costs[0], "slippage_bps": costs[1], "cash": cash}
    perform(wishing(monthly(weights)), MARKET, **options)  # reconciles the two


@pytest.mark.parametrize("total", [0.9, 1.0])
@pytest.mark.parametrize("commission_bps", [0, 20])
def test_rotations_are_computed_without_the_book(total: float, commission_bps: int) -> None:
    chance = np.random.default_rng(3)
    weights = chance.uniform(0.1, 1, (16, 4))
    weights *= total / weights.sum(axis=1, keepdims=True)
    strategy = wishing(monthly(weights.tolist()))
    result, outcome = perform(strategy, MARKET, commission_bps=commission_bps)

    # Where all of the cash is wanted and nothing is left for costs, the book may have to decide.
    assert (result.claim().tolerance == TOLERANCE) or total == 1.0
    assert len(outcome.fills) > 55


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(weight, min_size=4, max_size=4), min_size=1, max_size=16),
    st.sampled_from([(0, 0), (5, 0), (30, 10), (100, 50)]),
)
def test_rows_of_a_matrix_are_what_orders_one_by_one_come_to(
    weights: list[list[float]], costs: tuple[int, int]
) -> None:
    options = {"commission_bps": costs[0], "slippage_bps": costs[1], "cash": 10**6}
    config = RunConfig(**options)
    market = Market(MARKET)
    scaled = np.array(weights) * 0.97 / np.maximum(np.sum(weights, axis=1, keepdims=True), 0.97)
    result, outcome = perform(wishing(monthly(scaled.tolist())), MARKET, **options)
    terms = simple_terms(config)
    wishes = find_wishes(market, result.log.asked, config)
    holding = hold_targets(wishes, config, terms)
    if holding is None:
        event("left to the orders")
        return
    assert holding.fill_count == len(outcome.fills)
    closes = np.stack([bars.close for bars in MARKET])
    assert holding.equity(closes, 1e6) == pytest.approx(outcome.equity, rel=1e-9)
    assert holding.cash[-1] == pytest.approx(float(outcome.cash), abs=1e-4)


@pytest.mark.parametrize("costs", [(1, 0), (30, 10)])
def test_weights_set_anew_together_need_no_orders_one_by_one(costs: tuple[int, int]) -> None:
    weights = np.random.default_rng(8).uniform(0.05, 0.24, (16, 4))
    config = RunConfig(commission_bps=costs[0], slippage_bps=costs[1])
    market = Market(MARKET)
    result, outcome = perform(
        wishing(monthly(weights.tolist())), MARKET, commission_bps=costs[0], slippage_bps=costs[1]
    )
    holding = hold_targets(
        find_wishes(market, result.log.asked, config), config, simple_terms(config)
    )
    assert holding is not None
    assert holding.fill_count == len(outcome.fills) == 64


def test_the_same_weights_are_asked_again_by_a_value_that_differs_in_its_last_digits() -> None:
    months = np.arange(120) // 20

    @vector()
    def equal(data):
        begins = np.diff(months[: len(data)], prepend=-1) != 0
        share = 0.24 * (1 + 1e-9 * (months[: len(data)] % 2))
        return {symbol: np.where(begins, share, np.nan) for symbol in data.symbols}

    @vector()
    def once(data):
        return {symbol: np.full(len(data), 0.24) for symbol in data.symbols}

    result, outcome = perform(equal, MARKET, cash=10**6)
    assert result.claim().tolerance == TOLERANCE
    assert len(outcome.fills) == 6 * len(MARKET)
    assert len(perform(once, MARKET, cash=10**6)[1].fills) == len(MARKET)


def test_shorts_are_left_to_the_book() -> None:
    table = monthly([[0.5, -0.4, 0.2, 0.1], [0.0, 0.3, 0.0, 0.2]])
    result, _ = perform(wishing(table), MARKET)
    assert result.claim().tolerance == 0


def test_a_market_with_holes_is_left_to_the_book() -> None:
    table = monthly([[0.4, 0.2, 0.2, 0.1]])
    shorter = walk(80, 9, "1d", "A")
    result = run(spec_of(wishing(table)), [shorter, *MARKET[1:]], RunConfig(), {}, Silence())
    assert result.claim().tolerance == 0


def test_funding_is_left_to_the_book() -> None:
    table = monthly([[0.4, 0.2, 0.2, 0.1]])
    result, outcome = perform(wishing(table), MARKET, funding_bps=5)
    assert result.claim().tolerance == 0
    assert outcome.costs["funding"] != 0
    alone, _ = perform(wishing(table[:, :1]), MARKET[:1], funding_bps=5)
    assert alone.claim().tolerance == 0


@pytest.mark.parametrize(("cash", "is_computed"), [("0.02", False), ("0.1", False), ("100", True)])
def test_an_account_in_which_roundings_add_up_is_left_to_the_book(
    cash: str, *, is_computed: bool
) -> None:
    """Commissions are kept to 1e-8: of some hundred, that is something beside 0.02."""
    table = np.full((301, 2), np.nan)
    table[0::2, 0] = [0.2, 0.3, 0.4] * 50 + [0.2]
    table[1::2, 1] = [0.2, 0.3, 0.4, 0.5, 0.6] * 30
    market = [
        bars([[price * (1 + 0.003 * (row * row % period))] * 4 for row in range(301)], symbol)
        for symbol, price, period in (("A", 0.0001, 17), ("B", 0.02, 13))
    ]
    result, outcome = perform(wishing(table), market, cash=cash, commission_bps=3)

    assert result.claim().tolerance == (TOLERANCE if is_computed else 0)
    assert outcome.activity.fill_count > 200
