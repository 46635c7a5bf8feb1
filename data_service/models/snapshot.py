"""Which object holds a range of a dataset's version, so that it is frozen only once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, ForeignKey, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from data_service.models.base import Base


class SnapshotRow(Base):
    """A row of ``data.snapshots``.

    dataset_version       the version that the bars were read from
    timeframe             of the snapshot's bars: the dataset's, or a slower one made of it
    range_start           first instant asked for, inclusive, cut to the dataset's extent
    range_end             last instant asked for, exclusive, cut likewise
    start, end            opens of the first and the last bar in it
    """

    __tablename__ = "snapshots"
    __table_args__ = (
        UniqueConstraint("dataset_id", "dataset_version", "timeframe", "range_start", "range_end"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID]
    dataset_id: Mapped[UUID] = mapped_column(ForeignKey("data.datasets.id", ondelete="CASCADE"))
    dataset_version: Mapped[int]
    timeframe: Mapped[str]
    range_start: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    range_end: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    sha256: Mapped[str]
    bar_count: Mapped[int] = mapped_column(BigInteger)
    start: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    end: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
