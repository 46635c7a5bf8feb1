"""The metadata of the ``notification`` schema, with the plumbing tables of every service."""

from sqlalchemy.orm import DeclarativeBase

from shared.database import schema_metadata
from shared.platform_tables import platform_tables


class Base(DeclarativeBase):
    """Base of the service's rows."""

    metadata = schema_metadata("notification")


TABLES = platform_tables(Base.metadata)
