import io
from typing import Any

from rich.console import Console

from naru.report.terminal import all_metrics, metrics_table
from naru.report.terminal_plot import equity_plot


def printed(renderable: Any, width: int = 100) -> str:
    sink = io.StringIO()
    Console(file=sink, width=width, color_system=None).print(renderable)
    return sink.getvalue()


def test_the_table_shows_what_was_measured(run: Any) -> None:
    metrics = run()[0]["metrics"]
    text = printed(metrics_table(metrics))

    assert "Final equity" in text
    assert f"{metrics['final_equity']:,.2f}" in text
    assert "총수익률" in printed(metrics_table(metrics, "ko"))


def test_all_metrics_are_in_the_long_form(run: Any) -> None:
    text = printed(all_metrics(run()[0]["metrics"]))
    assert "Information ratio" in text
    assert "Longest holding time" in text


def test_the_plot_fits_and_shows_both_ends(run: Any) -> None:
    result, _ = run()
    plot = equity_plot(result, 60)

    lines = plot.splitlines()
    assert max(map(len, lines)) <= 60
    assert "2024-01-01" in lines[-1]
    assert "2024-07-18" in lines[-1]
    assert f"{max(result['equity']['value']):,.0f}" in plot
    assert "\x1b" not in plot


def test_plots_do_not_remember_the_one_before(run: Any) -> None:
    first, _ = run()
    second, _ = run({})
    alone = equity_plot(second, 60)
    equity_plot(first, 60)
    assert equity_plot(second, 60) == alone


def test_a_single_bar_has_a_plot(run: Any) -> None:
    result = {"equity": {"ts": ["2024-01-01T00:00:00Z"], "value": [10_000.0]}}
    assert "10,000" in equity_plot(result, 60)
