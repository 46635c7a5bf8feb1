"""The commands of ``naru``. Each lives in a module of its own and is loaded when it is used.

``naru backtest`` must answer within a second: it cannot afford to load the whole platform first.
"""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from logic_service.sandbox.link import ZygoteLink
from naru.cli.plain import PlainCommand

_COMMANDS = {
    "up": "naru.cli.up",
    "demo": "naru.cli.demo",
    "backtest": "naru.cli.backtest",
    "check": "naru.cli.check",
    "remote": "naru.cli.remote",
    "new": "naru.cli.new",
    "doctor": "naru.cli.doctor",
    "version": "naru.cli.version",
    "api": "naru.cli.services",
    "worker": "naru.cli.services",
    "migrate": "naru.cli.services",
    "test": "naru.cli.test",
}


class LazyCommands(TyperGroup):
    """A group that imports a command's module when the command is asked for."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        # Names alone: typer looks here for the one that somebody may have meant.
        self.commands.update(dict.fromkeys(_COMMANDS, TyperCommand(None)))

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in the order of the help page."""
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Load one command; None when there is no such name."""
        if cmd_name not in _COMMANDS:
            return None
        command = typer.main.get_command(_load(cmd_name))
        command.name = cmd_name  # typer leaves a group's name to the group around it
        return command


def _load(name: str) -> typer.Typer:
    command = getattr(import_module(_COMMANDS[name]), name)
    if isinstance(command, typer.Typer):
        return command
    alone = typer.Typer(add_completion=False, rich_markup_mode="rich")
    alone.command(name, cls=PlainCommand)(command)
    return alone


cli = typer.Typer(
    cls=LazyCommands,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
    help="Naru hosts trading strategies: versioned, sandboxed, backtested on real bars.",
)


@cli.callback()
def _root() -> None:
    """Naru hosts trading strategies: versioned, sandboxed, backtested on real bars."""


def run(name: str, arguments: list[str], ahead: ZygoteLink | None) -> None:
    """Run the command line. A command that comes first needs nothing of the group around it.

    ``ahead`` is a sandbox that is starting already, for the command that needs one.
    """
    if name in _COMMANDS:
        _load(name)(arguments, prog_name=f"naru {name}", obj=ahead)
    else:
        cli()
