"""What has happened in a workspace, as its owner may read it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from notification_service.contract.event_types import AnyEventType
from notification_service.models.base import Base


class EventRow(Base):
    """A row of ``notification.events``; the id is the producer's, so a fact is kept once."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_newest", "workspace_id", "occurred_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID]
    type: Mapped[AnyEventType] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    occurred_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
