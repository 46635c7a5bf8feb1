"""Archives of a workspace that somebody has asked for."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.models.base import Base


class ExportRow(Base):
    """A row of ``auth.exports``.

    files        service -> how many files its part has
    size_bytes   of the finished archive
    """

    __tablename__ = "exports"
    __table_args__ = (
        CheckConstraint(
            "status IN ('collecting', 'ready', 'failed', 'expired')", name="known_status"
        ),
        Index("ix_exports_of_person", "user_id", "workspace_id", "requested_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(
        ForeignKey("auth.workspaces.id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[UUID] = mapped_column(ForeignKey("auth.users.id", ondelete="CASCADE"))
    status: Mapped[str]
    files: Mapped[dict[str, Any]] = mapped_column(JSONB)
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    requested_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
