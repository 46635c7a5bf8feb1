"""The ``outbox`` of a producer and the ``event_cursors`` of a consumer."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, MetaData, Table, Text, Uuid, func
from sqlalchemy.dialects.postgresql import JSONB


def outbox_table(metadata: MetaData) -> Table:
    """Declare the service's outgoing events; ``seq`` grows in the order of commits."""
    return Table(
        "outbox",
        metadata,
        Column("seq", BigInteger, Identity(), primary_key=True),
        Column("id", Uuid, nullable=False, unique=True),
        Column("name", Text, nullable=False),
        Column("workspace_id", Uuid, nullable=False),
        Column("payload", JSONB, nullable=False),
        Column("request_id", Text),
        Column(
            "occurred_at",
            DateTime(timezone=True),
            nullable=False,
            server_default=func.now(),
            index=True,
        ),
    )


def event_cursors_table(metadata: MetaData) -> Table:
    """Declare how far the service has read each producer's outbox."""
    return Table(
        "event_cursors",
        metadata,
        Column("producer", Text, primary_key=True),
        Column("seq", BigInteger, nullable=False, server_default="0"),
    )
