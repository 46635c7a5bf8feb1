"""Record the trades of independent engines, for ``test_peers``.

Run in an environment of its own, which this project does not need otherwise:

    pip install backtesting==0.6.6 backtrader==1.9.78.123 nautilus_trader==1.221.0 pyarrow
    python tests/naru/engine/peers/record.py ../shared/data/market

Conventions are aligned: market orders fill at the next open, whole units, 0.1 % commission, no
slippage. NautilusTrader, given bars, fills market orders at the close that decided. Indicators are
computed here, with nothing of this project.
"""

import json
import sys
from decimal import Decimal
from pathlib import Path

import backtrader
import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy
from backtesting.lib import crossover
from nautilus_trader.backtest.engine import BacktestEngine, BacktestEngineConfig
from nautilus_trader.config import LoggingConfig, StrategyConfig
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import Bar, BarType
from nautilus_trader.model.enums import AccountType, OmsType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId, Symbol, Venue
from nautilus_trader.model.instruments import Equity
from nautilus_trader.model.objects import Money, Price, Quantity
from nautilus_trader.trading.strategy import Strategy as NautilusStrategy

FILES = {"sma": ["AAPL_1d", "EURUSD_1h"], "rsi": ["AAPL_1d", "SPY_1d"]}
CASH, COMMISSION, LIMIT = 1_000_000, 0.001, 6_000


def sma(values, period):
    """A moving average whose ties are ties: running sums leave their last bits to chance."""
    return pd.Series(values).rolling(period).mean().round(9).to_numpy()


def rsi(values, period=14):
    """Wilder's RSI, seeded by the mean of the first changes."""
    change = np.diff(np.asarray(values, dtype=float))
    gain, loss = np.maximum(change, 0), np.maximum(-change, 0)
    result = np.full(len(change) + 1, np.nan)
    up, down = gain[:period].mean(), loss[:period].mean()
    for place in range(period, len(result)):
        if place > period:
            up = (up * (period - 1) + gain[place - 1]) / period
            down = (down * (period - 1) + loss[place - 1]) / period
        result[place] = 100 * up / (up + down) if up + down else 0.0
    return result


class SmaCross(Strategy):
    def init(self):
        self.fast = self.I(sma, self.data.Close, 20)
        self.slow = self.I(sma, self.data.Close, 50)

    def next(self):
        if crossover(self.fast, self.slow):
            self.buy(size=int(0.9 * self.equity / self.data.Close[-1]))
        elif crossover(self.slow, self.fast):
            self.position.close()


class RsiBrackets(Strategy):
    def init(self):
        self.rsi = self.I(rsi, self.data.Close)

    def next(self):
        if not self.position and self.rsi[-1] < 35:
            price = self.data.Close[-1]
            size = int(0.9 * self.equity / price)
            self.buy(size=size, sl=price * 0.93, tp=price * 1.09)


def by_backtesting(frame, name):
    """Return Backtesting.py's closed trades."""
    strategy = {"sma": SmaCross, "rsi": RsiBrackets}[name]
    test = Backtest(frame, strategy, cash=CASH, commission=COMMISSION, finalize_trades=False)
    trades = test.run()["_trades"]
    return [
        [int(t.EntryBar), float(t.EntryPrice), int(t.ExitBar), float(t.ExitPrice), int(t.Size)]
        for t in trades.itertuples()
    ]


class TraderBase(backtrader.Strategy):
    def __init__(self):
        closes = self.data.close.array
        self.trades, self.entry = [], None
        self.lines_of = self.prepare(np.array(closes, dtype=float))

    def notify_order(self, order):
        if order.status != order.Completed:
            return
        bar = len(self.data) - 1
        if order.isbuy():
            self.entry = [bar, order.executed.price, int(order.executed.size)]
        else:
            self.trades.append([*self.entry[:2], bar, order.executed.price, self.entry[2]])

    def size(self):
        return int(0.9 * self.broker.getvalue() / self.data.close[0])


class TraderSma(TraderBase):
    def prepare(self, closes):
        return sma(closes, 20), sma(closes, 50)

    def next(self):
        now = len(self.data) - 1
        fast, slow = self.lines_of
        if now < 50:
            return
        if fast[now - 1] < slow[now - 1] and fast[now] > slow[now]:
            self.buy(size=self.size())
        elif fast[now - 1] > slow[now - 1] and fast[now] < slow[now] and self.position:
            self.close()


class TraderRsi(TraderBase):
    def prepare(self, closes):
        return rsi(closes)

    def next(self):
        now = len(self.data) - 1
        if now >= 15 and not self.position and self.lines_of[now] < 35:
            price = self.data.close[0]
            self.buy_bracket(
                size=self.size(), exectype=backtrader.Order.Market,
                stopprice=price * 0.93, limitprice=price * 1.09,
            )  # fmt: skip


