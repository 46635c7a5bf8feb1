"""Who added a channel."""

import sqlalchemy as sa
from alembic import op

revision = "0003_notification"
down_revision = "0002_notification"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the migration."""
    op.add_column("channels", sa.Column("user_id", sa.Uuid(), nullable=True), schema="notification")
