"""confirm channels, keep an inbox, send account mails."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002_notification"
down_revision = "0001_notification"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "confirmations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("wrong_codes", sa.Integer(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmations")),
        schema="notification",
    )
    op.create_index(
        op.f("ix_confirmations_channel_id"),
        "confirmations",
        ["channel_id"],
        unique=False,
        schema="notification",
    )
    op.create_index(
        "ix_confirmations_newest",
        "confirmations",
        ["workspace_id", "created_at"],
        unique=False,
        schema="notification",
    )
    op.create_table(
        "mails",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('pending', 'sent', 'dropped')", name=op.f("ck_mails_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        schema="notification",
    )
    op.create_index(
        "ix_mails_newest",
        "mails",
        ["workspace_id", "created_at"],
        unique=False,
        schema="notification",
    )
    op.create_table(
        "preferences",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("inbox_event_types", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column(
            "quiet_hours", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_preferences")),
        schema="notification",
    )
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["notification.events.id"],
            name=op.f("fk_notifications_event_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("event_id", name=op.f("uq_notifications_event_id")),
        schema="notification",
    )
    op.create_index(
        "ix_notifications_newest",
        "notifications",
        ["workspace_id", "created_at", "id"],
        unique=False,
        schema="notification",
    )
    op.add_column(
        "channels",
        sa.Column("verified", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        schema="notification",
    )
    op.add_column(
        "channels",
        sa.Column("previous_secret", sa.LargeBinary(), nullable=True),
        schema="notification",
    )
    op.add_column(
        "channels",
        sa.Column("previous_secret_expires_at", sa.DateTime(timezone=True), nullable=True),
        schema="notification",
    )
    op.add_column(
        "channels",
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        schema="notification",
    )
    op.add_column(
        "channels", sa.Column("disabled_reason", sa.String(), nullable=True), schema="notification"
    )
    op.add_column(
        "channels",
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        schema="notification",
    )
    op.add_column(
        "deliveries",
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        schema="notification",
    )
