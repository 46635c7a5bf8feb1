import io
from typing import Any

from rich.console import Console

from naru.report.log import log_tail
from naru.report.refusals import refusals
from naru.report.terminal import metrics_table, print_summary
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


def test_figures_are_never_cut_however_long_they_are(run: Any) -> None:
    metrics = run()[0]["metrics"] | {"final_equity": 123_456_789.25, "avg_loss": -45_678_901.5}
    text = printed(metrics_table(metrics), 80)

    assert "123,456,789.25" in text
    assert "45,678,901.50" in text
    assert "\N{HORIZONTAL ELLIPSIS} " not in text.replace("\N{HORIZONTAL ELLIPSIS} lasted", "")


def test_the_plot_fits_and_shows_both_ends(run: Any) -> None:
    result, _ = run()
    plot = equity_plot(result["equity"]["ts"], result["equity"]["value"], 60)

    lines = plot.splitlines()
    assert max(map(len, lines)) <= 60
    assert "2024-01-01" in lines[-1]
    assert "2024-07-18" in lines[-1]
    assert f"{max(result['equity']['value']):,.0f}" in plot
    assert "\x1b" not in plot


def test_plots_do_not_remember_the_one_before(run: Any) -> None:
    first, second = run()[0]["equity"], run({})[0]["equity"]
    alone = equity_plot(second["ts"], second["value"])
    equity_plot(first["ts"], first["value"])
    assert equity_plot(second["ts"], second["value"]) == alone


def test_a_single_bar_has_a_plot(run: Any) -> None:
    assert "10,000" in equity_plot(["2024-01-01T00:00:00Z"], [10_000.0])


def test_the_summary_has_title_plot_and_table(run: Any) -> None:
    result, _ = run()
    sink = io.StringIO()
    console = Console(file=sink, width=72, color_system=None)
    print_summary(
        console,
        "A [b]run[/b]",
        result["metrics"],
        result["equity"]["ts"],
        result["equity"]["value"],
    )

    text = sink.getvalue()
    assert text.startswith("A [b]run[/b]\n")
    assert "Equity" in text
    assert "Sharpe ratio" in text


def test_a_run_without_bars_has_a_summary(run: Any) -> None:
    sink = io.StringIO()
    print_summary(Console(file=sink), "Nothing", {}, [], [])
    assert "Total return" in sink.getvalue()


def test_refusals_are_counted_by_reason(run: Any) -> None:
    script = {
        5: lambda s: (s.buy(1_000), s.buy(2_000), s.sell(1, limit=1, reduce_only=True)),
        6: lambda s: s.position.close(),
    }
    orders = run(script)[0]["orders"]

    # Closing nothing is no refusal that anybody misses.
    assert refusals(orders) == (
        "2 of 4 orders were rejected: insufficient_cash 2. insufficient_cash is more than there "
        "was: percent=0.95 asks for 95% of equity"
    )
    assert refusals(orders, "ko").startswith("주문 4건 중 2건이 거부되었습니다")
    assert refusals(run()[0]["orders"]) == ""


def test_the_end_of_a_log_is_told_with_its_length_and_without_escapes() -> None:
    def logged(count: int) -> list[dict[str, Any]]:
        return [{"ts": None, "text": f"\x1b[2J{number}\u202e"} for number in range(count)]

    assert log_tail([]) == []
    assert log_tail(logged(1)) == ["The log:", "  \N{EN DASH}  \\x1b[2J0\\u202e"]
    heading, *lines = log_tail(logged(1234))
    assert heading == "The last 10 of 1,234 lines of the log:"
    assert lines[-1].endswith("1233\\u202e")
    assert len(lines) == 10
