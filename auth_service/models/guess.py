"""Wrong passwords and codes of the last minutes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.models.base import Base


class GuessRow(Base):
    """A row of ``auth.guesses``: one evaluated guess that counts against ``bucket``.

    bucket   keyed hash of an account, an address or a device: the table names nobody
    """

    __tablename__ = "guesses"
    __table_args__ = (
        Index("ix_guesses_bucket", "bucket", "at"),
        Index("ix_guesses_at", "at"),
        {"comment": "platform only: counts guesses at all accounts"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    bucket: Mapped[bytes]
    at: Mapped[datetime]
