"""``python -m gateway api``."""

from typing import Annotated

import typer

from gateway.app import create_split_app
from gateway.server import server_options
from gateway.settings import GatewaySettings
from shared.http.serving import serve
from shared.logging import configure_logging
from shared.tracing import tracing

cli = typer.Typer(help="Run the gateway alone.", no_args_is_help=True)


@cli.callback()
def gateway() -> None:
    """Run the gateway alone; services are found by `NARU_AUTH_URL` and so on."""


@cli.command()
def api(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
) -> None:
    """Serve the public API."""
    settings = GatewaySettings()
    configure_logging(settings.log_level)
    with tracing(settings, "gateway"):
        serve(create_split_app(settings), host=host, port=port, **server_options())


cli()
