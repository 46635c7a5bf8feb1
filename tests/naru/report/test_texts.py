import pytest

from naru.report.catalogue import ESSENTIAL, HEADLINE, METRICS, MONTHS, TEXTS
from naru.report.formats import duration, write, write_metric


def test_every_text_is_there_in_both_languages() -> None:
    pairs = [*TEXTS.values(), *(each.label for group in METRICS.values() for each in group)]
    assert all(english.strip() and korean.strip() for english, korean in pairs)
    assert {len(names) for names in MONTHS.values()} == {12}
    assert set(METRICS) <= set(TEXTS)


def test_metrics_shown_are_metrics_that_runs_have(run) -> None:
    result, _ = run()
    shown = {metric.key for group in METRICS.values() for metric in group}

    assert shown <= set(result["metrics"])
    assert {*HEADLINE, *ESSENTIAL} <= shown


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("fraction", 0.1234, "12.34%"),
        ("fraction", -0.5, "\N{MINUS SIGN}50.00%"),
        ("fraction", -0.000001, "0.00%"),
        ("fraction", 12.3, "1,230.00%"),
        ("ratio", 1.005, "1.00"),
        ("count", 40_832.0, "40,832"),
        ("money", 1234567.891, "1,234,567.89"),
        ("signed_money", -9.4, "\N{MINUS SIGN}9.40"),
        ("duration", 90.0, "1m 30s"),
    ],
)
def test_numbers_by_kind(kind, value, text) -> None:
    assert write(kind, value, "en") == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (59.6, "1m"),
        (3_600, "1h"),
        (3_661, "1h 1m"),
        (86_400 + 59, "1d"),
        (86_400 * 3 + 7_200, "3d 2h"),
        (86_400 * 2_655, "2,655d"),
    ],
)
def test_durations_take_their_two_largest_units(seconds, text) -> None:
    assert duration(seconds, "en") == text


def test_undefined_metrics_show_a_dash() -> None:
    assert write_metric(METRICS["group_return"][0], None, "en") == "\N{EN DASH}"
