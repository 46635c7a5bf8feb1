"""Mails about accounts, which the auth service asks for."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.contract.mails import MailKind
from notification_service.models.base import Base

MailStatus = Literal["pending", "sent", "dropped"]


class MailRow(Base):
    """A row of ``notification.mails``: neither the address nor the link, only who wants what.

    id        the requesting event's, so a mail is written once
    link_id   what the auth service makes the link from when the mail is written
    status    ``dropped``: its link was used, replaced or late before the mail could be sent
    """

    __tablename__ = "mails"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'sent', 'dropped')", name="status"),
        Index("ix_mails_newest", "workspace_id", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID]
    kind: Mapped[MailKind] = mapped_column(Text)
    user_id: Mapped[UUID]
    link_id: Mapped[UUID | None]
    status: Mapped[MailStatus] = mapped_column(Text, default="pending")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
