"""What has happened to the account, as a strategy is told it: in floats, with names for numbers."""

from __future__ import annotations

from collections.abc import Mapping

from naru.account import Fill, Trade
from naru.engine.book import Book
from naru.engine.market import Market
from naru.engine.trades import Pairing, entries_closed_by
from naru.engine.trades import Trade as PairedTrade


class Past:
    """Fills and round trips of one run.

    tags   the texts that the orders' ``tag`` counts into, shared with whoever adds to them
    """

    def __init__(self, market: Market, book: Book, tags: list[str]) -> None:
        self._market = market
        self._book = book
        self._tags = tags
        self._pairs_by_entry = Pairing(entries_closed_by(book.orders))
        by_entry = book.config.pairing == "entry"
        self._pairing = self._pairs_by_entry if by_entry else Pairing()
        self._trades: tuple[Trade, ...] = ()
        self._open: dict[int, list[PairedTrade]] = {}
        self._open_at = (-1, 0, 0)

    def average_price(self, place: int) -> float:
        """Return the mean entry price of a position."""
        return float(self._caught_up(self._pairing).average_price(place))

    def trades(self) -> tuple[Trade, ...]:
        """Return closed round trips, oldest first; those told before are not made anew."""
        closed = self._caught_up(self._pairing).closed
        if len(closed) > len(self._trades):
            self._trades += tuple(map(self._told_trade, closed[len(self._trades) :]))
        return self._trades

    def fills_since(self, count: int) -> list[Fill]:
        """Return the fills after the first ``count``."""
        return [
            Fill(
                fill.ts,
                self._market.feeds[fill.symbol].symbol,
                "buy" if fill.side > 0 else "sell",
                float(fill.quantity),
                float(fill.price),
                float(fill.commission),
                fill.order_id,
                self.tag_of(fill.order_id),
            )
            for fill in self._book.ledger.fills[count:]
        ]

    def tag_of(self, order_id: int) -> str:
        """Return an order's tag; the engine's own orders are tagged with their reason."""
        if order_id < 0:
            return self._book.forced[-1 - order_id].reason or ""
        return self._tags[self._book.orders[order_id].tag]

    def open_by_entry(self, step: int) -> Mapping[int, list[PairedTrade]]:
        """Return what is held by the order that opened it, oldest first, marked at a step's close.

        An order that is made to close another's units closes those; others close the oldest.
        """
        ledger = self._book.ledger
        if not ledger.fills:
            return {}
        now = (step, len(ledger.fills), len(ledger.splits))
        if now != self._open_at:
            marks = [ledger.mark(place, step, False) for place in range(len(self._market.feeds))]
            self._open, self._open_at = {}, now
            for part in self._caught_up(self._pairs_by_entry).open(marks):
                self._open.setdefault(part.order_id, []).append(part)
        return self._open

    def closed_by_entry(self) -> list[PairedTrade]:
        """Return closed round trips, paired as those of ``open_by_entry``, oldest first."""
        return self._caught_up(self._pairs_by_entry).closed

    def _caught_up(self, pairing: Pairing) -> Pairing:
        pairing.catch_up(self._book.ledger.fills, self._book.ledger.splits)
        return pairing

    def _told_trade(self, trade: PairedTrade) -> Trade:
        return Trade(
            self._market.feeds[trade.symbol].symbol,
            "long" if trade.side > 0 else "short",
            float(trade.size),
            trade.entry_ts,
            float(trade.entry_price),
            trade.exit_ts,
            float(trade.exit_price),
            float(trade.pnl),
            float(trade.commission),
            self.tag_of(trade.order_id),
        )
