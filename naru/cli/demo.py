"""``naru demo``: start the platform if none runs, and do the main job on it."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from infra.embedded.state import StateDir
from naru.cli.demo_job import Demo, DemoError, DemoJob
from naru.cli.options import DEFAULT_PORT, Port, StateDirOption, UnsafeSandbox, typed
from naru.cli.platform import running_platform
from naru.cli.sample_bars import SYMBOL
from naru.cli.up import banner, prepare, run, stop_signal
from naru.report.terminal import print_summary

_EXAMPLE = Path(__file__).parents[2] / "examples" / "sma_cross.py"


def demo(
    port: Port = DEFAULT_PORT,
    state_dir: StateDirOption = None,
    leave: Annotated[
        bool, typer.Option("--exit", help="Stop the platform when the demo is over.")
    ] = False,
    unsafe_development_sandbox: UnsafeSandbox = False,
) -> None:
    """Start Naru and run a first backtest through its public API, on real prices."""
    prepare(is_unsafe=unsafe_development_sandbox)
    raise typer.Exit(run(_demo(port, state_dir, stay=not leave)))


async def _demo(port: int, state_dir: Path | None, *, stay: bool) -> int:
    console = Console()
    stopped = stop_signal()
    running = StateDir(state_dir).running()
    async with AsyncExitStack() as stack:
        if running is None:
            with console.status("starting") as status:
                platform = await stack.enter_async_context(
                    running_platform(state_dir, port, status.update)
                )
            console.print(banner(platform))
            url, home = platform.url, platform.state_dir
        else:
            url, home = str(running["url"]), StateDir(state_dir).root
            console.print(f"Using the platform that runs at {url}")
        try:
            done = await _job(console, url)
        except DemoError as error:
            console.print(f"[red]The demo failed:[/] {error}")
            return 1
        await _show(console, done, url, home)
        if running is None and stay:
            console.print("The platform keeps running. Ctrl-C stops it.")
            await stopped.wait()
    return 0


async def _job(console: Console, url: str) -> Demo:
    source = await asyncio.to_thread(_EXAMPLE.read_text)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        job = bar.add_task("", total=1.0)

        def step(text: str) -> None:
            bar.update(job, description=text, completed=0.0)

        done = await DemoJob(url, source).run(step, lambda part: bar.update(job, completed=part))
        bar.update(job, description="done", completed=1.0)
    return done


async def _show(console: Console, done: Demo, url: str, home: Path) -> None:
    backtest = done.backtest
    title = f"{backtest['strategy_name']} on {SYMBOL}, daily bars 2000-2013, commission 10 bps"
    values = [float(value) for value in done.equity["value"]]
    print_summary(console, title, backtest["metrics"], done.equity["ts"], values)
    report = home / "demo-report.html"
    await asyncio.to_thread(report.write_text, done.report)
    # As plain text: an address that is broken into lines could not be clicked.
    typer.echo(f"Report    {report}")
    typer.echo(f"Backtest  {url}/api/v1/backtests/{backtest['id']}")
    typer.echo(f"Docs      {url}/docs")
    typer.echo(f"Sign in   {done.email} with {done.password}")
    typer.echo(f"Your own  {typed()} new my_trend --bars")
