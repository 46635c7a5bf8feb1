"""Options and variables that several commands share."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

import typer

DEFAULT_PORT = 8000
FIRST_USER = "admin@naru.local"
Port = Annotated[int, typer.Option(help="Port to listen on; 0 for any.", min=0, max=65535)]
StateDirOption = Annotated[
    Path | None,
    typer.Option("--state-dir", help="Where everything is kept; ~/.local/share/naru by default."),
]
UnsafeSandbox = Annotated[
    bool,
    typer.Option(
        "--unsafe-development-sandbox",
        help="Run strategies without a wall where this system has none (macOS). Own code only!",
    ),
]
UNSAFE_WARNING = """\
!!! UNSAFE: this system has no system call filter. Strategies run behind the language policy
!!! alone and could read your files and use your network. Run code of your own, nothing else."""


def typed() -> str:
    """Return how people call this command line here, for what they are told to type next."""
    return "uv run naru" if "UV_RUN_RECURSION_DEPTH" in os.environ else "naru"


@dataclass(frozen=True, slots=True)
class LaunchSettings:
    """``NARU_*`` variables that take the place of what the embedded platform brings along."""

    database_url: str | None
    redis_url: str | None
    master_key: str | None
    log_level: str

    @classmethod
    def read(cls) -> Self:
        """Read the environment. Not by pydantic: the launcher stays up as long as the platform,
        and would hold 30 MB of it for four texts.
        """
        return cls(
            os.environ.get("NARU_DATABASE_URL"),
            os.environ.get("NARU_REDIS_URL"),
            os.environ.get("NARU_MASTER_KEY"),
            os.environ.get("NARU_LOG_LEVEL", "WARNING"),
        )
