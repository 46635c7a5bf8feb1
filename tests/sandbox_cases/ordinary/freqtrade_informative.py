import logging
from datetime import datetime, timedelta
from functools import reduce
from typing import Any, Dict, List, Optional, Tuple

import numpy as np
from naru import Strategy, param, ta

logger = logging.getLogger(__name__)


class IStrategyLike(Strategy):
    INTERFACE_VERSION = 3
    timeframe = "1m"
    minimal_roi: Dict[str, float] = {"0": 0.02, "30": 0.01, "60": 0.0}
    stoploss = -0.03
    trailing_stop = False
    startup_candle_count: int = 40
    order_types = {"entry": "limit", "exit": "limit", "stoploss": "market", "stoploss_on_exchange": False}

    buy_ema_short = param(5, low=3, high=50)
    buy_ema_long = param(20, low=15, high=200)

    def informative_pairs(self) -> List[Tuple[str, str]]:
        return [(s, "1h") for s in self.data.symbols]

    def init(self) -> None:
        self.dp: Dict[str, Any] = {pair: self.data[pair].resample("5m") for pair, _ in self.informative_pairs()}
        self.populate_indicators()

    def populate_indicators(self) -> None:
        c = self.data.close
        self.ema_short = self.indicator(ta.ema, c, self.buy_ema_short)
        self.ema_long = self.indicator(ta.ema, c, self.buy_ema_long)
        self.bb = self.indicator(ta.bollinger, c, 20, 2)
        self.volume_mean = self.indicator(ta.sma, self.data.volume, 20)
        self.inf_rsi = self.indicator(ta.rsi, self.dp[self.data.symbol].close, 5)

    def roi_reached(self) -> bool:
        trade_dur = (self.now - self.opened).total_seconds() // 60
        keys = [int(k) for k in self.minimal_roi if int(k) <= trade_dur]
        return bool(keys) and self.profit > self.minimal_roi[str(max(keys))]

    @property
    def profit(self) -> float:
        return self.data.close[-1] / self.position.avg_price - 1

    def confirm_trade_entry(self, pair: str, rate: float, current_time: datetime, **kwargs) -> bool:
        return kwargs.get("side", "long") == "long" and rate > 0

    def custom_exit(self, current_profit: float) -> Optional[str]:
        if current_profit < self.stoploss:
            return "stoploss"
        if self.roi_reached():
            return "roi"
        return None

    def on_bar(self) -> None:
        if not self.position:
            conditions = [
                ta.crossover(self.ema_short, self.ema_long),
                self.data.volume[-1] >= self.volume_mean[-1] * 0.5,
                np.isfinite(self.inf_rsi[-1]),
            ]
            if reduce(lambda a, b: a & b, conditions):
                if self.confirm_trade_entry(self.data.symbol, self.data.close[-1], self.now, side="long"):
                    self.buy(value=self.cash * 0.5, limit=self.data.close[-1] * 1.001, tif="gtc", tag="ema_cross")
                    self.opened = self.now
        elif (reason := self.custom_exit(self.profit)) or ta.crossunder(self.ema_short, self.ema_long):
            logger.info("exit %s: %s (%.2f%%)", self.data.symbol, reason or "signal", 100 * self.profit)
            self.position.close()
