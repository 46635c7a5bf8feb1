"""The guide for authors shows strategies that run, and names what there is."""

import io
import re
from pathlib import Path

import pytest

from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.policy.namespace import Library
from naru.bars import Bars
from naru.cli.sample_bars import daily_bars_csv
from naru.engine.config import RunConfig
from naru.engine.orderlog import OrderLog
from naru.engine.replay import reconcile, replay
from naru.engine.run import Claim
from shared.bar_files import read_bars

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "strategies.md").read_text()
STRATEGIES = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture(scope="module")
def bars() -> Bars:
    """Return the bars that ``naru new --bars`` writes."""
    return read_bars(io.BytesIO(daily_bars_csv()), "IBM").bars


@pytest.mark.parametrize("source", STRATEGIES, ids=lambda source: source.split("\n")[-3].strip())
def test_its_strategies_trade_and_reconcile(host: SandboxHost, bars: Bars, source: str) -> None:
    execution = host.run(source, [bars], RunConfig())
    assert execution.problem is None
    outcome = replay([bars], OrderLog.from_bytes(execution.orders), RunConfig())
    reconcile(outcome, Claim.from_dict(execution.claim))
    assert len(outcome.fills) >= 10


def test_it_shows_both_styles() -> None:
    assert sum("@vector" in source for source in STRATEGIES) == 1
    assert sum("(Strategy)" in source for source in STRATEGIES) >= 2


def test_every_module_that_it_names_can_be_imported() -> None:
    named = re.search(r"Modules:\n`([a-z ]+?\n?[a-z \n]+)`", GUIDE)
    assert named is not None
    library = Library()
    assert all(library.offered(module) for module in named.group(1).split())


def test_readme_of_examples_names_each_of_them() -> None:
    readme = (ROOT / "examples" / "README.md").read_text()
    linked = re.findall(r"\]\(([a-z_]+)\.py\)", readme)
    assert sorted(linked) == sorted(path.stem for path in (ROOT / "examples").glob("*.py"))
