"""Results to show."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from naru.bars import Bars
from naru.engine.config import RunConfig
from naru.result import Inputs, build_result
from tests.naru.engine.scenes import perform, scripted, walk


@dataclass(frozen=True)
class Line:
    ts_ns: int | None
    text: str


@dataclass(frozen=True)
class Point:
    name: str
    ts_ns: int
    value: float


Shown = tuple[dict[str, Any], list[Bars]]


@pytest.fixture
def run() -> Callable[..., Shown]:
    """Run a script over bars and return its result and the bars."""

    def make(
        script: Any = None,
        bars: list[Bars] | None = None,
        name: str = "Scripted",
        doc: str = "",
        params: dict[str, Any] | None = None,
        logs: list[str] | None = None,
        plots: list[str] | None = None,
        confidence_samples: int = 0,
        **options: Any,
    ) -> Shown:
        if script is None:
            script = {20: lambda s: s.buy(percent=0.9), 90: lambda s: s.position.close()}
        market = bars or [walk(200, timeframe="1d", symbol="BTC-USD")]
        ran, replay = perform(scripted(script), market, **options)
        inputs = Inputs(
            strategy={"name": name, "style": "event", "doc": doc},
            code_sha256="ab" * 32,
            bars=market,
            config=RunConfig(**options),
            params=params or {},
        )
        ts = [int(each) for each in market[0].ts]
        result = build_result(
            inputs,
            replay,
            ran.orders.to_bytes(),
            logs=[Line(ts[0], text) for text in logs or []],
            confidence_samples=confidence_samples,
            plots=[Point(plot, at, 1.0) for plot in plots or [] for at in ts],
        )
        return result, market

    return make
