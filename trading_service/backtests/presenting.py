"""Rows and artifacts as the public sees them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np

from naru.thinning import thin
from trading_service.backtests.curves import decode_curve
from trading_service.contract.backtests import Backtest, Equity, LogLine
from trading_service.models import BacktestRow

_NS = 1_000_000_000


def instant(ts_ns: int) -> datetime:
    """Return nanoseconds since the epoch as an instant, to the microsecond."""
    seconds, rest = divmod(ts_ns, _NS)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1000)


def present_backtest(row: BacktestRow, progress: float) -> Backtest:
    """Return the public view of a row; what it leaves out is nobody's business."""
    values = {name: getattr(row, name, None) for name in Backtest.model_fields}
    return Backtest.model_validate(values | {"progress": progress})


def present_equity(data: bytes, config: dict[str, Any], points: int) -> Equity:
    """Return a thinned curve with its drawdown.

    The drawdown is measured on the whole curve, from a running peak that starts at the cash.
    """
    ts, value = decode_curve(data)
    peak = np.maximum.accumulate(np.maximum(value, float(config["cash"])))
    places = thin(value, points)
    return Equity(
        points=len(value),
        ts=[instant(stamp) for stamp in ts[places].tolist()],
        value=[Decimal(repr(item)) for item in value[places].tolist()],
        drawdown=(value / peak - 1.0)[places].tolist(),
    )


def present_log(ts_ns: int | None, text: str) -> LogLine:
    """Return one line of the strategy's log."""
    return LogLine(ts=None if ts_ns is None else instant(ts_ns), text=text)
