"""``naru api | worker | migrate [SERVICE]``: one service alone, for deployments."""

import os
import sys
from typing import Annotated, Literal

import typer

Service = Literal["auth", "logic", "trading", "data", "notification"]
ALL: tuple[Service, ...] = ("auth", "logic", "data", "trading", "notification")


def _become(module: str, *arguments: str) -> None:
    """Replace this process by ``python -m module``: signals and exit status are then its own."""
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606


def api(
    service: Annotated[
        Literal["gateway", "auth", "logic", "trading", "data", "notification"],
        typer.Argument(help="Which service to serve."),
    ],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
) -> None:
    """Serve one service's HTTP API; settings come from NARU_* and <SERVICE>_* variables."""
    module = "gateway" if service == "gateway" else f"{service}_service"
    _become(module, "api", "--host", host, "--port", str(port))


def worker(
    service: Annotated[Service, typer.Argument(help="Whose background jobs to work off.")],
    queue: Annotated[
        Literal["seconds", "minutes"] | None,
        typer.Option(help="Only this class of jobs."),
    ] = None,
) -> None:
    """Work off one service's background jobs."""
    _become(f"{service}_service", "worker", *(["--queue", queue] if queue else []))


def migrate(
    service: Annotated[
        Service | None, typer.Argument(help="Whose schema to migrate; all by default.")
    ] = None,
) -> None:
    """Bring the database schema of one service, or of all, up to date."""
    # Imported late on purpose: `naru --help` need not load the database drivers.
    from shared.migrations.run import migrate as migrate_schema  # noqa: PLC0415
    from shared.service import load_or_exit  # noqa: PLC0415
    from shared.settings import PlatformSettings  # noqa: PLC0415

    settings = load_or_exit(PlatformSettings)
    for name in [service] if service else ALL:
        migrate_schema(name, settings)
        typer.echo(f"{name}: up to date")
