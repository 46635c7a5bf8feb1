"""What happens to an account by itself: financing, margin calls, corporate actions.

Each process says at which step it is due next and is then applied before that step's open, in the
order in which they stand here. Corporate actions come last: the others look at the close before,
whose price is one of units as they were then.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

import numpy as np

from naru.engine.calendar import DAY_NS, Session
from naru.engine.columns import Column
from naru.engine.config import RunConfig
from naru.engine.instruments import CorporateAction
from naru.engine.ledger import MONEY_STEP
from naru.engine.market import Floats, Ints
from naru.engine.orders import Fill

if TYPE_CHECKING:
    from naru.engine.book import Book

_BPS = Decimal(10_000)
_YEAR = Decimal(365)
_HOUR_NS = 3_600_000_000_000
_NEVER = 1 << 62
_UTC = Session()
_FIRST_CHUNK, _LARGEST_CHUNK = 64, 16_384


class Process(Protocol):
    """Something that happens to an account in time."""

    def due(self, book: Book, stop: int) -> int:
        """Return the first step from the book's ``now`` on at which it happens; or >= stop."""

    def apply(self, book: Book, step: int) -> None:
        """Let it happen, before the step's open."""


def financing_of(config: RunConfig) -> list[Process]:
    """Return the costs of holding and owing that a run's configuration asks for."""
    processes: list[Process] = []
    if config.borrow_bps or config.debit_bps:
        processes.append(Interest(config))
    if config.funding_bps:
        processes.append(Funding(config))
    return processes


class Spans:
    """The steps at which a new day, or another span of local time, begins."""

    def __init__(self, length: int) -> None:
        self.length = length
        self._numbers: Column[np.int64] = Column(np.zeros(0, dtype=np.int64))
        self._starts: Column[np.int64] = Column(np.zeros(0, dtype=np.int64))

    def look(self, ts: Ints, session: Session) -> None:
        """Learn the timeline; it may have grown since."""
        known = len(self._numbers)
        if known == len(ts):
            return
        numbers = session.local(ts[known:]) // self.length
        before = self._numbers.values()[-1:] if known else numbers[:1]
        starts = np.flatnonzero(np.diff(numbers, prepend=before)) + known
        if known:
            self._numbers.extend(numbers)
            self._starts.extend(starts)
        else:
            self._numbers, self._starts = Column(numbers), Column(starts)

    def number(self, step: int) -> int:
        """Return the number of the span that a step lies in."""
        return int(self._numbers.values()[step])

    def next(self, step: int) -> int:
        """Return the first start at or after a step."""
        starts = self._starts.values()
        place = int(np.searchsorted(starts, step))
        return int(starts[place]) if place < len(starts) else _NEVER

    def passed(self, step: int) -> int:
        """Return how many spans ended between the step before and this one."""
        numbers = self._numbers.values()
        return int(numbers[step] - numbers[step - 1]) if step else 0


class Interest:
    """Borrow cost of short positions and interest on negative cash, by calendar days.

    ``value * bps / 10,000 * days / 365`` is taken at the first bar of each day, on the values at
    the close before it, for as many days as have passed.
    """

    def __init__(self, config: RunConfig) -> None:
        self.session = config.session
        self.borrow, self.debit = config.borrow_bps, config.debit_bps
        self.days = Spans(DAY_NS)

    def due(self, book: Book, stop: int) -> int:
        """Return the next day's first step while anything is owed."""
        if not book.ledger.shorts and book.ledger.cash_float >= 0:
            return stop
        self.days.look(book.market.ts, self.session)
        return self.days.next(book.now)

    def apply(self, book: Book, step: int) -> None:
        """Take what has accrued."""
        ledger = book.ledger
        days = self.days.passed(step)
        owed, lent = max(-ledger.cash, Decimal(0)) * self.debit, Decimal(0)
        for symbol in ledger.held:
            if ledger.units[symbol] < 0:
                mark = Decimal(f"{ledger.mark(symbol, step - 1, False):.12g}")
                lent -= ledger.positions[symbol] * mark * self.borrow
        interest, borrow = (
            (each * days / (_BPS * _YEAR)).quantize(MONEY_STEP) for each in (owed, lent)
        )
        if interest or borrow:
            ledger.interest += interest
            ledger.borrow += borrow
            ledger.pay(step, -interest - borrow)


