"""What a careful reader of the bars would ask about."""

from collections.abc import Callable

import numpy as np

from naru.engine.instruments import CorporateAction
from naru.report.notices import notices, outcome
from tests.naru.engine.scenes import START, bars, flat
from tests.naru.report.conftest import Shown

DAY = 86_400_000_000_000
HALVED = bars([(100, 100, 100, 100)] * 3 + [(50, 52, 49, 51)] * 3, symbol="IWM")


def test_a_jump_is_asked_about_unless_a_split_explains_it() -> None:
    (asked,) = notices([HALVED], [])
    split = CorporateAction("IWM", START + 3 * DAY - 1)

    assert asked.startswith("IWM opens on 2024-01-04 at 0.5 of the close before.")
    assert asked.endswith("""--option 'actions={"symbol":"IWM","ts":"2024-01-04","split":2}'""")
    assert notices([HALVED], [CorporateAction("IWM", START + 3 * DAY, split=2)]) == []  # type: ignore[arg-type]
    assert notices([HALVED], [split]) == [asked]  # a dividend explains nothing
    assert "직전 종가의 0.5배" in notices([HALVED], [], "ko")[0]


def test_ordinary_bars_ask_nothing() -> None:
    assert notices([flat(400), flat(5, timeframe="1mo"), flat(1), flat(0)], []) == []


def test_months_without_bars_are_told_and_many_are_counted() -> None:
    rows = [(100, 100, 100, 100)] * 2
    late = bars(rows, start=START + 90 * DAY)
    early = bars(rows)
    both = early.longer(
        [
            np.append(getattr(early, name), getattr(late, name))
            for name in ("ts", "open", "high", "low", "close", "volume")
        ]
    )
    wild = bars([(price,) * 4 for price in (1, 2, 4, 8, 16, 32, 64)])

    assert notices([both], []) == ["X has no bars between 2024-01-02 and 2024-03-31"]
    assert notices([wild], [])[3:] == ["X: 3 more like that"]


def test_a_run_that_warm_up_took_whole_is_told(run: Callable[..., Shown]) -> None:
    result, _ = run(bars=[flat(30)], warmup=50)
    (told,) = outcome(result["metrics"])
    assert told.startswith("Warm-up took all 30 bars")
    assert "봉 30개" in outcome(result["metrics"], "ko")[0]


def test_a_run_without_orders_is_told(run: Callable[..., Shown]) -> None:
    silent, _ = run({}, [flat(30)])
    busy, _ = run({0: lambda s: s.buy(1)}, [flat(30)])

    (told,) = outcome(silent["metrics"])
    assert told.startswith("The strategy asked for no order")
    assert outcome(busy["metrics"]) == []


def test_debts_are_told_and_ordinary_losses_are_not(run: Callable[..., Shown]) -> None:
    crash = bars([(100, 100, 100, 100)] * 3 + [(20, 20, 20, 20)] * 2)

    def told(percent: float) -> list[str]:
        result, _ = run({0: lambda s: s.buy(percent=percent)}, [crash], leverage=5)
        return outcome(result["metrics"])

    assert told(0.9) == []
    assert [line[:28] for line in told(3)] == ["Equity fell to zero or below"]
