import random
import statistics as st
from statistics import NormalDist, mean, median, pstdev, quantiles

from naru import Strategy


class Sampler(Strategy):
    """Bootstraps the mean return and bets when nearly all samples agree."""

    def init(self):
        self.rng = random.Random(7)
        random.seed(1)

    def on_bar(self):
        closes = [float(c) for c in self.data.close[-41:]]
        if len(closes) < 41 or len(self.data) % 10:
            return
        returns = [b / a - 1 for a, b in zip(closes, closes[1:])]
        means = sorted(mean(self.rng.choices(returns, k=len(returns))) for _ in range(50))
        low, *_, high = quantiles(means, n=20)
        spread = pstdev(returns)
        chance = NormalDist(mean(returns), spread or 1e-9).cdf(0.0)
        slope = st.linear_regression(range(len(closes)), closes).slope
        if low > 0 and chance < 0.5 and slope > 0:
            self.target(percent=random.uniform(0.4, 0.6))
        elif high < 0 or median(returns) < 0:
            self.target(percent=0)
