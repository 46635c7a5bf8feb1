"""Bounds of a run's metrics on request."""

import sqlalchemy as sa
from alembic import op

revision = "0003_trading"
down_revision = "0002_trading"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "backtests",
        sa.Column("confidence_samples", sa.Integer(), server_default="0", nullable=False),
        schema="trading",
    )
