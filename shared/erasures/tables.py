"""The ``erasures`` of a service."""

from sqlalchemy import Column, DateTime, MetaData, Table, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB


def erasures_table(metadata: MetaData) -> Table:
    """Declare which workspaces the service has erased.

    counts   kind of thing -> how many; written with the deletion itself, so that a worker that
             dies before it has reported them can be followed by one that does
    """
    return Table(
        "erasures",
        metadata,
        Column("workspace_id", Uuid, primary_key=True),
        Column("counts", JSONB, nullable=False),
        Column("erased_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    )
