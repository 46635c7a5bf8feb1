"""The metadata of the ``data`` schema, with the plumbing tables that every service has."""

from sqlalchemy.orm import DeclarativeBase

from shared.database import schema_metadata
from shared.platform_tables import platform_tables


class Base(DeclarativeBase):
    """Base of the service's rows."""

    metadata = schema_metadata("data")


TABLES = platform_tables(Base.metadata)
