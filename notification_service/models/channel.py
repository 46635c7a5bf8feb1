"""Where a workspace wants to be told."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, LargeBinary, Text, func, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from notification_service.contract.channels import Locale
from notification_service.contract.event_types import EventType
from notification_service.models.base import Base

Kind = Literal["webhook", "email", "push", "sms"]


class ChannelRow(Base):
    """A row of ``notification.channels``.

    user_id  who added it; a person's channels go with them. Webhooks are the workspace's: null
    target   URL, address, push token or number
    secret, previous_secret   a webhook's signing secrets, sealed by the vault; null for the other
                              kinds; both sign until ``previous_secret_expires_at``
    verified        its owner has confirmed it, or nothing needs to be confirmed
    failing_since   when the first of the tries failed that have all failed since
    revision        grows with every change of its owner's; the ETag
    """

    __tablename__ = "channels"
    __table_args__ = (
        CheckConstraint("kind IN ('webhook', 'email', 'push', 'sms')", name="kind"),
        Index("ix_channels_newest", "workspace_id", "created_at", "id"),
        Index("uq_channels_target", "workspace_id", "kind", "target", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID]
    user_id: Mapped[UUID | None]
    kind: Mapped[Kind] = mapped_column(Text)
    target: Mapped[str]
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    event_types: Mapped[list[EventType]] = mapped_column(ARRAY(Text))
    locale: Mapped[Locale] = mapped_column(Text, default="en")
    enabled: Mapped[bool] = mapped_column(default=True)
    verified: Mapped[bool] = mapped_column(default=True, server_default=true())
    previous_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_secret_expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    failing_since: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    disabled_reason: Mapped[str | None]
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
