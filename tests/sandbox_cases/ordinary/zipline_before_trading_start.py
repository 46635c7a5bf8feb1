import numpy as np
from datetime import date, time
from naru import Strategy, ta

MAX_POSITIONS = 2
_log = []


def symbol(name: str) -> str:
    return name.replace("/", "-").upper()


class Blotter:
    def __init__(self):
        self.open_orders: dict[str, list] = {}

    def __contains__(self, sid):
        return bool(self.open_orders.get(sid))

    def __setitem__(self, sid, order):
        self.open_orders.setdefault(sid, []).append(order)

    def __iter__(self):
        yield from self.open_orders.items()

    def prune(self):
        self.open_orders = {s: kept for s, orders in self if (kept := [o for o in orders if o.is_open])}


class Daily(Strategy):
    def init(self):
        self.blotter = Blotter()
        self.sids = [symbol(s) for s in ("btc/usd", "eth-usd")]
        self.current_day: date | None = None
        self.session_start, self.session_end = time(0, 0), time(23, 59)

    def before_trading_start(self):
        global _log
        _log = [*_log[-5:], str(self.current_day)]
        self.vol = {s: np.diff(np.log(self.data[s].close[-30:])).std() if len(self.data) > 30 else np.nan for s in self.sids}

    def order_target_percent(self, sid, pct):
        if sid not in self.blotter:
            self.blotter[sid] = self.target(percent=pct, symbol=sid)

    def on_bar(self):
        if self.now.date() != self.current_day or len(self.data) % 60 == 0:
            self.current_day = self.now.date()
            self.before_trading_start()
        self.blotter.prune()
        if not self.session_start <= self.now.time() <= self.session_end:
            return
        inv = {s: 1 / v for s, v in self.vol.items() if not np.isnan(v) and v > 0}
        total = sum(inv.values()) or 1.0
        if len(self.data) % 40 == 0:
            for s, w in inv.items():
                self.order_target_percent(s, round(0.8 * w / total, 4))
        self.plot("leverage", sum(abs(p.size) * self.data[s].close[-1] for s, p in self.positions.items()) / self.equity)
