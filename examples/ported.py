"""A Backtesting.py class that runs as it stands, but for its import line.

Change ``from backtesting import Strategy`` and ``from backtesting.lib import crossover`` into the
line below. Own functions given to ``self.I`` are computed bar by bar here, so they cannot look
into the future by accident.

Run it: ``naru backtest examples/ported.py --data bars.parquet --param n1=10``
"""

import numpy as np

from naru.compat.backtesting import Strategy, crossover


def mean(values, n):
    """Return the mean of the last ``n`` values, NaN until there are as many."""
    return np.mean(values[-n:]) if len(values) >= n else np.nan


class SmaCross(Strategy):
    """The example of Backtesting.py's front page."""

    n1 = 10
    n2 = 20

    def init(self):
        price = self.data.Close
        self.ma1 = self.I(mean, price, self.n1, lookback=self.n1)
        self.ma2 = self.I(mean, price, self.n2, lookback=self.n2)

    def next(self):
        if crossover(self.ma1, self.ma2):
            self.buy()
        elif crossover(self.ma2, self.ma1):
            self.position.close()
