"""Identifiers: time-ordered UUIDs inside, prefixed strings outside (``st_0199...``)."""

import os
import time
from typing import Annotated
from uuid import UUID

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

_HEX_LENGTH = 32


def new_id() -> UUID:
    """Return a UUID version 7 (RFC 9562, 5.7): sorts by creation time to the millisecond."""
    milliseconds = time.time_ns() // 1_000_000
    value = bytearray(milliseconds.to_bytes(6, "big") + os.urandom(10))
    value[6] = 0x70 | (value[6] & 0x0F)
    value[8] = 0x80 | (value[8] & 0x3F)
    return UUID(bytes=bytes(value))


def public_id(prefix: str, value: UUID) -> str:
    """Spell an id for the outside: ``prefix`` + ``_`` + 32 lower-case hex digits."""
    return f"{prefix}_{value.hex}"


def parse_public_id(prefix: str, text: str) -> UUID | None:
    """Read an id as :func:`public_id` spells it; None when ``text`` is anything else."""
    head, _, digits = text.partition("_")
    if head != prefix or len(digits) != _HEX_LENGTH:
        return None
    if digits.strip("0123456789abcdef"):
        return None
    return UUID(hex=digits)


class PublicId:
    """Pydantic annotation: a UUID in Python, ``prefix_<hex>`` in JSON, paths and queries."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def _read(self, value: object) -> UUID:
        if isinstance(value, UUID):
            return value
        found = parse_public_id(self.prefix, value) if isinstance(value, str) else None
        if found is None:
            raise PydanticCustomError(
                "id-malformed",
                "an id looks like {prefix}_ and 32 lower-case hex digits",
                {"prefix": self.prefix},
            )
        return found

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self._read,
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda value: public_id(self.prefix, value),
                return_schema=core_schema.str_schema(),
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {
            "type": "string",
            "pattern": f"^{self.prefix}_[0-9a-f]{{32}}$",
            "examples": [f"{self.prefix}_0199f0c2b7a77c3e9d1e5a4b3c2d1e0f"],
        }


UserId = Annotated[UUID, PublicId("usr")]
WorkspaceId = Annotated[UUID, PublicId("ws")]
SessionId = Annotated[UUID, PublicId("ses")]
ApiKeyId = Annotated[UUID, PublicId("key")]
StrategyId = Annotated[UUID, PublicId("st")]
VersionId = Annotated[UUID, PublicId("ver")]
DatasetId = Annotated[UUID, PublicId("ds")]
BacktestId = Annotated[UUID, PublicId("bt")]
ChannelId = Annotated[UUID, PublicId("ch")]
WebhookId = Annotated[UUID, PublicId("wh")]
DeliveryId = Annotated[UUID, PublicId("dlv")]
NotificationId = Annotated[UUID, PublicId("ntf")]
EventId = Annotated[UUID, PublicId("evt")]
JobId = Annotated[UUID, PublicId("job")]
PasskeyId = Annotated[UUID, PublicId("pk")]
ExportId = Annotated[UUID, PublicId("exp")]
DeletionId = Annotated[UUID, PublicId("del")]
