"""``naru backtest``: the offline run, with the hosted service's engine and sandbox."""

import gc
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from logic_service.sandbox.link import ZygoteLink
from naru.cli.options import UnsafeSandbox

Texts = list[str] | None


def backtest(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The strategy's source.")],
    data: Annotated[
        list[Path],
        typer.Option(
            help="Bars: Parquet, CSV, CSV.gz, or a folder of them. Repeat it for more symbols."
        ),
    ],
    symbol: Annotated[
        Texts, typer.Option(help="The symbol of each --data file, in order. Default: by its name.")
    ] = None,
    param: Annotated[Texts, typer.Option(help="A parameter, as fast=10. May be repeated.")] = None,
    cash: Annotated[str, typer.Option(help="Cash at the start.")] = "10000",
    commission_bps: Annotated[str, typer.Option(help="Commission, basis points of value.")] = "0",
    slippage_bps: Annotated[str, typer.Option(help="Slippage, basis points of price.")] = "0",
    fill: Annotated[
        str, typer.Option(help="When market orders fill: next_open, next_close, same_close.")
    ] = "next_open",
    seed: Annotated[str, typer.Option(help="Seed of the strategy's random numbers.")] = "0",
    option: Annotated[
        Texts,
        typer.Option(help="Any other option of a run, as leverage=2; a wrong name lists them."),
    ] = None,
    json: Annotated[
        Path | None, typer.Option(help="Write the result as JSON; - is standard output.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write an HTML report.")] = None,
    confidence: Annotated[
        int,
        typer.Option(
            help="Resamplings of the run, such as 1000: bounds of its metrics, in JSON and report.",
            min=0,
            max=100_000,
        ),
    ] = 0,
    time_limit: Annotated[
        float, typer.Option(help="Seconds of wall clock, and of CPU.", min=0.1, max=86_400)
    ] = 20.0,
    memory_limit: Annotated[str, typer.Option(help="Memory: bytes, or 512M, 1G.")] = "1G",
    language: Annotated[str, typer.Option(help="Of summary and report: en or ko.")] = "en",
    unsafe_development_sandbox: UnsafeSandbox = False,
) -> None:
    """Run a strategy over files of bars, here, without a server.

    Exit status: 0 finished, 1 the strategy failed, 2 bad arguments or data.
    """
    gc.disable()  # arrays are freed without it; what modules, trades and orders are made of stays
    # The sandbox's process starts while this one loads what it needs itself, NumPy first.
    link = context.obj or ZygoteLink(unsafe_development=unsafe_development_sandbox)
    work = import_module("naru.cli.backtesting")
    arguments = work.Arguments(
        file=file,
        data=data,
        symbols=symbol or [],
        params=param or [],
        options={
            "cash": cash,
            "commission_bps": commission_bps,
            "slippage_bps": slippage_bps,
            "fill": fill,
            "seed": seed,
        },
        more_options=option or [],
        json=json,
        report=report,
        confidence_samples=confidence,
        time_limit=time_limit,
        memory_limit=memory_limit,
        language=language,
        is_unsafe=unsafe_development_sandbox,
    )
    try:
        work.run_command(link, arguments)
    finally:
        gc.enable()
