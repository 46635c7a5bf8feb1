"""A finished offline run on the screen, and as an HTML page."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from naru.bars import Bars
from naru.report.catalogue import text
from naru.report.html import render_html
from naru.report.refusals import refusals
from naru.report.terminal import print_summary


def write_report(path: Path, result: dict[str, Any], bars: Sequence[Bars]) -> None:
    """Write the HTML report. Raises OSError."""
    path.write_text(render_html(result, bars), encoding="utf-8")


def show_result(result: dict[str, Any], report: Path | None) -> None:
    """Print the equity curve, the metrics, what was refused, and where the report is."""
    console = Console()
    title = f"{result['strategy']['name']} on {', '.join(result['symbols'])}"
    equity = result["equity"]
    print_summary(console, title, result["metrics"], equity["ts"], equity["value"])
    refused = refusals(result["orders"])
    if refused:
        console.print(refused, style="yellow", markup=False, highlight=False)
    for what in ("logs", "plots"):
        dropped = result[f"{what}_dropped_count"]
        if dropped:
            kept = text(f"{what}_dropped", "en").format(count=f"{dropped:,}")
            console.print(kept, style="yellow", markup=False, highlight=False)
    if report is not None:
        typer.echo(f"Report  {report}")
