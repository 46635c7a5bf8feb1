"""The reference of indicators is that of the registry."""

from infra.indicator_reference import TARGET, reference
from naru import ta


def test_page_is_what_the_docstrings_say() -> None:
    assert TARGET.read_text() == reference(), "run python -m infra.indicator_reference"


def test_every_indicator_has_a_heading() -> None:
    headings = [
        line.removeprefix("### ") for line in reference().splitlines() if line.startswith("### ")
    ]
    assert sorted(headings) == sorted(ta.indicators())
