"""Accounts that are being erased, and what each service says it has erased."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.models.base import Base


class DeletionRow(Base):
    """A row of ``auth.deletions``; it names nobody, only the workspace that is gone.

    id            unguessable; whoever has it may read the report
    workspace_id  the person's own
    erased        service -> kind of thing -> count
    waiting       ``<workspace> <service>`` that have not reported yet: teams without anybody else
                  go with the person
    """

    __tablename__ = "deletions"
    __table_args__ = ({"comment": "across workspaces: outlives the workspace that it reports on"},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    workspace_id: Mapped[UUID] = mapped_column(unique=True)
    waiting: Mapped[list[str]] = mapped_column(server_default="{}")
    erased: Mapped[dict[str, Any]] = mapped_column(JSONB)
    requested_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
