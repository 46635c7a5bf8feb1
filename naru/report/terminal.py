"""A run in the terminal: its equity and its metrics."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from naru.report.catalogue import ESSENTIAL, METRICS, Language, Metric
from naru.report.formats import write_metric
from naru.report.terminal_plot import equity_plot

_WIDEST_PLOT = 100
_TONED = {"total_return", "annual_return", "sharpe", "expectancy", "alpha"}
# Of a loss and of a gain; Korean markets paint rises red and falls blue.
_STYLES: dict[Language, tuple[str, str]] = {"en": ("red", "green"), "ko": ("blue", "red")}
_Cells = tuple[Text, Text]


def print_summary(
    console: Console,
    title: str,
    metrics: Mapping[str, Any],
    ts: Sequence[str],
    values: Sequence[float],
    language: Language = "en",
) -> None:
    """Print a title, the equity curve and the metrics that most people look at first.

    ``ts`` and ``values`` are the equity curve's; a thinned one does.
    """
    console.print(Text(title, style="bold"))
    if len(values):
        plot = equity_plot(ts, values, min(console.width, _WIDEST_PLOT), language)
        console.print(Text(plot), soft_wrap=True)
    console.print(metrics_table(metrics, language))


def metrics_table(metrics: Mapping[str, Any], language: Language = "en") -> RenderableType:
    """Return the metrics that most people look at first, in two columns."""
    known = {metric.key: metric for group in METRICS.values() for metric in group}
    rows = [_cells(known[key], metrics, language) for key in ESSENTIAL]
    half = (len(rows) + 1) // 2
    table = Table(box=box.ROUNDED, show_header=False, border_style="dim", padding=(0, 1))
    for _ in range(2):
        table.add_column(style="dim")  # labels may wrap, so that values are never cut
        table.add_column(justify="right", no_wrap=True)
    blank = (Text(), Text())
    for left, right in zip_longest(rows[:half], rows[half:], fillvalue=blank):
        table.add_row(*left, *right)
    return table


def _cells(metric: Metric, metrics: Mapping[str, Any], language: Language) -> _Cells:
    value = metrics.get(metric.key)
    style = ""
    if metric.key in _TONED and value:
        style = _STYLES[language][value > 0]
    label = Text(metric.label[language == "ko"])
    return label, Text(write_metric(metric, value, language), style=style)
