import cmath
import math
from math import ceil, exp, floor, hypot, isclose, log1p, pi, sqrt, tau

from naru import Strategy


class Waves(Strategy):
    """The strongest wave of the last 32 closes, by a Fourier sum written out."""

    def on_bar(self):
        closes = [float(c) for c in self.data.close[-32:]]
        if len(closes) < 32:
            return
        middle = math.fsum(closes) / 32
        power = {
            k: abs(sum((c - middle) * cmath.exp(-2j * pi * k * n / 32) for n, c in enumerate(closes)))
            for k in range(1, 9)
        }
        k = max(power, key=power.get)
        angle = math.atan2(closes[-1] - middle, closes[-2] - middle)
        score = 1 / (1 + exp(-angle)) + log1p(0.0) + hypot(3, 4) - 5 + (floor(2.5) - ceil(1.5))
        flags = 0b1010 | (1 << 2) & ~0x4 ^ 0o7
        assert isclose(tau, 2 * pi) and math.gcd(12, 18) == 6 and math.comb(5, 2) == 10
        assert divmod(-7, 3) == (-3, 2) and -7 // 3 == -3 and 2**10 == 1_024 and flags
        if score > 0.6 and k < 5 and not self.position:
            self.buy(percent=min(0.5, sqrt(score)))
        elif score < 0.4:
            self.position.close()
