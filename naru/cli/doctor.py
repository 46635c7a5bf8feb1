"""``naru doctor``: what this machine offers."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from infra.embedded.doctor import Engine, Findings, examine
from infra.embedded.state import StateDir
from logic_service.sandbox.doctor import SandboxFindings
from logic_service.sandbox.doctor import doctor as examine_sandbox
from naru.cli.options import LaunchSettings, StateDirOption, typed

_GIB = 1 << 30
_LEVELS = {
    "full": "every layer holds",
    "sound": "all that runs need holds",
    "none": "no strategy runs here",
}
_YES, _NO = "[green]yes[/]", "[yellow]no[/]"


def doctor(
    state_dir: StateDirOption = None,
    database: Annotated[
        str | None, typer.Option(help="Address of a PostgreSQL to ask; NARU_DATABASE_URL else.")
    ] = None,
) -> None:
    """Look at this machine: engines, sandbox layers that hold, Timescale tier.

    Exit status: 0 when Naru can run here, 1 when something is in the way.
    """
    address = database or LaunchSettings.read().database_url
    found = asyncio.run(examine(StateDir(state_dir), address))
    sandbox = examine_sandbox()
    missing = f"no strategy can run here: {sandbox.problem}" if sandbox.problem else None
    console = Console()
    for table in (_machine(found), _engines(found), _layers(sandbox)):
        console.print(table)
    problems = [text for text in (*_problems(found, address), missing) if text]
    for text in problems:
        console.print(f"[red]![/] {text}")
    if not problems:
        console.print(f"Naru can run here: {typed()} up")
    raise typer.Exit(1 if problems else 0)


def _grid(title: str) -> Table:
    table = Table(title=title, title_justify="left", show_header=False, box=None, padding=(0, 2))
    table.add_column(style="dim", min_width=22)
    return table


def _machine(found: Findings) -> Table:
    machine, state = found.machine, found.state
    table = _grid("Machine")
    table.add_row("Python", machine.python)
    table.add_row("System", machine.system)
    table.add_row("Cores", str(machine.cpu_count))
    if machine.memory_bytes is not None:
        table.add_row("Memory", f"{machine.memory_bytes / _GIB:.1f} GiB")
    table.add_row("State folder", str(state.root))
    if state.free_bytes is not None:
        table.add_row("Free there", f"{state.free_bytes / _GIB:.1f} GiB")
    if state.flush_ms is not None:
        table.add_row("Flush to disk", f"{state.flush_ms:.1f} ms")
    table.add_row("Running at", state.running_url or "-")
    return table


def _engines(found: Findings) -> Table:
    table = _grid("Engines")
    table.add_row("Embedded PostgreSQL", _engine(found.postgres))
    table.add_row("Embedded Valkey", _engine(found.valkey))
    if found.database is not None:
        database = found.database
        table.add_row("Database", database.version or "does not answer")
        table.add_row("Time-series tier", database.tier or "-")
        if database.timescale_available and database.tier == "plain":
            table.add_row("", "TimescaleDB is installed there: CREATE EXTENSION timescaledb")
    else:
        table.add_row("Time-series tier", "plain (embedded)")
    return table


def _engine(engine: Engine) -> str:
    return engine.version or f"[red]missing[/]: {engine.problem}"


def _layers(sandbox: SandboxFindings) -> Table:
    table = _grid("Sandbox")
    table.add_row("Level", f"{sandbox.level}: {_LEVELS[sandbox.level]}")
    for layer in sandbox.layers:
        needed = " [dim](needed)[/]" if layer.is_required else ""
        table.add_row(layer.name.replace("_", " "), (_YES if layer.holds else _NO) + needed)
    return table


def _problems(found: Findings, address: str | None) -> list[str]:
    """Return what keeps the platform from running; an engine that is replaced is not missed."""
    problems = [found.state.problem, found.valkey.problem]
    if address is None:
        problems.append(found.postgres.problem)
        if found.machine.runs_postgres_as is None:
            problems.append("PostgreSQL can run as no user here: set NARU_DATABASE_URL")
    elif found.database is not None:
        problems.append(found.database.problem)
    return [text for text in problems if text]
