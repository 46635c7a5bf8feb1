"""One upload in a dataset's history."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from data_service.models.base import Base


class UploadRow(Base):
    """A row of ``data.uploads``; the columns are those of ``contract.datasets.DatasetUpload``."""

    __tablename__ = "uploads"
    __table_args__ = (UniqueConstraint("dataset_id", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID]
    dataset_id: Mapped[UUID] = mapped_column(ForeignKey("data.datasets.id", ondelete="CASCADE"))
    version: Mapped[int]
    sha256: Mapped[str]
    row_count: Mapped[int]
    bar_count: Mapped[int]
    repeated_count: Mapped[int]
    contradicting_count: Mapped[int]
    replaced_count: Mapped[int]
    start: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    end: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
