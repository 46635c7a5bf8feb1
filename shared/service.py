"""The command line of one service: ``python -m trading_service api | worker | migrate``."""

from collections.abc import Callable
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from starlette.types import ASGIApp

from shared.http.serving import serve
from shared.jobs.process import run_until_stopped
from shared.jobs.tasks import Queue
from shared.jobs.worker import ServiceWorker
from shared.logging import configure_logging
from shared.migrations.run import migrate
from shared.settings import PlatformSettings, explain
from shared.tracing import tracing

Settings = Callable[[], PlatformSettings]

BOTH_QUEUES: tuple[Queue, ...] = ("seconds", "minutes")


def load_or_exit(load_settings: Settings) -> PlatformSettings:
    """Read the environment. Raises typer.Exit with 2 when a variable is missing or wrong."""
    try:
        return load_settings()
    except ValidationError as error:
        typer.echo(explain(error), err=True)
        raise typer.Exit(2) from error


def service_cli(
    name: str,
    load_settings: Settings,
    create_app: Callable[[Any], ASGIApp],
    create_worker: Callable[[Any], ServiceWorker] | None = None,
) -> typer.Typer:
    """Return the typer app of one service; ``worker`` only where there is one."""
    cli = typer.Typer(help=f"Run the {name} service alone.", no_args_is_help=True)

    def load() -> PlatformSettings:
        return load_or_exit(load_settings)

    @cli.command()
    def api(
        host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
        port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    ) -> None:
        """Serve the HTTP API."""
        settings = load()
        configure_logging(settings.log_level)
        with tracing(settings, name):
            serve(create_app(settings), host=host, port=port, access_log=False, log_config=None)

    @cli.command("migrate")
    def migrate_command() -> None:
        """Bring the service's database schema up to date."""
        settings = load()
        configure_logging(settings.log_level)
        migrate(name, settings)

    if create_worker is not None:
        make_worker = create_worker

        @cli.command()
        def worker(
            queue: Annotated[
                list[str] | None, typer.Option(help="`seconds`, `minutes`, or both by default.")
            ] = None,
        ) -> None:
            """Work off background jobs."""
            settings = load()
            configure_logging(settings.log_level)
            queues = [known for known in BOTH_QUEUES if queue is None or known in queue]
            with tracing(settings, f"{name}-worker"):
                run_until_stopped([make_worker(settings)], queues)

    return cli
