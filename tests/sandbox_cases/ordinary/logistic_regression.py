"""An online classifier in numpy: features, sigmoid, gradient steps."""
import numpy as np
from naru import Strategy


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-np.clip(x, -30, 30)))


class Logit(Strategy):
    rate = 0.05

    def init(self):
        self.w = np.zeros(5)
        self.pending = None

    def features(self):
        c = np.asarray(self.data.close[-21:], dtype=np.float64)
        v = np.asarray(self.data.volume[-21:], dtype=np.float64)
        r = np.diff(c) / c[:-1]
        x = np.array([1.0, r[-1], r[-5:].mean(), r.std(), v[-1] / v.mean() - 1.0])
        return np.nan_to_num(x * [1, 100, 100, 100, 1])

    def on_bar(self):
        if len(self.data) < 22:
            return
        up = float(self.data.close[-1] > self.data.close[-2])
        if self.pending is not None:
            error = up - sigmoid(self.pending @ self.w)
            self.w = self.w + self.rate * error * self.pending
        self.pending = self.features()
        p = float(sigmoid(self.w.dot(self.pending)))
        self.plot("p", p)
        if p > 0.55:
            self.target(percent=0.6)
        elif p < 0.45:
            self.target(percent=0.0)
