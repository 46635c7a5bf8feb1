"""API keys: only a keyed hash of the secret is kept."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.models.base import Base


class ApiKeyRow(Base):
    """A row of ``auth.api_keys``.

    key_hash   HMAC-SHA256 under a key of the installation
    hint       first and last characters, to tell keys apart
    networks   CIDR notation; empty means everywhere
    revision   counts what people change; that a key was used is not counted
    replaces   the key that this one took over from; while both work, they count as one
    """

    __tablename__ = "api_keys"
    __table_args__ = (
        Index(
            "ix_api_keys_newest",
            "workspace_id",
            "id",
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("auth.workspaces.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("auth.users.id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str]
    mode: Mapped[str]
    hint: Mapped[str]
    key_hash: Mapped[bytes] = mapped_column(unique=True)
    scopes: Mapped[list[str]]
    networks: Mapped[list[str]]
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    last_used_address: Mapped[str | None]
    revoked_at: Mapped[datetime | None]
    replaces: Mapped[UUID | None]
