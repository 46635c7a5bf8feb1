"""The metadata of the ``auth`` schema, with the plumbing tables that every service has."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import DateTime, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase

from shared.database import schema_metadata
from shared.platform_tables import platform_tables


class Base(DeclarativeBase):
    """Base of the service's rows: instants carry a zone, texts have no length in the database."""

    metadata = schema_metadata("auth")
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        str: Text,
        list[str]: ARRAY(Text),
    }


TABLES = platform_tables(Base.metadata)
