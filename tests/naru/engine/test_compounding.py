"""What a run claims without moving a book is what its replay comes to."""

import pytest

from naru import vector
from naru.engine.compounding import TOLERANCE
from tests.naru.engine.scenes import flat, perform


@vector
def half(data: object) -> list[float]:
    return [0.5, 0.5, 0.5]


@pytest.mark.parametrize("cash", [20, 500, 2_000, 100_000])
@pytest.mark.parametrize("price", [60_000.01, 97_123.45])
def test_what_is_cut_off_an_open_position_stays_in_cash(cash: int, price: float) -> None:
    result, _ = perform(half, flat(3, price), cash=cash)  # up to a lot: of 1e-8 units

    assert result.claim().tolerance == (TOLERANCE if cash == 100_000 else 0)
