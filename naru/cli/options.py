"""Options and variables that several commands share."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

DEFAULT_PORT = 8000
FIRST_USER = "admin@naru.local"
Port = Annotated[int, typer.Option(help="Port to listen on; 0 for any.", min=0, max=65535)]
StateDirOption = Annotated[
    Path | None,
    typer.Option("--state-dir", help="Where everything is kept.  [default: ~/.local/share/naru]"),
]


class LaunchSettings(BaseSettings):
    """``NARU_*`` variables that take the place of what the embedded platform brings along."""

    model_config = SettingsConfigDict(env_prefix="NARU_", extra="ignore")

    database_url: str | None = None
    redis_url: str | None = None
    master_key: SecretStr | None = None
    log_level: str = "WARNING"
