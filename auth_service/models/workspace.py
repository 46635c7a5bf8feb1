"""Workspaces own everything; members have roles in them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.models.base import Base


class WorkspaceRow(Base):
    """A row of ``auth.workspaces``.

    kind   ``personal`` (one per user, made with the account) or ``team``
    plan   name of a plan in ``plans.toml``
    """

    __tablename__ = "workspaces"
    __table_args__ = ({"comment": "tenants: each row is one"},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    plan: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class MembershipRow(Base):
    """A row of ``auth.memberships``: ``role`` is ``owner``, ``editor`` or ``viewer``."""

    __tablename__ = "memberships"
    __table_args__ = (
        {"comment": "across workspaces: people see all the workspaces that they are members of"},
    )

    workspace_id: Mapped[UUID] = mapped_column(
        ForeignKey("auth.workspaces.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("auth.users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