def by_backtrader(frame, name):
    """Return backtrader's closed trades."""
    cerebro = backtrader.Cerebro(stdstats=False)
    cerebro.adddata(backtrader.feeds.PandasData(dataname=frame))
    cerebro.addstrategy({"sma": TraderSma, "rsi": TraderRsi}[name])
    cerebro.broker.setcash(CASH)
    cerebro.broker.setcommission(commission=COMMISSION)
    (strategy,) = cerebro.run()
    return strategy.trades


class NautilusBase(NautilusStrategy):
    def __init__(self, instrument, bar_type, closes, ts):
        super().__init__(StrategyConfig())
        self.instrument, self.bar_type, self.ts = instrument, bar_type, ts
        self.row, self.held, self.entry, self.trades = -1, 0, None, []
        self.lines_of = self.prepare(closes)

    def on_start(self):
        self.subscribe_bars(self.bar_type)

    def on_bar(self, bar):
        self.row += 1
        self.decide(self.row, float(bar.close))

    def on_order_filled(self, event):
        bar = int(np.searchsorted(self.ts, event.ts_event))
        if event.order_side == OrderSide.BUY:
            self.held = int(event.last_qty)
            self.entry = [bar, float(event.last_px)]
        else:
            self.trades.append([*self.entry, bar, float(event.last_px), self.held])
            self.held = 0

    def send(self, side, size):
        quantity = self.instrument.make_qty(size)
        self.submit_order(self.order_factory.market(self.instrument.id, side, quantity))


class NautilusSma(NautilusBase):
    def prepare(self, closes):
        return sma(closes, 20), sma(closes, 50)

    def decide(self, now, price):
        fast, slow = self.lines_of
        if now < 50:
            return
        if fast[now - 1] < slow[now - 1] and fast[now] > slow[now]:
            cash = float(self.portfolio.account(self.instrument.venue).balance_total(USD))
            self.send(OrderSide.BUY, int(0.9 * cash / price))
        elif fast[now - 1] > slow[now - 1] and fast[now] < slow[now] and self.held:
            self.send(OrderSide.SELL, self.held)


class NautilusRsi(NautilusBase):
    def prepare(self, closes):
        return rsi(closes)

    def decide(self, now, price):
        if now >= 15 and not self.held and self.lines_of[now] < 35:
            orders = self.order_factory.bracket(
                self.instrument.id, OrderSide.BUY, self.instrument.make_qty(1_000),
                sl_trigger_price=self.instrument.make_price(price * 0.93),
                tp_price=self.instrument.make_price(price * 1.09),
            )  # fmt: skip
            self.submit_order_list(orders)


def by_nautilus(frame, name):
    """Return NautilusTrader's closed trades."""
    digits = 5 if frame["Close"].iloc[0] < 5 else 2
    ts = frame.index.astype("datetime64[ns]").astype("int64").to_numpy()
    venue, rate = Venue("SIM"), Decimal(str(COMMISSION))
    instrument = Equity(
        InstrumentId(Symbol("X"), venue), Symbol("X"), USD, digits, Price(10.0**-digits, digits),
        Quantity.from_int(1), 0, 0, maker_fee=rate, taker_fee=rate,
    )  # fmt: skip
    engine = BacktestEngine(BacktestEngineConfig(logging=LoggingConfig(bypass_logging=True)))
    engine.add_venue(
        venue, OmsType.NETTING, AccountType.CASH, [Money(CASH, USD)], base_currency=USD
    )
    engine.add_instrument(instrument)
    bar_type = BarType.from_str("X.SIM-1-DAY-LAST-EXTERNAL")
    endless = Quantity.from_int(10**9)  # a bar's volume is what its fills can take
    rows = zip(ts, frame[["Open", "High", "Low", "Close"]].to_numpy(), strict=True)
    engine.add_data(
        [
            Bar(bar_type, *(Price(price, digits) for price in prices), endless, int(at), int(at))
            for at, prices in rows
        ]
    )
    kind = {"sma": NautilusSma, "rsi": NautilusRsi}[name]
    strategy = kind(instrument, bar_type, frame["Close"].to_numpy(dtype=float), ts)
    engine.add_strategy(strategy)
    engine.run()
    engine.dispose()
    return strategy.trades


def main():
    folder = Path(sys.argv[1])
    recorded = {}
    for name, files in FILES.items():
        for file in files:
            frame = pd.read_parquet(folder / f"{file}.parquet").head(LIMIT).set_index("ts")
            frame.index = frame.index.tz_localize(None)
            frame.columns = [column.capitalize() for column in frame.columns]
            for peer in (by_backtesting, by_backtrader, by_nautilus):
                key = f"{peer.__name__[3:]} {name} {file}"
                recorded[key] = peer(frame, name)
                print(key, len(recorded[key]))
    target = Path(__file__).with_name("trades.json")
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in recorded.items())
    target.write_text("{\n" + lines + "\n}\n")


if __name__ == "__main__":
    main()
