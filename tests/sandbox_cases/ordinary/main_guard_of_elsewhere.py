# ruff: noqa
# Ported by its author, who left the lines at the end that run it at home.
from naru import Strategy, ta


class FromHome(Strategy):
    def init(self):
        self.rsi = self.indicator(ta.rsi, self.data.close, 14)

    def on_bar(self):
        if self.rsi[-1] < 30 and not self.position:
            self.buy(percent=0.9)
        elif self.rsi[-1] > 70:
            self.position.close()


if __name__ == "__main__":
    import sys

    import yfinance as yf
    from backtesting import Backtest

    with open("result.txt", "w") as file:
        file.write(str(Backtest(yf.download(sys.argv[1]), FromHome, cash=10_000).run()))
