# ruff: noqa
# Cycle length by the spectrum, a line through the last prices, an old-style RandomState.
import numpy as np
from naru import Strategy

rng = np.random.RandomState(42)


class Spectrum(Strategy):
    window = 32

    def on_bar(self):
        if len(self.data.close) < self.window:
            return
        prices = np.asarray(self.data.close[-self.window:])
        design = np.c_[np.ones(self.window), np.arange(self.window)]
        line = design @ np.linalg.lstsq(design, prices, rcond=None)[0]
        rest = np.pad(prices - line, (0, self.window), mode="constant")
        power = np.abs(np.fft.rfft(rest)) ** 2
        cycle = 1 / np.fft.rfftfreq(rest.size)[1:][power[1:].argmax()]
        ends = np.r_[prices[:2], line[-2:]]
        row, column = np.unravel_index(design.argmax(), design.shape)
        energy = np.einsum("i,i->", rest, rest)
        side = np.piecewise(rest[-1:], [rest[-1:] < 0, rest[-1:] >= 0], [1, -1])[0]
        weights = np.hanning(5) / np.hanning(5).sum()
        if side > 0 and np.isfinite(cycle) and not self.position:
            self.buy(percent=0.1 + 0.1 * rng.rand())
        elif rng.choice([0, 1]) and self.position and energy > 0 and column == 1 and row:
            self.position.close()
        if np.take_along_axis(ends, np.argsort(ends), 0)[0] < np.finfo(float).eps:
            self.log(weights)
