"""Let keys replace keys."""

import sqlalchemy as sa
from alembic import op

revision = "0003_auth"
down_revision = "0002_auth"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("replaces", sa.Uuid(), nullable=True), schema="auth")
