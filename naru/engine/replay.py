"""The trusted replay: an order log becomes fills, cash, trades and equity, in our own process.

The log may come from anybody. Nothing of the run that wrote it is believed but what it asks for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from functools import cache, cached_property, partial
from operator import attrgetter
from typing import Any

import numpy as np

from naru.bars import Bars
from naru.engine.book import Book
from naru.engine.claim import Claim
from naru.engine.config import RunConfig
from naru.engine.holdings import Holdings
from naru.engine.leavings import Leavings
from naru.engine.ledger import MONEY, MONEY_STEP
from naru.engine.market import Feed, Floats, Ints, Market
from naru.engine.memory import keep_freed_memory
from naru.engine.orderlog import OrderLog
from naru.engine.orders import Fill, Order
from naru.engine.straight import Straight, straight
from naru.engine.tables import OrderTable, TradeTable
from naru.engine.trades import ClosedTrades, Pairing, Trade, entries_closed_by
from naru.errors import OrderLogError, ReconciliationError

_NO_COSTS = dict.fromkeys(
    ("commission", "tax", "slippage", "borrow", "interest", "funding", "dividends"), Decimal(0)
)


@dataclass(frozen=True, slots=True, eq=False)
class Activity:
    """How much was done, in figures that need no objects.

    traded   notional of all fills, quote currency
    """

    order_count: int
    fill_count: int
    open_trade_count: int
    traded: float
    closed: ClosedTrades


@dataclass(frozen=True, slots=True, eq=False)
class Details:
    """Where a replay's objects come from, once somebody looks at them."""

    fills: Callable[[], tuple[Fill, ...]]
    trades: Callable[[], tuple[Trade, ...]]
    orders: Callable[[], tuple[Order, ...]]
    trade_table: Callable[[], TradeTable]
    order_table: Callable[[], OrderTable]
    gross: Callable[[Mapping[str, Floats]], Floats]


@dataclass(frozen=True, eq=False)
class Replay:
    """What became of an order log.

    symbols    the instruments; fills, trades and orders hold indices into them
    ts         the timeline: ns since the epoch, UTC, of every step
    start      the first step after warm-up; metrics begin there
    tags       what the orders' ``tag`` counts into
    equity     cash and positions at each step's close, quote currency
    cash_path  cash after each step
    cash, positions   at the end; positions that are not zero, by symbol
    costs      sums paid: commission, tax, slippage, borrow (of units), interest (on negative
               cash), funding (negative when received); and dividends received
    ambiguous_bars   steps in which the order of prices inside the bar decided the outcome
    activity   counts, and closed trades as vectors
    """

    symbols: tuple[str, ...]
    ts: Ints
    start: int
    tags: tuple[str, ...]
    equity: Floats
    cash_path: Floats
    cash: Decimal
    positions: Mapping[str, Decimal]
    costs: Mapping[str, Decimal]
    ambiguous_bars: int
    position_paths: Mapping[str, Floats]
    activity: Activity
    details: Details = field(repr=False)

    @cached_property
    def fills(self) -> tuple[Fill, ...]:
        """All fills, in the order in which they happened."""
        return self.details.fills()

    @cached_property
    def trades(self) -> tuple[Trade, ...]:
        """Closed trades in the order of their exits, then open ones marked at the last close."""
        return self.details.trades()

    @cached_property
    def orders(self) -> tuple[Order, ...]:
        """All orders, brackets and forced ones included, with status and reason."""
        return self.details.orders()

    @cached_property
    def trade_table(self) -> TradeTable:
        """All trades, as columns."""
        return self.details.trade_table()

    @cached_property
    def order_table(self) -> OrderTable:
        """All orders, as columns."""
        return self.details.order_table()

    @cached_property
    def gross(self) -> Floats:
        """The sum of the positions' absolute values at each step's close."""
        return self.details.gross(self.position_paths)

    def held_steps(self) -> int:
        """Count the steps after warm-up that end with a position."""
        paths = [path[self.start :] for path in self.position_paths.values()]
        if len(paths) == 1:
            return int(np.count_nonzero(paths[0]))
        held = np.zeros(len(self.ts) - self.start, dtype=np.bool_)
        for path in paths:
            held |= path != 0.0
        return int(np.count_nonzero(held))

    def tag_of(self, order_id: int) -> str:
        """Return an order's tag; the engine's own orders are tagged with their reason."""
        if order_id >= 0:
            return self.tags[self.orders[order_id].tag]
        return next(order.reason or "" for order in reversed(self.orders) if order.id == order_id)


