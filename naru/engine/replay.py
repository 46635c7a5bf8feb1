"""The trusted replay: an order log becomes fills, cash, trades and equity, in our own process.

The log may come from anybody. Nothing of the run that wrote it is believed but what it asks for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext

import numpy as np

from naru.bars import Bars
from naru.engine.book import Book
from naru.engine.config import RunConfig
from naru.engine.ledger import MONEY, Ledger
from naru.engine.market import Floats, Ints, Market
from naru.engine.orderlog import OrderLog
from naru.engine.orders import Fill, Order
from naru.engine.run import Claim
from naru.engine.trades import Pairing, Trade
from naru.errors import OrderLogError, ReconciliationError

_FLOAT_SLACK = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """What became of an order log.

    symbols    the instruments; fills, trades and orders hold indices into them
    ts         the timeline: ns since the epoch, UTC, of every step
    start      the first step after warm-up; metrics begin there
    fills      in the order in which they happened
    trades     closed ones in the order of their exits, then open ones marked at the last close
    orders     all of them, brackets and forced ones included, with status and reason
    tags       what the orders' ``tag`` counts into
    equity     cash and positions at each step's close, quote currency
    cash_path  cash after each step
    gross      sum of the positions' absolute values at each step's close
    cash, positions   at the end; positions that are not zero, by symbol
    costs      commission (taxes included), tax, slippage, financing, dividends: sums
    ambiguous_bars   steps in which the order of prices inside the bar decided the outcome
    """

    symbols: tuple[str, ...]
    ts: Ints
    start: int
    fills: tuple[Fill, ...]
    trades: tuple[Trade, ...]
    orders: tuple[Order, ...]
    tags: tuple[str, ...]
    equity: Floats
    cash_path: Floats
    gross: Floats
    cash: Decimal
    positions: Mapping[str, Decimal]
    costs: Mapping[str, Decimal]
    ambiguous_bars: int
    position_paths: Mapping[str, Floats] = field(default_factory=dict)

    def tag_of(self, order_id: int) -> str:
        """Return an order's tag; forced orders are tagged with their reason."""
        return self.tags[self.orders[order_id].tag] if order_id >= 0 else "margin_call"


def replay(bars: Sequence[Bars], orders: OrderLog, config: RunConfig) -> Replay:
    """Turn what was asked for into what happened.

    Raises OrderLogError when the log does not fit the bars.
    """
    market = Market(bars)
    _check_fit(market, orders)
    with localcontext(MONEY):
        book = Book(market, config)
        book.follow(orders)
        book.finish()
        return _outcome(book, market, orders, config)


def _check_fit(market: Market, orders: OrderLog) -> None:
    records = orders.records
    if orders.start > len(market):
        raise OrderLogError("the order log starts after the last bar")
    if len(records) and int(records["step"][-1]) >= len(market):
        raise OrderLogError("the order log asks for something after the last bar")
    if (records["symbol"] >= len(market.feeds)).any():
        raise OrderLogError("the order log names a symbol that the run does not have")


def _outcome(book: Book, market: Market, orders: OrderLog, config: RunConfig) -> Replay:
    ledger = book.ledger
    pairing = Pairing()
    pairing.catch_up(ledger.fills, ledger.splits)
    last = len(market) - 1
    marks = [ledger.mark(place, last, False) for place in range(len(market.feeds))]
    cash_path = ledger.cash_path(float(config.cash))
    equity, gross, paths = cash_path.copy(), np.zeros(len(market)), {}
    for place in ledger.traded_symbols():
        feed = market.feeds[place]
        units = ledger.position_path(place)
        closes = feed.close if feed.rows is None else _known_closes(feed.close, feed.rows)
        value = units * closes
        equity += value
        gross += np.abs(value)
        paths[feed.symbol] = units
    return Replay(
        symbols=tuple(feed.symbol for feed in market.feeds),
        ts=market.ts,
        start=orders.start,
        fills=tuple(ledger.fills),
        trades=(*pairing.closed, *pairing.open(marks)),
        orders=(*book.orders, *book.forced),
        tags=orders.tags,
        equity=equity,
        cash_path=cash_path,
        gross=gross,
        cash=ledger.cash,
        positions=_held(ledger, market),
        costs=_costs(ledger, bool(book.desk.slippages)),
        ambiguous_bars=len(book.rounds.ambiguous),
        position_paths=paths,
    )


def _known_closes(closes: Floats, rows: Ints) -> Floats:
    return np.where(rows >= 0, closes[np.maximum(rows, 0)], 0.0)


def _held(ledger: Ledger, market: Market) -> dict[str, Decimal]:
    return {
        feed.symbol: units
        for feed, units in zip(market.feeds, ledger.positions, strict=True)
        if units
    }


def _costs(ledger: Ledger, slips: bool) -> dict[str, Decimal]:
    slippage = sum(
        abs(float(fill.price) - fill.reference) * float(fill.quantity)
        for fill in (ledger.fills if slips else ())
    )
    return {
        "commission": sum((fill.commission for fill in ledger.fills), Decimal(0)),
        "slippage": Decimal(f"{slippage:.12g}"),
        "financing": ledger.financing,
        "dividends": ledger.dividends,
    }


def reconcile(replay: Replay, claim: Claim) -> None:
    """Compare what a run claims with its replay. Raises ReconciliationError on a difference.

    Runs in decimals must agree to the last digit. Where the run computed in floats it says so by
    a tolerance, which is bounded here: a fraction of the largest equity, at most 1e-6.
    """
    if claim.fill_count != len(replay.fills):
        raise ReconciliationError(
            f"the run counts {claim.fill_count} fills, its replay {len(replay.fills)}"
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
