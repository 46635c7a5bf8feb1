"""The ``idempotent_answers`` of a service."""

from sqlalchemy import (
    Column,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB


def answers_table(metadata: MetaData) -> Table:
    """Declare the requests that carried a key, and what was answered.

    fingerprint   keyed hash of method, address and body
    body          sealed by ``shared.vault``
    state         ``running`` -> ``worked`` (the work is committed) -> ``answered``
    claim         who works on it; whoever has lost the claim cannot commit
    lease_until   from then on a ``running`` request may be taken over, and the answer to one that
                  has ``worked`` is lost
    """
    return Table(
        "idempotent_answers",
        metadata,
        Column("workspace_id", Uuid, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("fingerprint", LargeBinary, nullable=False),
        Column("state", Text, nullable=False),
        Column("claim", Uuid, nullable=False),
        Column("lease_until", DateTime(timezone=True), nullable=False),
        Column(
            "created_at",
            DateTime(timezone=True),
            nullable=False,
            server_default=func.now(),
            index=True,
        ),
        Column("status", Integer),
        Column("headers", JSONB),
        Column("body", LargeBinary),
    )
