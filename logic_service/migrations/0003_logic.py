"""Count runs."""

import sqlalchemy as sa
from alembic import op

revision = "0003_logic"
down_revision = "0002_logic"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "run_counts",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("run_count", sa.BigInteger(), nullable=False),
        sa.Column("bar_count", sa.BigInteger(), nullable=False),
        sa.Column("cpu_s", sa.Double(), nullable=False),
        sa.Column("peak_memory_bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["logic.versions.id"], name=op.f("fk_run_counts_version_id")
        ),
        sa.PrimaryKeyConstraint(
            "version_id", "plan", "verdict", "bucket", name=op.f("pk_run_counts")
        ),
        schema="logic",
    )
    op.create_index(
        op.f("ix_run_counts_workspace_id"),
        "run_counts",
        ["workspace_id"],
        unique=False,
        schema="logic",
    )