def replay(
    bars: Sequence[Bars],
    orders: OrderLog,
    config: RunConfig,
    pulse: Callable[[], None] | None = None,
) -> Replay:
    """Turn what was asked for into what happened.

    pulse  called now and then where a replay may take long; what it raises ends it

    Raises OrderLogError when the log does not fit the bars.
    """
    market = Market(bars)
    _check_fit(market, orders)
    keep_freed_memory()
    with localcontext(MONEY):
        way = straight(market, config, orders)
        if way is not None:
            return _of_straight(way, market, orders, config)
        return by_book(market, orders, config, pulse)


def by_book(
    market: Market,
    orders: OrderLog,
    config: RunConfig,
    pulse: Callable[[], None] | None = None,
) -> Replay:
    """Replay the general way; to be called in the context of ``MONEY``."""
    book = Book(market, config)
    book.follow(orders, pulse)
    book.finish()
    ledger, ambiguous = book.ledger, book.rounds.ambiguous
    book.release()
    pairing = Pairing(entries_closed_by(book.orders) if config.pairing == "entry" else None)
    pairing.catch_up(ledger.fills, ledger.splits)
    fills, every = tuple(ledger.fills), (*book.orders, *book.forced)
    trades = (*pairing.closed, *pairing.open(_last_marks(ledger, market)))
    quantities, prices = (
        np.array(list(map(attrgetter(name), fills)), dtype=float) for name in ("quantity", "price")
    )
    references = prices
    if book.desk.slippages:
        references = np.array([fill.reference for fill in fills], dtype=float)
    slippage = float((abs(prices - references) * quantities).sum())
    return Replay(
        **_curves(market, ledger.cash_path(float(config.cash)), ledger.position_paths()),
        start=orders.start,
        tags=orders.tags,
        cash=ledger.cash,
        positions=_held(ledger.positions, market),
        costs={
            "commission": sum((fill.commission for fill in fills), Decimal(0)) - ledger.tax,
            "tax": ledger.tax,
            "slippage": Decimal(f"{slippage:.12g}"),
            "borrow": ledger.borrow,
            "interest": ledger.interest,
            "funding": ledger.funding,
            "dividends": ledger.dividends,
        },
        ambiguous_bars=len(ambiguous),
        activity=Activity(
            len(every),
            len(fills),
            len(trades) - len(pairing.closed),
            float((quantities * prices).sum()),
            ClosedTrades.of(pairing.closed),
        ),
        details=Details(
            lambda: fills,
            lambda: trades,
            lambda: every,
            lambda: TradeTable.of(trades),
            lambda: OrderTable.of(every, orders.tags),
            partial(_gross, market),
        ),
    )


def _of_straight(way: Straight, market: Market, orders: OrderLog, config: RunConfig) -> Replay:
    left = Leavings(way)
    quantities, prices = left.fill_columns

    fills = cache(left.fills)

    @cache
    def paired() -> Pairing:
        with localcontext(MONEY):
            pairing = Pairing(way.entry_closed_by if config.pairing == "entry" else None)
            pairing.catch_up(fills())
            return pairing

    def trades() -> tuple[Trade, ...]:
        with localcontext(MONEY):
            return (*paired().closed, *paired().open(_last_marks(way.holdings, market)))

    def trade_table() -> TradeTable:
        return left.trade_table(_last_marks(way.holdings, market)) or TradeTable.of(trades())

    closed = left.closed_trades()
    return Replay(
        **_curves(market, left.cash_path(float(config.cash)), left.position_paths()),
        start=orders.start,
        tags=orders.tags,
        cash=left.cash,
        positions=_held(left.positions, market),
        costs=_NO_COSTS
        | {
            "commission": sum(way.costs) * MONEY_STEP,
            "slippage": Decimal(f"{left.slippage(quantities, prices):.12g}"),
        },
        ambiguous_bars=way.ambiguous_bars,
        activity=Activity(
            len(way.steps),
            len(way.fills_of),
            len(way.holdings.held) if closed is not None else len(trades()) - len(paired().closed),
            float((quantities * prices).sum()),
            closed if closed is not None else ClosedTrades.of(paired().closed),
        ),
        details=Details(
            fills,
            trades,
            lambda: left.orders(fills()),
            trade_table,
            lambda: left.order_table(orders.tags),
            partial(_gross, market),
        ),
    )


