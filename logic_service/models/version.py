"""One immutable version of a strategy's source; the source itself is an object."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from logic_service.contract.versions import StrategyStyle
from logic_service.models.base import Base


class VersionRow(Base):
    """A row of ``logic.versions``; never updated.

    sha256             of the source as UTF-8
    object_version     the id that the object store gave these bytes
    """

    __tablename__ = "versions"
    __table_args__ = (
        UniqueConstraint("strategy_id", "number"),
        UniqueConstraint("strategy_id", "sha256"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(index=True)
    strategy_id: Mapped[UUID] = mapped_column(ForeignKey("logic.strategies.id"))
    number: Mapped[int]
    sha256: Mapped[str]
    size_bytes: Mapped[int]
    object_version: Mapped[str]
    strategy_name: Mapped[str]
    style: Mapped[StrategyStyle] = mapped_column(Text)
    doc: Mapped[str]
    params_schema: Mapped[dict[str, Any]] = mapped_column(JSONB)
    note: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
