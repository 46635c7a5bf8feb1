"""A finished offline run on the screen, and as an HTML page."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from naru.bars import Bars
from naru.engine.instruments import read_actions
from naru.report.catalogue import Language, text
from naru.report.html import render_html
from naru.report.log import log_tail
from naru.report.notices import notices, outcome
from naru.report.refusals import refusals
from naru.report.terminal import print_summary


def write_report(
    path: Path, result: dict[str, Any], bars: Sequence[Bars], language: Language
) -> None:
    """Write the HTML report. Raises OSError."""
    path.write_text(render_html(result, bars, language), encoding="utf-8")


def show_result(
    result: dict[str, Any], bars: Sequence[Bars], report: Path | None, language: Language
) -> None:
    """Print the equity curve, the metrics, what to know of both, and where the report is."""
    console = Console()
    title = f"{result['strategy']['name']} on {', '.join(result['symbols'])}"
    equity = result["equity"]
    print_summary(console, title, result["metrics"], equity["ts"], equity["value"], language)
    for line in log_tail(result["logs"], language):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    for line in _remarks(result, bars, language):
        console.print(line, style="yellow", markup=False, highlight=False, soft_wrap=True)
    if report is not None:
        typer.echo(f"Report  {report}")


def _remarks(result: dict[str, Any], bars: Sequence[Bars], language: Language) -> Iterator[str]:
    yield from outcome(result["metrics"], language)
    refused = refusals(result["orders"], language)
    if refused:
        yield refused
    for what, count in (
        ("repeated_rows", result["repeated_row_count"]),
        ("logs_dropped", result["logs_dropped_count"]),
        ("plots_dropped", result["plots_dropped_count"]),
    ):
        if count:
            yield text(what, language).format(count=f"{count:,}")
    actions = read_actions("actions", result["receipt"]["config"]["actions"])
    yield from notices(bars, actions, language)
