"""Run as many backtests at once as a plan allows."""

import sqlalchemy as sa
from alembic import op

revision = "0002_trading"
down_revision = "0001_trading"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "places",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("at_once", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_places")),
        schema="trading",
    )
    for column in (
        sa.Column("request_id", sa.String(), nullable=True),
        sa.Column("traceparent", sa.String(), nullable=True),
        sa.Column("cpu_ms", sa.BigInteger(), nullable=True),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("backtests", column, schema="trading")
    op.create_index(
        "ix_backtests_active",
        "backtests",
        ["workspace_id", "created_at", "id"],
        unique=False,
        schema="trading",
        postgresql_where=sa.text("status IN ('queued', 'running')"),
    )
    # Whatever is active at the time of the change has its job already.
    op.execute(
        "UPDATE trading.backtests SET admitted_at = created_at"
        " WHERE status IN ('queued', 'running')"
    )
