"""Of the kit's objects, trades of ported strategies alone have attributes to assign."""

from typing import Any

import pytest

from logic_service.sandbox.policy.guards import safe_delattr, safe_setattr
from naru.compat.backtesting import Strategy
from tests.naru.engine.scenes import fills, flat, perform


def test_only_the_exits_of_trades_can_be_assigned() -> None:
    tried: list[Any] = []

    class Writer(Strategy):
        def next(self) -> None:
            if len(self.data) == 2:
                self.buy(size=3)
            for trade in self.trades:
                safe_setattr(trade, "sl", 120)
                for name in ("size", "pl", "fresh", "_entry_", "__class__"):
                    with pytest.raises(AttributeError):
                        safe_setattr(trade, name, 1)
                with pytest.raises(AttributeError):
                    safe_delattr(trade, "sl")
                for other in (self.position, self.data, self.orders[0], type(trade)):
                    with pytest.raises(TypeError, match="read-only"):
                        safe_setattr(other, "sl", 1)
                tried.append(trade)

    _, result = perform(Writer, flat(5))

    assert len(tried) == 1
    assert fills(result) == [(2, 1, 3, 100), (3, -1, 3, 100)]
