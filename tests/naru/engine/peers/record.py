"""Record the trades of independent engines, for ``test_peers``.

Run in an environment of its own, which this project does not need otherwise:

    pip install backtesting==0.6.6 backtrader==1.9.78.123 pyarrow
    python tests/naru/engine/peers/record.py ../shared/data/market

Conventions are aligned: market orders fill at the next open, whole units, 0.1 % commission, no
slippage. Indicators are computed here, with nothing of this project.
"""

import json
import sys
from pathlib import Path

import backtrader
import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy
from backtesting.lib import crossover

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


def main():
    folder = Path(sys.argv[1])
    recorded = {}
    for name, files in FILES.items():
        for file in files:
            frame = pd.read_parquet(folder / f"{file}.parquet").head(LIMIT).set_index("ts")
            frame.index = frame.index.tz_localize(None)
            frame.columns = [column.capitalize() for column in frame.columns]
            for peer in (by_backtesting, by_backtrader):
                key = f"{peer.__name__[3:]} {name} {file}"
                recorded[key] = peer(frame, name)
                print(key, len(recorded[key]))
    target = Path(__file__).with_name("trades.json")
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in recorded.items())
    target.write_text("{\n" + lines + "\n}\n")


if __name__ == "__main__":
    main()
