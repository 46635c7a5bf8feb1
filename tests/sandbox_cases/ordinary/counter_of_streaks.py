# ruff: noqa
from collections import Counter, defaultdict

from naru import Strategy


class Streaks(Strategy):
    def init(self):
        self.streak = 0
        self.seen = Counter()
        self.by_hour = defaultdict(list)

    def on_bar(self):
        up = self.data.close[-1] > self.data.close[-2]
        self.streak = self.streak + 1 if up else 0
        self.seen[self.streak] += 1
        self.by_hour[self.now.hour].append(self.streak)
        if self.streak == 3:
            self.buy(0.5)
        elif self.streak == 0 and self.position.is_long:
            self.position.close()

    def on_stop(self):
        self.log("streaks", dict(self.seen.most_common(3)))
