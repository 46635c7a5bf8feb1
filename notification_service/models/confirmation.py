"""Codes that were sent to new channels."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from notification_service.models.base import Base


class ConfirmationRow(Base):
    """A row of ``notification.confirmations``.

    The code is a keyed digest of the id, so it is stored nowhere. Rows outlive their channel: they
    count how many codes a workspace has had sent to strangers today.
    """

    __tablename__ = "confirmations"
    __table_args__ = (Index("ix_confirmations_newest", "workspace_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID]
    channel_id: Mapped[UUID] = mapped_column(index=True)
    wrong_codes: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
