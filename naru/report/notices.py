"""What a careful reader would ask about: no bars to act on, ruin, jumps like splits, silences."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from naru.bars import Bars, timeframe_ns
from naru.engine.instruments import CorporateAction
from naru.report.catalogue import Language, text

_JUMP = 1.8  # three for two is 1.5, but days like that happen; two for one hardly ever
_SILENCE_NS = 30 * 86_400 * 10**9
_MOST = 3


def notices(
    bars: Sequence[Bars], actions: Iterable[CorporateAction], language: Language = "en"
) -> list[str]:
    """Return sentences about opens far from the close before, and about months without bars.

    Jumps that a split among ``actions`` explains are left out.
    """
    known = {(action.symbol, action.ts) for action in actions if action.split != 1}
    told = [line for each in bars for line in _jumps(each, known, language)]
    told += [line for each in bars for line in _silences(each, language)]
    return told


def outcome(metrics: Mapping[str, Any], language: Language = "en") -> list[str]:
    """Return sentences about a run that had no chance or took none, or lost more than it had."""
    told = []
    if metrics["bar_count"] == 0:
        told.append(text("all_warmup", language).format(count=f"{metrics['warmup_bars']:,}"))
    elif metrics["order_count"] == 0:
        told.append(text("no_orders", language))
    if metrics["max_drawdown"] >= 1:
        told.append(text("ruined", language))
    return told


def _jumps(bars: Bars, known: set[tuple[str, int]], language: Language) -> list[str]:
    ratios = bars.open[1:] / bars.close[:-1]
    rows = np.flatnonzero((ratios >= _JUMP) | (ratios <= 1 / _JUMP)) + 1
    rows = np.array([row for row in rows if not _is_known(bars, int(row), known)], dtype=int)
    lines = [
        text("jump", language).format(
            symbol=bars.symbol,
            day=_day(bars.ts[row]),
            ratio=f"{ratios[row - 1]:.3g}",
            option=_split_option(bars.symbol, _day(bars.ts[row]), ratios.item(row - 1)),
        )
        for row in rows[:_MOST].tolist()
    ]
    return lines + _rest(bars.symbol, len(rows), language)


def _split_option(symbol: str, day: str, ratio: float) -> str:
    split = round(1 / ratio) if ratio < 1 else round(1 / round(ratio), 6)
    action = json.dumps({"symbol": symbol, "ts": day, "split": split}, separators=(",", ":"))
    return f"--option 'actions={action}'"


def _is_known(bars: Bars, row: int, known: set[tuple[str, int]]) -> bool:
    before, now = bars.ts.item(row - 1), bars.ts.item(row)
    return any(symbol == bars.symbol and before < ts <= now for symbol, ts in known)


def _silences(bars: Bars, language: Language) -> list[str]:
    rows = np.flatnonzero(np.diff(bars.ts) > _SILENCE_NS + timeframe_ns(bars.timeframe))
    lines = [
        text("silence", language).format(
            symbol=bars.symbol, first=_day(bars.ts[row]), last=_day(bars.ts[row + 1])
        )
        for row in rows[:_MOST].tolist()
    ]
    return lines + _rest(bars.symbol, len(rows), language)


def _rest(symbol: str, count: int, language: Language) -> list[str]:
    more = count - _MOST
    return [text("more_of_it", language).format(symbol=symbol, count=more)] if more > 0 else []


def _day(ts: np.int64) -> str:
    return str(ts.astype("M8[ns]").astype("M8[D]"))
