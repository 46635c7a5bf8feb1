"""What the scripts for NautilusTrader share: a venue, instruments, and an account kept by hand.

Given bars, it fills market orders at the close that decided. Its own balance is in cents, so what
sizes follow from is kept here.
"""

from decimal import Decimal

from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig, StrategyConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import AccountType, AssetClass, OmsType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import Cfd
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.trading.strategy import Strategy

VENUE = Venue("SIM")
DIGITS, LOT_DIGITS = 2, 8


class Trader(Strategy):
    """A strategy that knows its cash and units.

    rate  commission, a fraction of the notional
    """

    def __init__(self, instruments, bar_types, cash, rate):
        super().__init__(StrategyConfig())
        self.instruments, self.bar_types = instruments, bar_types
        self.money, self.rate, self.fill_count = cash, rate, 0
        self.units = dict.fromkeys((each.id for each in instruments), 0.0)

    def on_start(self):
        for bar_type in self.bar_types:
            self.subscribe_bars(bar_type)

    def on_order_filled(self, event):
        side = 1 if event.order_side == OrderSide.BUY else -1
        size, price = float(event.last_qty), float(event.last_px)
        self.units[event.instrument_id] += side * size
        self.money -= side * size * price + size * price * self.rate
        self.fill_count += 1

    def send(self, instrument, change):
        """Buy or sell so many units at the market."""
        side = OrderSide.BUY if change > 0 else OrderSide.SELL
        quantity = Quantity(abs(change), LOT_DIGITS)
        self.submit_order(self.order_factory.market(instrument.id, side, quantity))


def market(columns, ts, rate):
    """Return instruments, bar types and bars, those of one instant together.

    columns  of each instrument: opens, highs, lows, closes
    """
    instruments, bar_types, bars = [], [], []
    endless = Quantity(10**9, LOT_DIGITS)  # a bar's volume is what its fills can take
    for place, prices in enumerate(columns):
        symbol = f"S{place:02}"
        fee = Decimal(str(rate))
        instruments.append(
            Cfd(
                InstrumentId(Symbol(symbol), VENUE), Symbol(symbol), AssetClass.EQUITY, USD,
                DIGITS, LOT_DIGITS, Price(0.01, DIGITS), Quantity(1e-8, LOT_DIGITS), 0, 0,
                maker_fee=fee, taker_fee=fee, margin_init=Decimal(0), margin_maint=Decimal(0),
            )
        )  # fmt: skip
        bar_types.append(BarType.from_str(f"{symbol}.SIM-1-SECOND-LAST-EXTERNAL"))
        rows = zip(ts.tolist(), *(column.tolist() for column in prices), strict=True)
        bars.append(
            [
                Bar(bar_types[-1], *(Price(value, DIGITS) for value in row), endless, at, at)
                for at, *row in rows
            ]
        )
    return instruments, bar_types, [bar for row in zip(*bars, strict=True) for bar in row]


def run(trader, bars, cash):
    """Run one strategy over the bars and return it."""
    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
    engine.add_venue(
        VENUE, OmsType.NETTING, AccountType.MARGIN, [Money(cash, USD)], base_currency=USD
    )
    for instrument in trader.instruments:
        engine.add_instrument(instrument)
    engine.add_data(bars)
    engine.add_strategy(trader)
    engine.run()
    engine.dispose()
    return trader
