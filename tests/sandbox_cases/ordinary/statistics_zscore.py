# ruff: noqa
import statistics

from naru import Strategy


class ZScore(Strategy):
    warmup = 20

    def on_bar(self):
        window = list(self.data.close[-20:])
        mean = statistics.fmean(window)
        try:
            z = (window[-1] - mean) / statistics.stdev(window)
        except ZeroDivisionError:
            z = 0.0
        except statistics.StatisticsError as error:
            self.log(f"no deviation: {error}")
            return
        if z < -1.5:
            self.buy(1)
        elif z > 1.5 and self.position.is_long:
            self.position.close()
