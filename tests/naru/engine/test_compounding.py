"""What a run claims without moving a book is what its replay comes to."""

import numpy as np
import pytest

from naru import vector
from naru.engine.compounding import TOLERANCE
from tests.naru.engine.scenes import bars, flat, perform


@vector
def half(data: object) -> list[float]:
    return [0.5, 0.5, 0.5]


@vector
def in_and_out(data: list[object]) -> np.ndarray:
    return np.where(np.arange(len(data)) % 2 == 0, 0.5, 0.0)


@pytest.mark.parametrize("cash", [20, 500, 2_000, 100_000])
@pytest.mark.parametrize("price", [60_000.01, 97_123.45])
def test_what_is_cut_off_an_open_position_stays_in_cash(cash: int, price: float) -> None:
    result, _ = perform(half, flat(3, price), cash=cash)  # up to a lot: of 1e-8 units

    assert result.claim().tolerance == (TOLERANCE if cash == 100_000 else 0)


@pytest.mark.parametrize("cash", ["0.02", "0.1", "100", "10000"])
@pytest.mark.parametrize("price", [0.0001, 0.02, 30.0])
def test_roundings_of_commissions_add_up_to_something_in_small_accounts(
    cash: str, price: float
) -> None:
    rows = [[price * (1 + 0.003 * (row * row % 17))] * 4 for row in range(301)]
    result, outcome = perform(in_and_out, bars(rows), cash=cash, commission_bps=3)

    assert outcome.activity.fill_count == 300
    assert result.claim().tolerance == (TOLERANCE if float(cash) >= 100 else 0)


def test_an_account_that_costs_use_up_is_left_to_the_book() -> None:
    result, outcome = perform(in_and_out, flat(5_001), commission_bps=5_000)

    assert result.claim().tolerance == 0
    assert float(outcome.equity[-1]) < 1e-3
