"""Count bars by their time."""

import sqlalchemy as sa
from alembic import op

revision = "0004_logic"
down_revision = "0003_logic"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bar_counts",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("bar_count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["logic.versions.id"], name=op.f("fk_bar_counts_version_id")
        ),
        sa.PrimaryKeyConstraint("version_id", "bucket", name=op.f("pk_bar_counts")),
        schema="logic",
    )
    op.create_index(
        op.f("ix_bar_counts_workspace_id"),
        "bar_counts",
        ["workspace_id"],
        unique=False,
        schema="logic",
    )
