"""The ``jobs`` table; every service that has tasks owns one in its schema."""

from sqlalchemy import Column, DateTime, Index, Integer, MetaData, Table, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import JSONB


def jobs_table(metadata: MetaData) -> Table:
    """Declare the service's job rows.

    state        ``queued`` -> ``running`` -> ``done`` | ``failed``
    arguments    JSON list of ids, as hex
    workspace_id on whose behalf; long jobs are claimed in turns between workspaces
    claim        who runs it now; a worker whose claim is gone must not finish the job
    lease_until  a running job whose lease has run out may be claimed by another worker
    """
    return Table(
        "jobs",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("workspace_id", Uuid),
        Column("task", Text, nullable=False),
        Column("queue", Text, nullable=False),
        Column("arguments", JSONB, nullable=False),
        Column("state", Text, nullable=False, server_default="queued"),
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column("run_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("lease_until", DateTime(timezone=True)),
        Column("claim", Uuid),
        Column("request_id", Text),
        Column("traceparent", Text),
        Column("error", Text),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("finished_at", DateTime(timezone=True)),
        Index(
            "ix_jobs_due",
            "queue",
            "run_at",
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
    )
