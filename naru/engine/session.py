"""A strategy fed bar by bar, as live runs are: the same engine, one step at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import localcontext
from typing import Any

from naru.bars import Bars
from naru.engine.config import RunConfig
from naru.engine.events import EventRun
from naru.engine.ledger import MONEY
from naru.engine.market import Market
from naru.engine.orderlog import OrderLog, Record
from naru.engine.orders import Fill, Order
from naru.engine.runtime import Sink
from naru.engine.spec import StrategySpec
from naru.errors import StrategyDefinitionError, StrategyUseError


@dataclass(frozen=True, slots=True)
class Carry:
    """What one session leaves for the next: enough to go on as if nothing had happened.

    orders  everything asked for so far
    state   the strategy's ``self.state``; other attributes do not survive
    step    how many steps lie behind
    """

    orders: OrderLog
    state: dict[str, Any]
    step: int


class Session:
    """One run that grows with time.

    history  bars before the first push. A new session acts on none of them; with a ``carry`` they
             are those that the earlier session went through, from its beginning.
    in_step  whether symbols that have a bar at every instant of the history go on to have one at
             all others; their series may then be combined. False: any symbol may miss any bar.
             Unless given, what the history of several symbols looks like.
    """

    def __init__(
        self,
        spec: StrategySpec,
        history: Sequence[Bars],
        config: RunConfig,
        params: Mapping[str, object],
        sink: Sink,
        carry: Carry | None = None,
        *,
        in_step: bool | None = None,
    ) -> None:
        if spec.style == "vector":
            raise StrategyDefinitionError("vector strategies are computed whole, not bar by bar")
        if in_step is None:
            in_step = len({each.symbol for each in history}) == 1 or _is_in_step(history)
        market = Market(history, in_step=in_step)
        if carry is not None and carry.step != len(market):
            raise StrategyUseError(f"the carry needs {carry.step} bars, {len(market)} were given")
        settled = spec.coerce_params(params)
        with localcontext(MONEY):
            state = None if carry is None else carry.state
            self._run = EventRun(spec, market, config, settled, sink, state)
            if carry is not None:
                self._run.resume(carry.orders)
            else:
                self._run.skip()

    @property
    def market(self) -> Market:
        """The bars so far."""
        return self._run.market

    @property
    def fills(self) -> Sequence[Fill]:
        """All fills so far, by the engine's own book."""
        return self._run.runtime.ledger.fills

    @property
    def orders(self) -> Sequence[Order]:
        """All orders so far."""
        return self._run.runtime.book.orders

    @property
    def state(self) -> dict[str, Any]:
        """The strategy's ``self.state``, as JSON has it. Raises StrategyUseError if it is not."""
        return self._run.state()

    @property
    def start(self) -> int:
        """The first step on which the strategy acted, or the next one if it has not yet."""
        return min(self._run.start, len(self._run.market))

    def push(
        self,
        ts: int,
        bars: Mapping[str, Sequence[float]],
        finer: Mapping[str, Bars] | None = None,
    ) -> Sequence[Record]:
        """Add one closed bar per symbol named; return what the strategy asks for at its close.

        ts     the bar's open, ns since the epoch, after all bars so far
        bars   open, high, low, close, volume by symbol
        finer  the faster bars within, for symbols whose history has such too
        Raises ``ValueError`` for bars out of order; what user code raises passes through.
        """
        before = len(self._run.runtime.records)
        with localcontext(MONEY):
            self._run.grow(ts, bars, finer)
        return self._run.runtime.records[before:]

    def carry(self) -> Carry:
        """Return what the next session needs."""
        return Carry(self._run.order_log(), self._run.state(), len(self.market))

    def order_log(self) -> OrderLog:
        """Return everything asked for so far."""
        return self._run.order_log()


def _is_in_step(history: Sequence[Bars]) -> bool:
    """Tell whether there are bars, and every symbol has one whenever another has."""
    market = Market(history)
    return len(market) > 0 and all(feed.rows is None for feed in market.feeds)
