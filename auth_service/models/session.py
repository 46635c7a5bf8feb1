"""Sessions and the refresh tokens that carry them on."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.models.base import Base


class SessionRow(Base):
    """A row of ``auth.sessions``: one sign-in on one device, and the family of its tokens.

    workspace_id   where its access tokens act
    signed_in_at   when the person last proved who they are; step-up moves it
    methods        how: ``pwd``, ``otp``, ``google``, ... (RFC 8176 names where there are any)
    expires_at     absolute; refreshing does not move it
    """

    __tablename__ = "sessions"
    __table_args__ = (
        {"comment": "across workspaces: a session belongs to a person, who may change workspace"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("auth.users.id", ondelete="CASCADE"), index=True
    )
    workspace_id: Mapped[UUID]
    methods: Mapped[list[str]]
    user_agent: Mapped[str | None]
    address: Mapped[str | None]
    signed_in_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]


class RefreshTokenRow(Base):
    """A row of ``auth.refresh_tokens``. The token itself is stored nowhere.

    token_hash   SHA-256 of the token, which has 256 random bits
    salt         with it the server can compute the successor again from the token itself, so that
                 a client whose answer got lost gets the same successor
    used_at      when it was traded in; ``used_by`` is a hash of the client that did
    """

    __tablename__ = "refresh_tokens"
    __table_args__ = ({"comment": "platform only: a person's, whatever the workspace"},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("auth.sessions.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    salt: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    used_at: Mapped[datetime | None]
    used_by: Mapped[bytes | None]
