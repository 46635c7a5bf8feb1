# ruff: noqa
from datetime import datetime, time, timedelta, timezone

from naru import Strategy

OPEN, CLOSE = time(0, 10), time(0, 50)


class Session(Strategy):
    def on_bar(self):
        clock = self.now.time()
        if OPEN <= clock < CLOSE:
            if not self.position.is_long:
                self.buy(0.3)
        elif self.position.is_long:
            self.position.close()

    def on_stop(self):
        end = self.now.astimezone(timezone.utc)
        start = datetime(1970, 1, 1, tzinfo=timezone.utc)
        self.log((end - start) >= timedelta(minutes=1), end.strftime("%Y-%m-%d %H:%M"))
