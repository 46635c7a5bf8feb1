"""``naru up``: the whole platform on this machine."""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import typer
import uvloop
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from infra.embedded.errors import EmbeddedError, StateDirLockedError
from naru.cli.options import (
    DEFAULT_PORT,
    FIRST_USER,
    UNSAFE_WARNING,
    Port,
    StateDirOption,
    UnsafeSandbox,
)
from naru.cli.platform import Platform, PortTakenError, running_platform
from shared.logging import configure_logging


def up(
    port: Port = DEFAULT_PORT,
    state_dir: StateDirOption = None,
    unsafe_development_sandbox: UnsafeSandbox = False,
) -> None:
    """Start Naru: database, cache, object store, all services, workers. Ctrl-C stops it."""
    prepare(is_unsafe=unsafe_development_sandbox)
    raise typer.Exit(run(_up(port, state_dir)))


def prepare(*, is_unsafe: bool = False) -> None:
    """Set what holds for a whole platform process: quiet logs, and files for the owner alone.

    is_unsafe  let strategies run without a wall, where the system has none to offer
    """
    configure_logging("WARNING")
    os.umask(0o077)
    if is_unsafe:
        os.environ["NARU_UNSAFE_DEVELOPMENT_SANDBOX"] = "1"  # the services read it
        if not sys.platform.startswith("linux"):
            typer.echo(UNSAFE_WARNING, err=True)


def run(work: Coroutine[Any, Any, int]) -> int:
    """Run a command's coroutine to its exit status; say what keeps the platform from starting."""
    console = Console(stderr=True)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(work)
    except StateDirLockedError as error:
        console.print(f"[yellow]{error}[/]")
        return 3
    except (EmbeddedError, PortTakenError) as error:
        console.print(f"[red]Naru cannot start:[/] {error}")
        return 1


async def _up(port: int, state_dir: Path | None) -> int:
    console = Console()
    stopped = stop_signal()
    with console.status("starting") as status:
        async with running_platform(state_dir, port, status.update) as platform:
            status.stop()
            console.print(banner(platform))
            await stopped.wait()
            console.print("stopping")
    return 0


def stop_signal() -> asyncio.Event:
    """Return an event that Ctrl-C and SIGTERM set."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    return stopped


def banner(platform: Platform) -> Panel:
    """Return what a newcomer needs: where it is, how to sign in, where things are kept."""
    lines = Table.grid(padding=(0, 2))
    lines.add_row("API", f"{platform.url}/api/v1")
    lines.add_row("Docs", f"{platform.url}/docs")
    lines.add_row("State", str(platform.state_dir))
    if platform.password is not None:
        lines.add_row("First user", FIRST_USER)
        lines.add_row("Password", f"{platform.password}  [dim](shown this once)[/]")
    title = f"Naru is up [dim]({platform.elapsed_s:.1f} s)[/]"
    return Panel(lines, title=title, subtitle="Ctrl-C stops it", expand=False)
