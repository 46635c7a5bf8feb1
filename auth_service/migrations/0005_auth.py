"""Keep a keyring."""

import sqlalchemy as sa
from alembic import op

revision = "0005_auth"
down_revision = "0004_auth"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "keyring",
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("purpose", name=op.f("pk_keyring")),
        schema="auth",
    )
    op.create_index("ix_guesses_at", "guesses", ["at"], unique=False, schema="auth")
