"""What the bars are stored with: one row, written when the table is made."""

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from data_service.contract.storage import TierName
from data_service.models.base import Base


class StorageRow(Base):
    """The row of ``data.storage``.

    tier                what the database offered then; never changed behind one's back
    extension_version   TimescaleDB's version then, None on plain PostgreSQL
    """

    __tablename__ = "storage"
    __table_args__ = (CheckConstraint("one", name="one_row"),)

    one: Mapped[bool] = mapped_column(primary_key=True, server_default="true")
    tier: Mapped[TierName] = mapped_column(Text)
    extension_version: Mapped[str | None]
    chosen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
