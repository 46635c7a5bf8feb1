"""What slippage takes, on scenes worked out by hand."""

import pytest

from tests.naru.engine.scenes import fills, flat, play


@pytest.mark.parametrize(
    ("part", "lost"),
    [
        ({"kind": "spread", "bps": 20}, 0.1),  # half of it each time
        ({"kind": "fixed", "amount": "0.25"}, 0.25),
        ({"kind": "volume_share", "impact": 1}, 0.16),  # 40 of 1,000: 4 %, squared
        ({"kind": "square_root", "coefficient": "0.1"}, 2.0),  # a tenth of 20 %
        ({"kind": "fixed", "amount": 500}, 99.0),  # never all of the price
    ],
)
def test_each_kind_of_slippage_takes_its_part(part: dict[str, object], lost: float) -> None:
    script = {0: lambda s: s.buy(40), 1: lambda s: s.sell(40)}
    result = play(script, flat(4), slippage=[part], cash=100_000)

    assert [fill[3] for fill in fills(result)] == [100 + lost, 100 - lost]
    assert float(result.costs["slippage"]) == pytest.approx(80 * lost)


def test_a_fixed_slippage_is_the_same_for_cheap_units() -> None:
    script = {0: lambda s: s.buy(40), 1: lambda s: s.sell(40)}
    result = play(script, flat(4, 0.5), slippage=[{"kind": "fixed", "amount": "0.25"}])

    assert [fill[3] for fill in fills(result)] == [0.75, 0.25]


def test_what_is_worth_less_than_a_tick_is_sold_for_nothing_and_bought_for_one() -> None:
    script = {0: lambda s: s.sell(value=100), 1: lambda s: s.buy(value=100)}
    result = play(script, flat(4, 0.5), instruments={"*": {"tick": 1}})

    assert fills(result) == [(1, -1, 200.0, 0.0), (2, 1, 100.0, 1.0)]
