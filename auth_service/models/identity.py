"""Accounts elsewhere that somebody signs in with."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.models.base import Base


class IdentityRow(Base):
    """A row of ``auth.identities``: keyed by issuer and subject, never by e-mail address."""

    __tablename__ = "identities"
    __table_args__ = ({"comment": "platform only: a person's, whatever the workspace"},)

    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("auth.users.id", ondelete="CASCADE"), index=True
    )
    provider: Mapped[str]
    email: Mapped[str | None]
    linked_at: Mapped[datetime]
