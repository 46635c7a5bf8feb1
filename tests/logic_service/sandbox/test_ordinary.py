"""Scripts as people write them: each is accepted unchanged and finishes."""

from pathlib import Path

import numpy as np
import pytest

from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.types import Limits, Verdict
from naru.bars import Bars
from naru.engine.config import RunConfig

SCRIPTS = sorted((Path(__file__).parents[2] / "sandbox_cases" / "ordinary").glob("*.py"))


def wavy_bars(symbol: str, phase: float) -> Bars:
    """Return 400 minute bars that swing while they rise."""
    steps = np.arange(400, dtype=np.float64)
    close = 100 + 5 * np.sin(steps / 7 + phase) + steps * 0.02
    ts = np.arange(400, dtype=np.int64) * 60_000_000_000
    return Bars(symbol, "1m", ts, close - 0.1, close + 1, close - 1, close, 10 + steps % 3)


def test_there_are_enough_scripts() -> None:
    assert len(SCRIPTS) >= 140


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_an_ordinary_script_runs_unchanged(script: Path, host: SandboxHost) -> None:
    source = script.read_text()
    report = host.check(source)
    bars = [wavy_bars("BTC-USD", 0.0), wavy_bars("ETH-USD", 1.0)]
    execution = host.run(source, bars, RunConfig(), limits=Limits(cpu_s=10))

    assert report.problems == ()
    assert execution.verdict is Verdict.OK, execution.problem