def _check_fit(market: Market, orders: OrderLog) -> None:
    records = orders.records
    if orders.start > len(market):
        raise OrderLogError("the order log starts after the last bar")
    if len(records) and int(records["step"][-1]) >= len(market):
        raise OrderLogError("the order log asks for something after the last bar")
    if (records["symbol"] >= len(market.feeds)).any():
        raise OrderLogError("the order log names a symbol that the run does not have")


def _curves(market: Market, cash_path: Floats, units: Mapping[int, Floats]) -> dict[str, Any]:
    """Return the parts of a replay that have a value for every step."""
    equity, paths = cash_path, {}
    for place, held in units.items():
        feed = market.feeds[place]
        value = _value(feed, held)
        equity = np.add(equity, value, out=value)
        paths[feed.symbol] = held
    return {
        "symbols": tuple(feed.symbol for feed in market.feeds),
        "ts": market.ts,
        "equity": equity,
        "cash_path": cash_path,
        "position_paths": paths,
    }


def _gross(market: Market, paths: Mapping[str, Floats]) -> Floats:
    gross = np.zeros(len(market))
    for symbol, held in paths.items():
        value = _value(market.feeds[market.index[symbol]], held)
        gross += np.abs(value, out=value)
    return gross


def _value(feed: Feed, held: Floats) -> Floats:
    return held * (feed.close if feed.rows is None else _known_closes(feed.close, feed.rows))


def _known_closes(closes: Floats, rows: Ints) -> Floats:
    return np.where(rows >= 0, closes[np.maximum(rows, 0)], 0.0)


def _last_marks(holdings: Holdings, market: Market) -> list[float]:
    last = len(market) - 1
    if last < 0:  # nothing can be held
        return []
    return [holdings.mark(place, last, False) for place in range(len(market.feeds))]


def _held(positions: Sequence[Decimal], market: Market) -> dict[str, Decimal]:
    return {
        feed.symbol: units for feed, units in zip(market.feeds, positions, strict=True) if units
    }


def reconcile(replay: Replay, claim: Claim) -> None:
    """Compare what a run claims with its replay. Raises ReconciliationError on a difference.

    Runs in decimals must agree to the last digit. Where the run computed in floats it says so by
    a tolerance, which is bounded here: a fraction of the largest equity, at most 1e-6.
    """
    if claim.fill_count != replay.activity.fill_count:
        raise ReconciliationError(
            f"the run counts {claim.fill_count} fills, its replay {replay.activity.fill_count}"
        )
    tolerance = min(max(claim.tolerance, 0.0), 1e-6)
    scale = float(np.abs(replay.equity).max(initial=0.0)) if tolerance else 0.0
    if not abs(claim.cash - replay.cash) <= Decimal(tolerance * scale):
        raise ReconciliationError(
            f"the run ends with {claim.cash} in cash, its replay with {replay.cash}"
        )
    for symbol in {*claim.positions, *replay.positions}:
        claimed = claim.positions.get(symbol, Decimal(0))
        held = replay.positions.get(symbol, Decimal(0))
        slack = Decimal(tolerance) * max(abs(held), Decimal(1)) if tolerance else Decimal(0)
        if not abs(claimed - held) <= slack:
            raise ReconciliationError(
                f"the run ends with {claimed} of {symbol}, its replay with {held}"
            )
