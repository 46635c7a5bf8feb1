"""The inbox of a workspace."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from notification_service.models.base import Base
from notification_service.models.event import EventRow


class NotificationRow(Base):
    """A row of ``notification.notifications``; the words are made when it is read."""

    __tablename__ = "notifications"
    __table_args__ = (Index("ix_notifications_newest", "workspace_id", "created_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID]
    event_id: Mapped[UUID] = mapped_column(ForeignKey(EventRow.id, ondelete="CASCADE"), unique=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    read_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    event: Mapped[EventRow] = relationship(lazy="joined")
