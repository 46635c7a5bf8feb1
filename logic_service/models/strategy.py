"""One strategy: the name under which versions of code are kept."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from logic_service.models.base import Base


class StrategyRow(Base):
    """A row of ``logic.strategies``.

    current_number   the version that runs by default; None while there is none
    latest_number    the highest version number given so far
    revision         grows with every change; the ETag
    deleted_at       a deleted strategy is hidden, not erased: results name its versions
    """

    __tablename__ = "strategies"
    __table_args__ = (
        Index(
            "ix_strategies_newest",
            "workspace_id",
            "id",
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID]
    name: Mapped[str]
    description: Mapped[str]
    current_version_id: Mapped[UUID | None]
    current_number: Mapped[int | None]
    latest_number: Mapped[int] = mapped_column(default=0)
    forked_from_version_id: Mapped[UUID | None]
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    deleted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
