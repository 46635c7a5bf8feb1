"""The desk: settles an order's size and price, checks that it can be paid, and fills it.

Wishes (fractions of equity, values) are computed in floats from the decimal account, which gives
the same floats wherever the same account is kept. What is filled and paid is decimal.
"""

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from naru.engine import orders as reasons
from naru.engine.config import RunConfig
from naru.engine.costs import flat_slippage, plain_rate
from naru.engine.instruments import SMALLEST_LOT, Instrument
from naru.engine.ledger import MONEY_STEP, Ledger
from naru.engine.market import Market
from naru.engine.orderlog import Flag, Mode, Tif
from naru.engine.orders import Fill, Order

_ZERO, _ONE = Decimal(0), Decimal(1)
_new_tuple = tuple.__new__
LOTS_PER_UNIT = 1e8
# Relative slack of float arithmetic where a wish exactly fits: a lot more or less is at stake.
SLACK = 1e-12
MARGIN_SLACK = 1 + 1e-9
_COMPUTED = (Mode.VALUE, Mode.PERCENT, Mode.TARGET_PERCENT, Mode.FREE)


class RefusedError(Exception):
    """An order cannot be filled; ``reason`` is its code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Desk:
    """Fills orders of one run into its ledger.

    market, ledger, config   of the run
    """

    def __init__(self, market: Market, ledger: Ledger, config: RunConfig) -> None:
        self.market = market
        self.ledger = ledger
        self.instruments = [config.instrument(feed.symbol) for feed in market.feeds]
        self.leverage = float(config.leverage)
        self.plain_cash = config.leverage == 1
        self.allow_short = config.allow_short
        self.volume_share = None if config.volume_share is None else float(config.volume_share)
        self.commissions = config.commissions()
        self.taxes = config.taxes
        self.session = config.session
        self.slippages = config.slippages()
        self.flat_slippage = flat_slippage(self.slippages)
        self.plain_rate = None if self.taxes else plain_rate(self.commissions)
        self.has_ticks = any(rules.tick or rules.tick_ladder for rules in self.instruments)
        self.taker = [part.taker_rates() for part in self.commissions]
        # Not sum(): from Python 3.12 on it rounds floats otherwise.
        self.rate = math.fsum(part[0] for part in self.taker)
        self.per_unit = math.fsum(part[1] for part in self.taker)
        self.has_least = any(part[2] for part in self.taker)
        self.has_minimums = any(
            rules.min_quantity or rules.min_notional for rules in self.instruments
        )
        self._taken: dict[int, tuple[int, float]] = {}

    def fill(
        self, order: Order, step: int, row: int, raw: float, maker: bool, at_open: bool
    ) -> bool:
        """Fill the order at ``raw`` as far as the bar's volume goes; tell whether it goes at all.

        Raises RefusedError when it cannot be filled at all.
        """
        symbol = order.symbol
        ledger = self.ledger
        instrument = self.instruments[symbol]
        if order.quantity is None:
            self._settle(order, step, row, raw, instrument, at_open)
        assert order.quantity is not None  # noqa: S101 - settled above
        side, quantity = order.side, order.quantity
        if order.filled:
            quantity -= order.filled
        position = ledger.positions[symbol]
        if order.flags & Flag.REDUCE_ONLY:
            if position == 0 or (position > 0) == (side > 0):
                raise RefusedError(reasons.NOTHING_TO_REDUCE)
            if quantity > abs(position):
                quantity = abs(position)
                order.quantity = order.filled + quantity
        if self.volume_share is not None:
            available = self._available(symbol, step, row, instrument)
            if available <= 0 or (order.tif == Tif.FOK and quantity > available):
                return False
            quantity = min(quantity, available)
        fill, notional = self._priced(order, step, row, raw, quantity, maker)
        after = position + quantity if side > 0 else position - quantity
        if after and (after > position if after > 0 else after < position):
            fill, notional = self._affordable(order, fill, notional, row, after, at_open)
        ledger.book(fill, notional)
        if self.taxes:
            ledger.tax += self._tax(notional, side, fill.ts).quantize(MONEY_STEP)
        if self.volume_share is not None:
            self._take(symbol, step, float(fill.quantity))
        if order.filled:
            order.filled += fill.quantity
            order.value += notional
        else:
            order.filled, order.value = fill.quantity, notional
        return True

    def _settle(self, order: Order, step: int, row: int, raw: float, instrument: Instrument,
                at_open: bool) -> None:  # fmt: skip
        """Turn what ``size`` means into units, and a target into a side."""
        mode = order.mode
        if mode == Mode.UNITS:
            quantity = self._whole_lots(Decimal(repr(order.size)), instrument)
        elif mode in (Mode.CLOSE, Mode.TARGET_UNITS):
            held = self.ledger.units[order.symbol]
            quantity = self._settle_position(order, held, instrument)
        else:
            units = self._units_wished(order, step, row, raw, at_open)
            quantity = self._within_position(order, _lots_below(units, instrument))
        if quantity <= 0:
            raise RefusedError(
                reasons.NOTHING_TO_DO if mode in (Mode.TARGET_UNITS, Mode.TARGET_PERCENT)
                else reasons.INSUFFICIENT_CASH if mode == Mode.FREE else reasons.TOO_SMALL
            )  # fmt: skip
        if self.has_minimums and not order.reduce_only and mode != Mode.CLOSE:
            if quantity < instrument.min_quantity:
                raise RefusedError(reasons.TOO_SMALL)
            if instrument.min_notional and float(quantity) * raw < instrument.min_notional:
                raise RefusedError(reasons.TOO_SMALL)
        order.quantity = quantity

    def _units_wished(self, order: Order, step: int, row: int, raw: float, at_open: bool) -> float:
        """Return the units that money, a share of equity or a risk come to."""
        mode, size, symbol = order.mode, order.size, order.symbol
        equity = self.ledger.cash_float
        if self.ledger.held:
            equity += self.ledger.marked(step, at_open, symbol, raw)
        if equity <= 0 and mode != Mode.VALUE:  # a part of nothing
            raise RefusedError(reasons.BANKRUPT)
        if mode == Mode.RISK:
            return size * equity / abs(raw - order.sl) if raw != order.sl else math.inf
        if mode == Mode.TARGET_PERCENT:
            held = self.ledger.units[symbol]
            units = self._target_units(order, equity, held, raw, row) - held
            order.side = 1 if units > 0 else -1
            return abs(units)
        budget = size if mode == Mode.VALUE else size * equity
        if mode == Mode.FREE:
            budget = size * self._free(symbol, equity, step, raw, at_open)
        tax = self._tax_rate(order.side, symbol, row)
        slips = order.limit != order.limit
        return self._units_for(symbol, row, raw, order.side, budget, tax, slips)

    def way(self, order: Order, step: int, row: int, raw: float, at_open: bool) -> int:
        """Return 1 if a target or a closing order asks to buy, -1 to sell, 0 for nothing."""
        held, wanted = self.ledger.units[order.symbol], 0.0
        if order.mode == Mode.TARGET_UNITS:
            wanted = order.size
        elif order.mode == Mode.TARGET_PERCENT:
            equity = self.ledger.cash_float
            equity += self.ledger.marked(step, at_open, order.symbol, raw)
            wanted = self._target_units(order, equity, held, raw, row)
        return (wanted > held) - (wanted < held)

    def _free(self, symbol: int, equity: float, step: int, raw: float, at_open: bool) -> float:
        """Return the exposure that the account may still take on, quote currency."""
        gross = self.ledger.gross(step, at_open, symbol) + abs(self.ledger.units[symbol]) * raw
        return max(self.leverage * equity - gross, 0.0)

    def resized(self, order: Order, size: float) -> Decimal | None:
        """Return the quantity that an order of another size has; None where there is none such."""
        instrument = self.instruments[order.symbol]
        try:
            quantity = self._whole_lots(Decimal(repr(size)), instrument)
        except RefusedError:
            return None
        if not order.is_sized or quantity <= order.filled or quantity < instrument.min_quantity:
            return None
        return quantity

    def _within_position(self, order: Order, quantity: Decimal) -> Decimal:
        """Keep a target from crossing zero by a rounding, which in large positions is many lots."""
        position = self.ledger.positions[order.symbol]
        opposes = position and (position > 0) != (order.side > 0)
        if order.mode != Mode.TARGET_PERCENT or not opposes:
            return quantity
        if order.size == 0:
            return abs(position)
        return min(quantity, abs(position)) if (order.size > 0) == (position > 0) else quantity

    def _settle_position(self, order: Order, held: float, instrument: Instrument) -> Decimal:
        position = self.ledger.positions[order.symbol]
        if order.mode == Mode.CLOSE:
            if not position:
                raise RefusedError(reasons.NOTHING_TO_REDUCE)
            order.side = -1 if position > 0 else 1
            order.flags |= Flag.REDUCE_ONLY
            if order.size >= 1:
                return abs(position)
            return _lots_below(abs(held) * order.size, instrument)
        change = Decimal(repr(order.size)).quantize(SMALLEST_LOT) - position
        order.side = 1 if change > 0 else -1
        return self._whole_lots(abs(change), instrument)

    def _whole_lots(self, quantity: Decimal, instrument: Instrument) -> Decimal:
        rounded = quantity.quantize(SMALLEST_LOT)
        if instrument.lot != SMALLEST_LOT and rounded % instrument.lot:
            raise RefusedError(reasons.OFF_LOT)
        return rounded

    def _target_units(
        self, order: Order, equity: float, held: float, raw: float, row: int
    ) -> float:
        """Return the position whose cost from nothing is the wanted fraction of equity.

        A position that changes sign pays for its closing first.
        """
        wanted = order.size
        if wanted == 0:
            return 0.0
        opens = 1 if wanted > 0 else -1
        if wanted * held < 0:
            rate = self.rate + self._tax_rate(opens, order.symbol, row)
            paid = self._slipped(order.symbol, row, raw, opens, abs(held))
            equity -= abs(held) * (abs(paid - raw) + raw * rate + self.per_unit)
        side = 1 if wanted * equity > held * raw else -1
        tax = self._tax_rate(opens, order.symbol, row)
        units = self._units_for(order.symbol, row, raw, side, abs(wanted) * max(equity, 0.0), tax)
        return units if wanted > 0 else -units

    def _units_for(
        self, symbol: int, row: int, raw: float, side: int, budget: float, tax: float,
        slips: bool = True,
    ) -> float:  # fmt: skip
        """Return the units that a budget buys, slippage, commission and tax included."""
        price = self._slipped(symbol, row, raw, side, budget / raw) if slips else raw
        units = budget / (price * (1 + self.rate + tax) + self.per_unit)
        return self._with_minimums(units, price, budget, tax) if self.has_least else units

    def _with_minimums(self, units: float, price: float, budget: float, tax: float) -> float:
        """Return fewer units where parts of the commission would fall below their minimum."""
        while True:
            due, per_unit = 0.0, price * (1 + tax)
            for rate, each, minimum in self.taker:
                if units * (price * rate + each) < minimum:
                    due += minimum
                else:
                    per_unit += price * rate + each
            fewer = max(budget - due, 0.0) / per_unit
            if fewer >= units * (1 - 1e-15):  # the same parts as in the turn before
                return units
            units = fewer

    def _tax_rate(self, side: int, symbol: int, row: int) -> float:
        """Return the taxes on a trade at a bar, as a fraction of its notional."""
        if not self.taxes:
            return 0.0
        return float(self._tax(_ONE, side, self.market.feeds[symbol].ts.item(row)))

    def _slipped(self, symbol: int, row: int, raw: float, side: int, units: float) -> float:
        """Return the price that so many units are expected to trade at."""
        price = raw * (1 + side * self._lost(raw, units, symbol, row))
        if self.has_ticks:  # less than one tick is sold for nothing: no price to reckon with
            price = float(self._on_tick(symbol, side, price)) or price
        return price

    def _lost(self, raw: float, units: float, symbol: int, row: int) -> float:
        """Return the fraction of the price that slippage takes."""
        if self.flat_slippage is not None:
            return self.flat_slippage
        volume = self.market.feeds[symbol].volume.item(row)
        lost = math.fsum(part.fraction(raw, units, volume) for part in self.slippages)
        return min(lost, 0.99)

    def _priced(
        self, order: Order, step: int, row: int, raw: float, quantity: Decimal, maker: bool
    ) -> tuple[Fill, Decimal]:
        """Return the fill of a quantity, and its notional."""
        symbol, side = order.symbol, order.side
        # What has a limit gets it or better: nothing slips, wherever it is met.
        has_limit = order.limit == order.limit
        if has_limit or (self.flat_slippage == 0.0 and not self.has_ticks):
            price = Decimal(f"{raw:.12g}")
        else:
            lost = self.flat_slippage
            if lost is None:
                lost = self._lost(raw, float(quantity), symbol, row)
            price = self._on_tick(symbol, side, raw * (1 + side * lost))
        notional = price * quantity
        ts = self.market.ts.item(step)
        cost = (
            notional * self.plain_rate
            if self.plain_rate is not None
            else self._cost(notional, quantity, side, ts, maker)
        )
        if cost:
            cost = cost.quantize(MONEY_STEP)
        # As the class would, without a second Python call.
        fill = _new_tuple(
            Fill, (step, ts, symbol, side, quantity, price, cost, order.id, raw, maker)
        )
        return fill, notional

    def _on_tick(self, symbol: int, side: int, slipped: float) -> Decimal:
        """Return a slipped price as it is paid: on the tick, against the trader."""
        price = Decimal(f"{slipped:.12g}")
        tick = self.instruments[symbol].tick_at(slipped) if self.has_ticks else None
        if tick is None:
            return price
        return (price / tick).to_integral_value(ROUND_CEILING if side > 0 else ROUND_FLOOR) * tick

    def _cost(
        self, notional: Decimal, quantity: Decimal, side: int, ts: int, maker: bool
    ) -> Decimal:
        """Return commissions and taxes of a fill."""
        cost = _ZERO
        for part in self.commissions:
            cost += part.amount(notional, quantity, maker)
        return cost + self._tax(notional, side, ts)

    def _tax(self, notional: Decimal, side: int, ts: int) -> Decimal:
        if not self.taxes:
            return _ZERO
        local = self.session.local_instant(ts)
        return sum((tax.amount(notional, side, local) for tax in self.taxes), _ZERO)

    def _affordable(
        self, order: Order, fill: Fill, notional: Decimal, row: int, after: Decimal, at_open: bool
    ) -> tuple[Fill, Decimal]:
        """Return the fill if the account can carry it. Raises RefusedError.

        Quantities that were computed from a budget which the account has may miss by a rounding,
        or by an impact that grows with the size; they are lowered to fit.
        """
        if after < 0 and not self.allow_short:
            raise RefusedError(reasons.SHORT_NOT_ALLOWED)
        for _ in range(4):
            missing = self._missing(fill, notional, after, at_open)
            if missing <= 0:
                return fill, notional
            if order.mode not in _COMPUTED or missing > 0.02 * float(notional):
                break
            if missing > 1e-9 * float(notional) and not self._fits_in_principle(
                order, fill, at_open
            ):
                break
            lot = self.instruments[fill.symbol].lot
            unit = float(fill.price) * (1 + self.rate) + self.per_unit
            fewer = (Decimal(missing / unit) / lot).to_integral_value(ROUND_CEILING) * lot
            quantity = fill.quantity - max(fewer, lot)
            if quantity <= 0:
                break
            after += fill.side * (quantity - fill.quantity)
            order.quantity = order.filled + quantity
            fill, notional = self._priced(
                order, fill.step, row, fill.reference, quantity, fill.maker
            )
        cash_account = self.plain_cash and after > 0
        raise RefusedError(
            reasons.INSUFFICIENT_CASH if cash_account else reasons.INSUFFICIENT_MARGIN
        )

    def _fits_in_principle(self, order: Order, fill: Fill, at_open: bool) -> bool:
        """Tell whether the budget itself is there, so that only costs are in the way."""
        if order.mode == Mode.FREE:
            return order.size <= 1
        ledger, symbol, raw = self.ledger, fill.symbol, fill.reference
        equity = ledger.cash_float + ledger.marked(fill.step, at_open, symbol, raw)
        budget = order.size if order.mode == Mode.VALUE else abs(order.size) * equity
        held = ledger.units[symbol] * raw
        if order.mode == Mode.TARGET_PERCENT:
            budget -= abs(held)
        elif held * fill.side < 0:  # what it ends makes room for as much again
            budget -= 2 * abs(held)
        if self.plain_cash and not ledger.shorts:
            return budget <= max(ledger.cash_float, 0.0) * MARGIN_SLACK
        return budget <= self._free(symbol, equity, fill.step, raw, at_open) * MARGIN_SLACK

    def _missing(self, fill: Fill, notional: Decimal, after: Decimal, at_open: bool) -> float:
        """Return the quote currency that the account lacks to carry the fill; <= 0 if none."""
        ledger = self.ledger
        if self.plain_cash and not ledger.shorts and after > 0:
            due = notional + fill.commission
            return float(due - ledger.cash) if due > ledger.cash else 0.0
        price = float(fill.price)
        gross = ledger.gross(fill.step, at_open, fill.symbol) + abs(float(after)) * price
        flow = float(notional) if fill.side < 0 else -float(notional)
        equity = ledger.cash_float + flow - float(fill.commission)
        equity += ledger.marked(fill.step, at_open, fill.symbol, 0.0) + float(after) * price
        return gross - self.leverage * equity * MARGIN_SLACK

    def _available(self, symbol: int, step: int, row: int, instrument: Instrument) -> Decimal:
        """Return the units that the bar's volume still has for us."""
        assert self.volume_share is not None  # noqa: S101 - asked only then
        taken_step, taken = self._taken.get(symbol, (-1, 0.0))
        share = self.volume_share * self.market.feeds[symbol].volume.item(row)
        return _lots_below(share - (taken if taken_step == step else 0.0), instrument)

    def _take(self, symbol: int, step: int, units: float) -> None:
        taken_step, taken = self._taken.get(symbol, (-1, 0.0))
        self._taken[symbol] = (step, units + (taken if taken_step == step else 0.0))


def _lots_below(units: float, instrument: Instrument) -> Decimal:
    """Return the multiple of the lot at or below ``units``."""
    if not units < 1e18:
        raise RefusedError(reasons.INSUFFICIENT_MARGIN)
    if instrument.lot == SMALLEST_LOT:
        return Decimal(int(units * LOTS_PER_UNIT * (1 + SLACK))) * SMALLEST_LOT
    lots = math.floor(units / float(instrument.lot) * (1 + SLACK))
    return lots * instrument.lot
