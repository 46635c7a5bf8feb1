"""``naru backtest``: the offline run, with the hosted service's engine and sandbox."""

import sys
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from logic_service.sandbox.types import Limits
from naru.cli.offline import OfflineRun, StrategyFailedError
from naru.engine.config import RunConfig
from naru.errors import ConfigError, ParamError
from shared.bar_files import BarFileError

_STDOUT = Path("-")
Paths = list[Path]


def backtest(
    file: Annotated[Path, typer.Argument(help="The strategy's source.", exists=True, dir_okay=False)],
    data: Annotated[
        Paths, typer.Option(help="Bars: Parquet, CSV or CSV.gz. Once per symbol.")
    ],
    symbol: Annotated[
        list[str] | None, typer.Option(help="Name of each --data file's symbol, in order.")
    ] = None,
    param: Annotated[
        list[str] | None, typer.Option(help="A parameter: fast=10. May be repeated.")
    ] = None,
    cash: Annotated[str, typer.Option(help="Cash at the start.")] = "10000",
    commission_bps: Annotated[str, typer.Option(help="Commission, basis points of value.")] = "0",
    slippage_bps: Annotated[str, typer.Option(help="Slippage, basis points of price.")] = "0",
    fill: Annotated[str, typer.Option(help="When market orders fill.")] = "next_open",
    seed: Annotated[int, typer.Option(help="Seed of the strategy's random numbers.")] = 0,
    option: Annotated[
        list[str] | None,
        typer.Option(help="Any other option of a run: leverage=2. JSON values are read as JSON."),
    ] = None,
    json: Annotated[
        Path | None, typer.Option(help="Write the result as JSON; - for standard output.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write an HTML report.")] = None,
    time_limit: Annotated[float, typer.Option(help="Seconds, of wall clock and of CPU.")] = 20.0,
    memory_limit: Annotated[str, typer.Option(help="Memory: bytes, or 512M, 1G.")] = "1G",
) -> None:
    """Run a strategy over files of bars, here, without a server.

    Exit status: 0 finished, 1 the strategy failed, 2 bad arguments or data.
    """
