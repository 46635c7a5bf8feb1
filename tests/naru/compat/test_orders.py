"""``self.orders`` of ported strategies, under the names that they expect."""

from typing import Any

from naru.compat.backtesting import Strategy
from tests.naru.engine.scenes import ends, flat, perform


def test_orders_have_their_names() -> None:
    seen: list[Any] = []

    class Look(Strategy):
        def next(self) -> None:
            if len(self.data) == 2:
                placed = self.sell(size=3, limit=120, sl=130, tp=90)
                self.buy(size=0.5, stop=110)
                assert self.orders[0] == placed
            if len(self.data) == 3:
                self.buy(size=2, sl=80, tp=140)
            if len(self.data) in (3, 5):
                seen.append(
                    [
                        (one.size, one.limit, one.stop, one.sl, one.tp, one.is_long, one.is_short,
                         one.is_contingent, one.parent_trade)
                        for one in self.orders
                    ]
                )  # fmt: skip
                trade = self.trades[0] if self.trades else None
                assert {one.parent_trade for one in self.orders} <= {None, trade}
            if len(self.data) == 5:
                for order in self.orders:
                    if not order.is_contingent:
                        order.cancel()
                assert len(self.orders) == 2

    _, result = perform(Look, flat(7))

    waiting, held = seen
    assert (-3, 120, None, 130, 90, False, True, False, None) in waiting
    assert (0.5, None, 110, None, None, True, False, False, None) in waiting
    contingent = [one for one in held if one[8] is not None]
    assert [one[:8] for one in contingent] == [
        (-2, None, 80, None, None, False, True, True),
        (-2, 140, None, None, None, False, True, True),
    ]
    assert ends(result)[0] == ("canceled", "canceled_by_strategy")
