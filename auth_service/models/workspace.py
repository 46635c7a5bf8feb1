"""Workspaces own everything; members have roles in them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.models.base import Base


class WorkspaceRow(Base):
    """A row of ``auth.workspaces``.

    kind       ``personal`` (one per user, made with the account) or ``team``
    plan       name of a plan in ``plans.toml``
    revision   counts what owners change
    """

    __tablename__ = "workspaces"
    __table_args__ = ({"comment": "tenants: each row is one"},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    plan: Mapped[str]
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class MembershipRow(Base):
    """A row of ``auth.memberships``.

    role       ``owner``, ``editor`` or ``viewer``
    revision   counts changes of the role
    """

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
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
