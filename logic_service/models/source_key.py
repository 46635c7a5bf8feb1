"""The key under which a workspace's sources are sealed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from logic_service.models.base import Base


class SourceKeyRow(Base):
    """A row of ``logic.source_keys``; deleting it makes every copy of the sources unreadable.

    sealed   32 random bytes, sealed by the vault
    """

    __tablename__ = "source_keys"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