class Funding:
    """Funding of perpetual contracts: longs pay shorts a fraction of the value at set hours (UTC).

    Charged at the first bar at or after each hour, on the close before it.
    """

    def __init__(self, config: RunConfig) -> None:
        self.bps = config.funding_bps
        self.spans = Spans(config.funding_hours * _HOUR_NS)

    def due(self, book: Book, stop: int) -> int:
        """Return the next funding step while there is a position."""
        if not book.ledger.held:
            return stop
        self.spans.look(book.market.ts, _UTC)
        return self.spans.next(book.now)

    def apply(self, book: Book, step: int) -> None:
        """Exchange the payment."""
        ledger = book.ledger
        value = Decimal(0)
        for symbol in ledger.held:
            mark = Decimal(f"{ledger.mark(symbol, step - 1, False):.12g}")
            value += ledger.positions[symbol] * mark
        cost = (value * self.bps * self.spans.passed(step) / _BPS).quantize(MONEY_STEP)
        if cost:
            ledger.funding += cost
            ledger.pay(step, -cost)


class MarginCall:
    """Close everything at the next open once a close leaves too little equity.

    Too little is ``equity <= maintenance * gross exposure``; with maintenance 0, none at all.
    Only borrowed units or money can bring an account there; the book asks only while there are any.
    """

    def __init__(self, maintenance: float) -> None:
        self.maintenance = maintenance

    def due(self, book: Book, stop: int) -> int:
        """Return the step after the first close that leaves too little."""
        if book.forced and any(order.id < 0 for order in book.queue):
            return stop  # called already; the closing orders are on their way
        start, chunk = max(book.now - 1, 0), _FIRST_CHUNK
        while start < stop - 1:
            end = min(start + chunk, stop - 1)
            equity, gross = self._values(book, start, end)
            short = equity <= self.maintenance * gross
            first = int(short.argmax())
            if short[first]:
                return start + first + 1
            start, chunk = end, min(chunk * 4, _LARGEST_CHUNK)
        return stop

    @staticmethod
    def _values(book: Book, start: int, end: int) -> tuple[Floats, Floats]:
        ledger = book.ledger
        equity = np.full(end - start, ledger.cash_float)
        gross = np.zeros(end - start)
        for symbol in ledger.held:
            feed = book.market.feeds[symbol]
            rows = slice(start, end) if feed.rows is None else feed.rows[start:end]
            value = ledger.units[symbol] * feed.close[rows]
            equity += value
            gross += np.abs(value)
        return equity, gross

    def apply(self, book: Book, step: int) -> None:
        """Cancel all orders and close all positions at the open."""
        book.force_close(step)


class CorporateActions:
    """Splits and dividends, each before the first bar of its symbol at or after its instant."""

    def __init__(self, actions: tuple[CorporateAction, ...]) -> None:
        self._waiting = list(actions)  # no bar is known yet at or after their instants
        self._planned: list[tuple[int, CorporateAction]] = []
        self._length = 0

    def _plan(self, book: Book) -> None:
        """Give a step to the actions that have one by now, each by its own instrument's bars."""
        self._length = len(book.market)
        waiting, self._waiting = self._waiting, []
        for action in waiting:
            place = book.market.index.get(action.symbol)
            if place is None:
                continue
            feed = book.market.feeds[place]
            row = int(np.searchsorted(feed.ts, action.ts))
            if row == len(feed.ts):
                self._waiting.append(action)
            elif feed.step_of(row) >= book.now:  # or it was of a time before the run
                self._planned.append((feed.step_of(row), action))
        self._planned.sort(key=lambda planned: planned[0])

    def due(self, book: Book, stop: int) -> int:
        """Return the step of the next action."""
        if self._length != len(book.market):
            self._plan(book)
        return self._planned[0][0] if self._planned else stop

    def apply(self, book: Book, step: int) -> None:
        """Change units and prices, pay dividends."""
        while self._planned and self._planned[0][0] == step:
            _, action = self._planned.pop(0)
            symbol = book.market.index[action.symbol]
            ledger = book.ledger
            paid = (ledger.positions[symbol] * action.dividend).quantize(MONEY_STEP)
            if paid:
                ledger.dividends += paid
                ledger.pay(step, paid)
            if action.split != 1:
                book.split(symbol, action.split, step)
                _pay_fraction(book, symbol, step)


def _pay_fraction(book: Book, symbol: int, step: int) -> None:
    """Sell what a split has made of a unit that is no whole one, at the open and at no cost.

    As transfer agents do: they sell all holders' fractions together and hand out the cash.
    """
    held = book.ledger.positions[symbol]
    rest = held % book.desk.instruments[symbol].grain  # with the sign of what is held
    if not rest:
        return
    feed = book.market.feeds[symbol]
    raw = feed.open.item(feed.first_row(step))
    book.sell_fraction(
        Fill(step, book.market.ts.item(step), symbol, -1 if rest > 0 else 1, abs(rest),
             Decimal(f"{raw:.12g}"), Decimal(0), -1 - len(book.forced), raw, False)
    )  # fmt: skip
