"""One dataset: the bars of a symbol at a timeframe, in one workspace."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Identity, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from data_service.models.base import Base


class DatasetRow(Base):
    """A row of ``data.datasets``.

    series       names its bars in ``data.bars``: eight bytes instead of the three names
    version      counts uploads; whoever changes bars holds this row locked and adds one
    start, end   opens of the first and the last bar
    """

    __tablename__ = "datasets"
    __table_args__ = (
        UniqueConstraint("workspace_id", "symbol", "timeframe"),
        Index("ix_datasets_newest", "workspace_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    series: Mapped[int] = mapped_column(BigInteger, Identity(), unique=True)
    workspace_id: Mapped[UUID]
    symbol: Mapped[str]
    timeframe: Mapped[str]
    version: Mapped[int]
    bar_count: Mapped[int] = mapped_column(BigInteger)
    start: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    end: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
