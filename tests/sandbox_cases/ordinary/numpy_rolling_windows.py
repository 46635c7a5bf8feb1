import numpy as np

from naru import Strategy


def rolling_sum(x, n):
    c = np.cumsum(np.insert(x, 0, 0.0))
    return c[n:] - c[:-n]


def zscore(x):
    s = np.nanstd(x, ddof=1)
    return (x[-1] - np.nanmean(x)) / s if s > 0 else 0.0


class Rolling(Strategy):
    window = 30

    def on_bar(self):
        close = np.asarray(self.data.close[-self.window:])
        if len(close) < self.window:
            return
        returns = np.diff(np.log(close))
        z = zscore(close)
        up, down = np.percentile(close, [90, 10])
        slope, intercept = np.polyfit(np.arange(close.size), close, 1)
        smooth = np.convolve(close, np.ones(5) / 5, mode="valid")
        sums = rolling_sum(returns, 5)
        rank = (np.argsort(np.argsort(close))[-1] + 1) / close.size
        hot = np.where(returns > 0, returns, 0.0).sum()
        self.plot("z", float(z))
        if close[-1] <= down and slope > 0 and not self.position:
            self.buy(percent=float(np.clip(1 - rank, 0.1, 0.9)))
        elif close[-1] >= up or (smooth[-1] < smooth[0] and hot < 0 and sums[-1] < 0):
            self.position.close()
