"""Settings from the environment: ``TRADING_X`` for one service, ``NARU_X`` for all of them."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from shared.master_key import read_master_key


class PlatformSettings(BaseSettings):
    """What every service needs. A service's own prefix wins over ``NARU_``.

    database_url    ``postgresql://...`` (any driver suffix is dropped)
    database_idle_s how long a connection may lie unused before it is closed
    redis_url       ``redis://...`` or ``unix:///path``
    master_key      32 random bytes as 64 hex digits, or ``file:`` or ``kms:`` and where they are
                    (see ``shared.master_key``); all other keys are derived from it
    previous_master_keys    those of the past, as a JSON list: they still open what they sealed
    state_dir       files that belong to this installation: objects, outgoing mail
    otlp_endpoint   where an OpenTelemetry collector takes traces, such as ``http://otel:4318``;
                    by default what ``OTEL_EXPORTER_OTLP_ENDPOINT`` says; none are made without
    s3_bucket       when set, objects live in S3; otherwise in ``state_dir``
    """

    service: ClassVar[str] = "naru"
    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    database_url: SecretStr
    redis_url: SecretStr
    master_key: SecretStr
    previous_master_keys: tuple[SecretStr, ...] = ()
    state_dir: Path
    log_level: str = "INFO"
    otlp_endpoint: str | None = Field(
        default_factory=lambda: os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or None
    )
    public_url: str = "http://127.0.0.1:8000"
    database_pool_size: int = 8
    database_idle_s: float = 300.0
    s3_bucket: str | None = None
    s3_endpoint_url: str | None = None
    s3_region: str = "us-east-1"
    s3_access_key_id: SecretStr | None = None
    s3_secret_access_key: SecretStr | None = None
    auth_url: str | None = None
    logic_url: str | None = None
    trading_url: str | None = None
    data_url: str | None = None
    notification_url: str | None = None

    @field_validator("master_key", mode="before")
    @classmethod
    def _read_master_key(cls, given: SecretStr | str) -> SecretStr:
        return read_master_key(given if isinstance(given, str) else given.get_secret_value())

    @field_validator("previous_master_keys", mode="before")
    @classmethod
    def _read_previous(cls, given: Sequence[SecretStr | str]) -> tuple[SecretStr, ...]:
        return tuple(
            read_master_key(key if isinstance(key, str) else key.get_secret_value())
            for key in given
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read explicit arguments first, then ``<SERVICE>_``, then ``NARU_``."""
        return (
            init_settings,
            EnvSettingsSource(settings_cls, env_prefix=f"{cls.service.upper()}_"),
            EnvSettingsSource(settings_cls, env_prefix="NARU_"),
        )


def explain(error: ValidationError) -> str:
    """Name the variables that are missing or wrong, and why. Their values may be secrets."""
    service = error.title.removesuffix("Settings").upper()
    told = []
    for problem in error.errors(include_input=False, include_url=False):
        name = "_".join(map(str, problem["loc"])).upper()
        names = f"NARU_{name}" if service == "PLATFORM" else f"NARU_{name} or {service}_{name}"
        told.append(f"{names}: {problem['msg'].removeprefix('Value error, ')}")
    return "\n".join(told)
