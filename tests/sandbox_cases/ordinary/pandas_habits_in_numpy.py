from naru import Strategy, param, ta
import numpy as np


class Frame(dict):
    """A dict of columns with df["x"], df.x and df.assign(...)."""

    def __getattr__(self, column):
        if column in self:
            return self[column]
        raise AttributeError(f"no column {column!r}")

    def assign(self, **columns):
        return Frame({**self, **{k: v(self) if callable(v) else v for k, v in columns.items()}})

    def iloc(self, i):
        return {k: v[i] for k, v in self.items()}

    def dropna(self):
        keep = np.logical_and.reduce([~np.isnan(v) for v in self.values()])
        return Frame({k: v[keep] for k, v in self.items()})

    @property
    def shape(self):
        return len(next(iter(self.values()))), len(self)

    @classmethod
    def from_bars(cls, data, n=60):
        return cls(close=data.close[-n:], high=data.high[-n:], low=data.low[-n:], volume=data.volume[-n:])


def rolling(x, n, f=np.mean):
    return np.array([f(x[max(0, i - n + 1): i + 1]) if i >= n - 1 else np.nan for i in range(len(x))])


def ewm(x, span):
    alpha, out = 2 / (span + 1), [x[0]]
    for v in x[1:]:
        out.append(alpha * v + (1 - alpha) * out[-1])
    return np.asarray(out)


class DataFrameHabits(Strategy):
    n = param(60, low=30, high=200)
    warmup = 60

    def init(self):
        pass

    def on_bar(self):
        if len(self.data) % 5:
            return
        df = Frame.from_bars(self.data, self.n)
        df = df.assign(
            ret=lambda d: np.append(np.nan, d.close[1:] / d.close[:-1] - 1),
            ma=lambda d: rolling(d["close"], 10),
            sd=lambda d: rolling(d.close, 10, np.std),
            ema=ewm(df.close, 12),
        ).assign(z=lambda d: (d.close - d.ma) / d.sd).dropna()
        last, rows = df.iloc(-1), df.shape[0]
        assert rows > 10, f"only {rows} rows"
        if last["z"] < -1.5 and not self.position:
            self.buy(percent=0.4)
        elif last["z"] > 0 and self.position:
            self.position.close()
