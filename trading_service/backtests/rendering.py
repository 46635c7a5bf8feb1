"""The HTML report of a finished run."""

import orjson

from naru.report.catalogue import Language
from naru.report.html import render_html
from trading_service.backtests.settle import read_snapshots


def render_report(result: bytes, files: list[tuple[str, bytes]], language: Language) -> str:
    """Return the page; ``files`` are the snapshots with their symbols."""
    return render_html(orjson.loads(result), read_snapshots(files), language)
