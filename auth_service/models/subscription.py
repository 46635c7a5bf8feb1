"""Which plan a workspace is on and why, and what it has used of it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.models.base import Base


class SubscriptionRow(Base):
    """A row of ``auth.subscriptions``; a workspace without one is on the first plan.

    source       ``admin`` or ``billing``
    allowances   agreed by contract: these replace the plan's own numbers
    renews_at    None when it does not end by itself
    past_due_at  when it was seen to be past ``renews_at`` without a payment; see ``lapsing``
    """

    __tablename__ = "subscriptions"

    workspace_id: Mapped[UUID] = mapped_column(
        ForeignKey("auth.workspaces.id", ondelete="CASCADE"), primary_key=True
    )
    plan: Mapped[str]
    source: Mapped[str]
    reference: Mapped[str | None]
    allowances: Mapped[dict[str, Any]] = mapped_column(JSONB)
    renews_at: Mapped[datetime | None]
    past_due_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(server_default="1")
    changed_at: Mapped[datetime]


class BillingEventRow(Base):
    """A row of ``auth.billing_events``: hooks that have been worked off, by the sender's id."""

    __tablename__ = "billing_events"
    __table_args__ = ({"comment": "platform only: the billing system's"},)

    id: Mapped[str] = mapped_column(primary_key=True)
    received_at: Mapped[datetime]


class UsageRow(Base):
    """A row of ``auth.usage``: what a workspace has used of a meter on one UTC day.

    used       settled; ``reserved`` is promised to work that still runs
    """

    __tablename__ = "usage"
    __table_args__ = (CheckConstraint("used >= 0 AND reserved >= 0", name="not_negative"),)

    workspace_id: Mapped[UUID] = mapped_column(
        ForeignKey("auth.workspaces.id", ondelete="CASCADE"), primary_key=True
    )
    meter: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    used: Mapped[int] = mapped_column(BigInteger, server_default="0")
    reserved: Mapped[int] = mapped_column(BigInteger, server_default="0")


class ReservationRow(Base):
    """A row of ``auth.reservations``: one piece of work's share, until it is settled.

    id           given by the caller, so that reserving or settling twice is once
    amount       reserved; ``settled`` is what it came to
    expires_at   then the share returns to the workspace
    """

    __tablename__ = "reservations"
    __table_args__ = (
        Index("ix_reservations_open", "expires_at", postgresql_where=text("settled IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(
        ForeignKey("auth.workspaces.id", ondelete="CASCADE"), index=True
    )
    meter: Mapped[str]
    day: Mapped[date]
    amount: Mapped[int] = mapped_column(BigInteger)
    settled: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
