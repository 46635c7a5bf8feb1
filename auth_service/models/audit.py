"""The audit log: append-only, each entry chained to the one before."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.models.base import Base


class AuditEntryRow(Base):
    """A row of ``auth.audit_entries``; a trigger forbids changing or deleting it.

    number     1, 2, 3, ... within the workspace
    id         given by whoever records, so that recording twice is once
    mac        HMAC-SHA256 of this entry and ``previous``, the mac of the entry before
    """

    __tablename__ = "audit_entries"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    id: Mapped[UUID] = mapped_column(unique=True)
    action: Mapped[str]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    subject: Mapped[str | None]
    address: Mapped[str | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    occurred_at: Mapped[datetime]
    previous: Mapped[bytes]
    mac: Mapped[bytes]


class AuditHeadRow(Base):
    """A row of ``auth.audit_heads``: where a workspace's chain ends, so that a cut is seen."""

    __tablename__ = "audit_heads"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
    mac: Mapped[bytes]
