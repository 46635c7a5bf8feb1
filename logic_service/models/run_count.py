"""Runs of one version that ended alike, counted."""

from uuid import UUID

from sqlalchemy import BigInteger, Double, ForeignKey, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from logic_service.models.base import Base


class RunCountRow(Base):
    """A row of ``logic.run_counts``: only ever added to.

    bucket             place of the run's mean time per bar in ``domain.bar_times.BOUNDS_S``;
                       -1 for runs that did not end well, whose bars were not all handled
    bar_count, cpu_s   sums over these runs
    peak_memory_bytes  of the largest of them
    """

    __tablename__ = "run_counts"

    version_id: Mapped[UUID] = mapped_column(ForeignKey("logic.versions.id"), primary_key=True)
    plan: Mapped[str] = mapped_column(Text, primary_key=True)
    verdict: Mapped[str] = mapped_column(Text, primary_key=True)
    bucket: Mapped[int] = mapped_column(Integer, primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(index=True)
    run_count: Mapped[int] = mapped_column(BigInteger)
    bar_count: Mapped[int] = mapped_column(BigInteger)
    cpu_s: Mapped[float] = mapped_column(Double)
    peak_memory_bytes: Mapped[int] = mapped_column(BigInteger)
