"""One bar. The table is made by the storage tier: partitions or a hypertable."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime
from sqlalchemy.orm import Mapped, mapped_column

from data_service.models.base import Base


class BarRow(Base):
    """A row of ``data.bars``; 80 bytes, since there may be a billion of them.

    series   ``DatasetRow.series``, which belongs to one workspace, symbol and timeframe
    ts       the bar's open
    """

    __tablename__ = "bars"

    series: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    ts: Mapped[datetime] = mapped_column(DateTime(timezone=True), primary_key=True)
    open: Mapped[float]
    high: Mapped[float]
    low: Mapped[float]
    close: Mapped[float]
    volume: Mapped[float]
