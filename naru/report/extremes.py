"""The trades that won and lost most, as rows of a page."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from naru.report.catalogue import Language, text
from naru.report.formats import write

_MOST = 5


def best_and_worst(
    trades: Sequence[Mapping[str, Any]], language: Language
) -> dict[str, list[dict[str, str]]]:
    """Return the closed trades of a result with the highest and the lowest returns, as texts.

    Gains alone are best, losses alone worst; of equal returns the earlier exit comes first.
    """
    closed = [trade for trade in trades if trade["exit_ts"] is not None]
    ranked = sorted(closed, key=lambda trade: -trade["return"])
    fallen = sorted(closed, key=lambda trade: float(trade["return"]))
    return {
        "best": [_row(trade, language) for trade in islice(ranked, _MOST) if trade["return"] > 0],
        "worst": [_row(trade, language) for trade in islice(fallen, _MOST) if trade["return"] < 0],
    }


def _row(trade: Mapping[str, Any], language: Language) -> dict[str, str]:
    return {
        "symbol": trade["symbol"],
        "side": text(trade["side"], language),
        "opened": _when(trade["entry_ts"]),
        "closed": _when(trade["exit_ts"]),
        "pnl": write("money", trade["pnl"], language),
        "return": write("fraction", trade["return"], language),
        "tone": "gain" if trade["return"] > 0 else "loss",
    }


def _when(ts: str) -> str:
    """Return an instant without what every one of daily bars has."""
    return ts.removesuffix("Z").removesuffix("T00:00:00").replace("T", " ")
