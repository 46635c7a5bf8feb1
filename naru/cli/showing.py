"""A finished offline run on the screen, and as an HTML page."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from naru.bars import Bars
from naru.report.html import render_html
from naru.report.terminal import print_summary


def write_report(path: Path, result: dict[str, Any], bars: Sequence[Bars]) -> None:
    """Write the HTML report. Raises OSError."""
    path.write_text(render_html(result, bars), encoding="utf-8")


def show_result(result: dict[str, Any], report: Path | None) -> None:
    """Print the metrics, the equity curve and what the strategy logged last."""
    console = Console()
    print_summary(console, result)
    if report is not None:
        console.print(f"Report  {report}")
