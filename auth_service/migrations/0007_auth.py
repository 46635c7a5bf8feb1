"""Say which tables no tenant may touch."""

from alembic import op

revision = "0007_auth"
down_revision = "0006_auth"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table_comment(
        "billing_events",
        "platform only: the billing system's",
        existing_comment=None,
        schema="auth",
    )
    op.create_table_comment(
        "identities",
        "platform only: a person's, whatever the workspace",
        existing_comment=None,
        schema="auth",
    )
    op.create_table_comment(
        "keyring", "platform only: keys of the installation", existing_comment=None, schema="auth"
    )
    op.create_table_comment(
        "one_time_tokens",
        "platform only: a person's, whatever the workspace",
        existing_comment=None,
        schema="auth",
    )
    op.create_table_comment(
        "passkeys",
        "platform only: a person's, whatever the workspace",
        existing_comment=None,
        schema="auth",
    )
    op.create_table_comment(
        "recovery_codes",
        "platform only: a person's, whatever the workspace",
        existing_comment=None,
        schema="auth",
    )
    op.create_table_comment(
        "refresh_tokens",
        "platform only: a person's, whatever the workspace",
        existing_comment=None,
        schema="auth",
    )
    op.create_table_comment(
        "signing_keys",
        "platform only: keys of the installation",
        existing_comment=None,
        schema="auth",
    )
    op.create_table_comment(
        "totp",
        "platform only: a person's, whatever the workspace",
        existing_comment=None,
        schema="auth",
    )
    op.create_table_comment(
        "workspaces", "tenants: each row is one", existing_comment=None, schema="auth"
    )
    op.create_table_comment(
        "guesses",
        "platform only: counts guesses at all accounts",
        existing_comment=None,
        schema="auth",
    )
