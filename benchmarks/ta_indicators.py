"""Indicators on a million bars, vectorised and bar by bar, next to TA-Lib in the same run.

Run: python benchmarks/ta_indicators.py [rows]

Prints milliseconds (best of several), the ratio to TA-Lib's C code where it has the indicator,
nanoseconds per incremental update, and how long ``import naru.ta`` takes beyond NumPy.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import talib

from naru import ta

PEERS: dict[str, Callable[..., Any]] = {
    "sma": lambda c: talib.SMA(c, 20),
    "ema": lambda c: talib.EMA(c, 20),
    "wma": lambda c: talib.WMA(c, 20),
    "rsi": lambda c: talib.RSI(c, 14),
    "macd": talib.MACD,
    "bollinger": lambda c: talib.BBANDS(c, 20, 2, 2),
    "stddev": lambda c: talib.STDDEV(c, 20),
    "linreg": lambda c: talib.LINEARREG(c, 14),
    "highest": lambda c: talib.MAX(c, 20),
    "kama": lambda c: talib.KAMA(c, 10),
    "atr": lambda h, l, c: talib.ATR(h, l, c, 14),  # noqa: E741
    "adx": lambda h, l, c: talib.ADX(h, l, c, 14),  # noqa: E741
    "cci": lambda h, l, c: talib.CCI(h, l, c, 20),  # noqa: E741
    "stochastic": lambda h, l, c: talib.STOCH(h, l, c, 14, 3, 0, 3, 0),  # noqa: E741
    "psar": talib.SAR,
    "obv": talib.OBV,
    "mfi": lambda h, l, c, v: talib.MFI(h, l, c, v, 14),  # noqa: E741
    "engulfing": talib.CDLENGULFING,
    "hammer": talib.CDLHAMMER,
}
OTHERS = ("supertrend", "donchian", "hma", "vwma", "regression", "signal_score")
START = (
    "import time; import numpy; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"
)


def bars(rows: int) -> dict[str, Any]:
    """Return a random walk on a grid of cents."""
    rng = np.random.default_rng(1)
    close = np.round(100 + np.cumsum(rng.normal(0, 0.02, rows)), 2)
    open_ = np.round(close + rng.normal(0, 0.02, rows), 2)
    high = np.round(np.maximum(open_, close) + np.abs(rng.normal(0, 0.02, rows)), 2)
    low = np.round(np.minimum(open_, close) - np.abs(rng.normal(0, 0.02, rows)), 2)
    volume = np.round(rng.uniform(1, 1000, rows), 3)
    return {
        "open": open_, "high": high, "low": low, "close": close, "series": close,
        "volume": volume, "y": close, "x": open_,
    }  # fmt: skip


def best_ms(function: Callable[[], object], repeats: int = 5) -> float:
    """Return the shortest of several calls, in milliseconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times) * 1e3


def update_ns(name: str, columns: list[Any]) -> float:
    """Return the time of one incremental update, in nanoseconds."""
    update = ta.incremental(getattr(ta, name)).update
    rows = list(zip(*(column[:20_000].tolist() for column in columns), strict=True))
    start = time.perf_counter()
    for row in rows:
        update(*row)
    return (time.perf_counter() - start) / len(rows) * 1e9


def import_ms(module: str) -> float:
    """Return the shortest import of a module beyond NumPy in a fresh process, in milliseconds."""
    command = [sys.executable, "-c", START.format(module)]
    runs = [float(subprocess.run(command, capture_output=True, check=True).stdout) for _ in "12345"]
    return min(runs) * 1e3


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    data = bars(rows)
    print(f"{rows:,} bars; import naru.ta beyond NumPy: {import_ms('naru.ta'):.1f} ms")
    print(f"{'indicator':14}{'naru ms':>9}{'TA-Lib ms':>11}{'ratio':>7}{'update ns':>11}")
    for name in [*PEERS, *OTHERS]:
        columns = [data[column] for column in ta.indicators()[name].inputs]
        function = getattr(ta, name)
        ours = best_ms(lambda function=function, columns=columns: function(*columns))
        line = f"{name:14}{ours:9.1f}"
        if name in PEERS:
            peer = best_ms(lambda name=name, columns=columns: PEERS[name](*columns))
            line += f"{peer:11.1f}{ours / peer:7.1f}"
        else:
            line += " " * 18
        print(line + f"{update_ns(name, columns):11.0f}")


if __name__ == "__main__":
    main()
