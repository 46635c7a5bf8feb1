"""Bars of one version that took alike, counted."""

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Integer
from sqlalchemy.orm import Mapped, mapped_column

from logic_service.models.base import Base


class BarCountRow(Base):
    """A row of ``logic.bar_counts``: only ever added to.

    bucket  place of the bars' CPU time in ``domain.bar_times.BOUNDS_S``
    """

    __tablename__ = "bar_counts"

    version_id: Mapped[UUID] = mapped_column(ForeignKey("logic.versions.id"), primary_key=True)
    bucket: Mapped[int] = mapped_column(Integer, primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(index=True)
    bar_count: Mapped[int] = mapped_column(BigInteger)
