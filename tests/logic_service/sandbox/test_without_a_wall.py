"""Where the system has no call filter: nothing runs, unless somebody says so, and then loudly."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer

from logic_service.sandbox.host import SandboxHost
from logic_service.sandbox.link import ZygoteLink
from logic_service.sandbox.types import SandboxUnavailableError, Verdict
from naru.bars import Bars
from naru.cli.backtesting import Arguments, run_command
from naru.engine.config import RunConfig

IDLE = "from naru import Strategy\nclass Idle(Strategy):\n    def on_bar(self): pass\n"
UNKNOWN = "pdp11"


def arguments(folder: Path, bars: list[Bars]) -> Arguments:
    """Return the arguments of ``naru backtest --unsafe-development-sandbox``."""
    (folder / "idle.py").write_text(IDLE)
    names = ("open", "high", "low", "close", "volume")
    ts = pa.array(bars[0].ts, pa.timestamp("ns", "UTC"))
    table = pa.table({"ts": ts} | {name: getattr(bars[0], name) for name in names})
    pq.write_table(table, folder / "bars.parquet")
    return Arguments(
        file=folder / "idle.py",
        data=[folder / "bars.parquet"],
        symbols=["X"],
        params=[],
        options={},
        more_options=[],
        json=folder / "out.json",
        report=None,
        time_limit=20.0,
        memory_limit="1G",
        is_unsafe=True,
    )


def test_nothing_runs_without_a_filter(bars: list[Bars]) -> None:
    with SandboxHost(machine=UNKNOWN) as host:
        with pytest.raises(SandboxUnavailableError, match="no system call filter for pdp11"):
            host.run(IDLE, bars, RunConfig())
        with pytest.raises(SandboxUnavailableError, match="unsafe-development-sandbox"):
            host.check(IDLE)


def test_the_command_runs_and_warns_loudly_when_told_to(
    bars: list[Bars], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    link = ZygoteLink(machine=UNKNOWN, unsafe_development=True)
    layers = link.wait_ready()
    assert not any(holds for name, holds in layers.items() if name != "addresses_hidden")

    run_command(link, arguments(tmp_path, bars))

    assert "!!! UNSAFE" in capsys.readouterr().err
    assert (tmp_path / "out.json").exists()


def test_the_command_refuses_when_not_told_to(
    bars: list[Bars], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as caught:
        run_command(ZygoteLink(machine=UNKNOWN), arguments(tmp_path, bars))

    assert caught.value.exit_code == 1


def test_on_linux_the_option_weakens_nothing(
    bars: list[Bars], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with SandboxHost() as plain, SandboxHost(unsafe_development=True) as told:
        assert told.layers() == plain.layers()
        assert told.layers()["seccomp"]
        assert told.run(IDLE, bars, RunConfig()).verdict is Verdict.OK
    run_command(ZygoteLink(unsafe_development=True), arguments(tmp_path, bars))

    assert "UNSAFE" not in capsys.readouterr().err
