"""One event on its way to one channel."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column, relationship

from notification_service.contract.deliveries import DeliveryStatus
from notification_service.models.base import Base
from notification_service.models.channel import ChannelRow
from notification_service.models.event import EventRow


class DeliveryRow(Base):
    """A row of ``notification.deliveries``; an event goes to a channel once.

    next_try_at   when a job will try again; null: at once
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'delivered', 'dead')", name="status"),
        UniqueConstraint("event_id", "channel_id"),
        Index("ix_deliveries_newest", "workspace_id", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID]
    event_id: Mapped[UUID] = mapped_column(ForeignKey(EventRow.id, ondelete="CASCADE"))
    channel_id: Mapped[UUID] = mapped_column(
        ForeignKey(ChannelRow.id, ondelete="CASCADE"), index=True
    )
    status: Mapped[DeliveryStatus] = mapped_column(Text, default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    next_try_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    delivered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    event: Mapped[EventRow] = relationship(lazy="joined")
    channel: Mapped[ChannelRow] = relationship(lazy="joined")
