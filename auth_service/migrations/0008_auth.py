"""Number the states of what people change, so that lost updates can be refused."""

import sqlalchemy as sa
from alembic import op

revision = "0008_auth"
down_revision = "0007_auth"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("api_keys", "memberships", "workspaces"):
        column = sa.Column("revision", sa.Integer(), server_default="1", nullable=False)
        op.add_column(table, column, schema="auth")
