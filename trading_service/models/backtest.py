"""One backtest: what was asked for, how it went, and where its artifacts are."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from trading_service.contract.backtests import Status
from trading_service.models.base import Base


class BacktestRow(Base):
    """A row of ``trading.backtests``.

    config           options of ``naru.engine.config.RunConfig``
    confidence_samples   how often the run is resampled for bounds of its metrics
    status           queued -> running -> finished | failed | cancelled
    cancel_requested set by the owner; the worker that runs it looks at it
    request_id       of the request that asked for it; its logs and events carry it
    traceparent      the same for traces
    admitted_at      since when it has a job; None while it waits for a place of its workspace
    cpu_ms           processor time that counts against the day's allowance; None until it ended
    snapshots        the bars that the run saw: members of ``data_service``'s Snapshot
    artifacts        kind -> SHA-256 of an immutable object (``results/<workspace>/<sha256>``)
    """

    __tablename__ = "backtests"
    __table_args__ = (
        Index("ix_backtests_newest", "workspace_id", "created_at", "id"),
        Index(
            "ix_backtests_active",
            "workspace_id",
            "created_at",
            "id",
            postgresql_where=text("status IN ('queued', 'running')"),
        ),
        CheckConstraint(
            "status IN ('queued', 'running', 'finished', 'failed', 'cancelled')", name="status"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID]
    strategy_id: Mapped[UUID] = mapped_column(index=True)
    strategy_name: Mapped[str]
    version_id: Mapped[UUID]
    version_number: Mapped[int]
    code_sha256: Mapped[str]
    symbols: Mapped[list[str]] = mapped_column(ARRAY(Text))
    timeframe: Mapped[str | None]
    start: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    end: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    params: Mapped[dict[str, Any]] = mapped_column(JSONB)
    config: Mapped[dict[str, Any]] = mapped_column(JSONB)
    confidence_samples: Mapped[int] = mapped_column(default=0, server_default="0")
    limits: Mapped[dict[str, Any]] = mapped_column(JSONB)
    status: Mapped[Status] = mapped_column(Text, default="queued")
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    snapshots: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    verdict: Mapped[str | None]
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    metrics: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    receipt: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    timings: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    artifacts: Mapped[dict[str, str] | None] = mapped_column(JSONB)
    request_id: Mapped[str | None]
    traceparent: Mapped[str | None]
    cpu_ms: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    admitted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
