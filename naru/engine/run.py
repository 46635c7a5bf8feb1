"""Running a strategy over bars: user code in, order log out. This is what the sandbox runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import partial
from typing import Any

from naru.bars import Bars
from naru.engine.book import Book
from naru.engine.claim import Claim
from naru.engine.compiled import plan
from naru.engine.compounding import TOLERANCE, Account, Terms, compound_orders, simple_terms
from naru.engine.config import RunConfig
from naru.engine.events import EventRun
from naru.engine.ledger import MONEY, Ledger
from naru.engine.market import Floats, Market
from naru.engine.orderlog import Mode, OrderLog
from naru.engine.rebalancing import rebalance
from naru.engine.runtime import Sink
from naru.engine.shortlog import ShortLog
from naru.engine.spec import StrategySpec
from naru.engine.vectorized import vector_targets
from naru.vectors import VectorStrategy

__all__ = ["Claim", "Run", "Sink", "run"]


@dataclass(frozen=True, slots=True)
class Run:
    """What a run leaves behind.

    log     what was asked for
    state   the strategy's ``self.state``; None for vector strategies
    claim   says what came of it, which may have to be worked out: the log can be handed on before
    """

    log: OrderLog | ShortLog
    state: dict[str, Any] | None
    claim: Callable[[], Claim]

    @property
    def orders(self) -> OrderLog:
        """What was asked for, as orders."""
        return self.log.orders() if isinstance(self.log, ShortLog) else self.log


def run(
    spec: StrategySpec,
    bars: Sequence[Bars],
    config: RunConfig,
    params: Mapping[str, object],
    sink: Sink,
    *,
    tables: Mapping[str, Floats] | None = None,
) -> Run:
    """Run a strategy over all bars.

    tables  the bars' columns by name, series by bars, where they lie so in memory

    Raises ParamError for parameters it does not take; what user code raises passes through.
    """
    settled = spec.coerce_params(params)
    market = Market(bars, tables=tables or {})
    with localcontext(MONEY):
        if isinstance(spec.target, VectorStrategy):
            log = vector_targets(spec.target, market, config, settled)
            return Run(log, None, partial(_claim_of, market, config, log))
        event_run = EventRun(spec, market, config, settled, sink)
        try:
            return _event_run(event_run)
        finally:
            event_run.runtime.release()


def _event_run(event_run: EventRun) -> Run:
    """Call the strategy where it must be, and say what came of it."""
    market, config = event_run.market, event_run.config
    known = None
    if config.compiled:
        known = plan(event_run.strategy, event_run.runtime, event_run.start)
    if known is not None and known.orders is not None:
        claim = partial(_claim_of, market, config, known.orders)
        return Run(known.orders, event_run.state(), claim)
    event_run.candidates = None if known is None else known.candidates
    event_run.advance(len(market))
    event_run.stop()
    done = _claim(event_run.runtime.ledger, market)
    return Run(event_run.order_log(), event_run.state(), lambda: done)


def _claim_of(market: Market, config: RunConfig, log: ShortLog) -> Claim:
    """Return what comes of a log that nothing but itself depends on."""
    with localcontext(MONEY):
        known = _compounded_claim(market, config, log)
        return known or _driven_claim(market, config, log.orders())


def _compounded_claim(market: Market, config: RunConfig, log: ShortLog) -> Claim | None:
    """Compute by array what comes of a log, where that can be."""
    terms = simple_terms(config)
    if terms is None or not len(market):
        return None
    account = _account(market, config, log, terms)
    if account is None:
        return None
    held = {
        feed.symbol: Decimal(repr(each))
        for feed, each in zip(market.feeds, account.units, strict=True)
        if each
    }
    return Claim(Decimal(repr(account.cash)), held, account.fill_count, TOLERANCE)


def _account(market: Market, config: RunConfig, log: ShortLog, terms: Terms) -> Account | None:
    if len(market.feeds) == 1:
        return compound_orders(market.feeds[0], log, config, terms)
    # Of a single sort: nothing asks twice about an instrument on one bar.
    if [sort.mode for sort in log.sorts] == [Mode.TARGET_PERCENT]:
        return rebalance(market, log.asked, config, terms)
    return None


def _driven_claim(market: Market, config: RunConfig, orders: OrderLog) -> Claim:
    """Move a book through the bars to see what comes of the orders."""
    book = Book(market, config)
    book.follow(orders)
    book.release()
    return _claim(book.ledger, market)


def _claim(ledger: Ledger, market: Market) -> Claim:
    symbols = [feed.symbol for feed in market.feeds]
    held = {symbol: units for symbol, units in zip(symbols, ledger.positions, strict=True) if units}
    return Claim(ledger.cash, held, len(ledger.fills))
