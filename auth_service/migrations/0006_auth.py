"""Keep exports, passkeys, and what a deletion waits for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006_auth"
down_revision = "0005_auth"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("files", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('collecting', 'ready', 'failed', 'expired')",
            name=op.f("ck_exports_known_status"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["auth.users.id"], name=op.f("fk_exports_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["auth.workspaces.id"],
            name=op.f("fk_exports_workspace_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
        schema="auth",
    )
    op.create_index(
        "ix_exports_of_person",
        "exports",
        ["user_id", "workspace_id", "requested_at"],
        unique=False,
        schema="auth",
    )
    op.create_index(
        op.f("ix_exports_workspace_id"), "exports", ["workspace_id"], unique=False, schema="auth"
    )
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["auth.users.id"], name=op.f("fk_passkeys_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
        schema="auth",
    )
    op.create_index(
        op.f("ix_passkeys_user_id"), "passkeys", ["user_id"], unique=False, schema="auth"
    )
    op.add_column(
        "deletions",
        sa.Column("waiting", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        schema="auth",
    )
    op.add_column(
        "subscriptions",
        sa.Column("past_due_at", sa.DateTime(timezone=True), nullable=True),
        schema="auth",
    )
    op.execute(
        """
        INSERT INTO auth.jobs (id, task, queue, arguments, run_at)
        SELECT gen_random_uuid(), 'auth.check_renewal', 'seconds',
            jsonb_build_array(replace(workspace_id::text, '-', '')), greatest(renews_at, now())
        FROM auth.subscriptions WHERE renews_at IS NOT NULL
        """
    )
