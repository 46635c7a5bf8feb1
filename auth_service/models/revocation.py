"""Changes that outstanding credentials do not know of; the feed that the gateway follows."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Identity
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.models.base import Base


class RevocationRow(Base):
    """A row of ``auth.revocations``; see ``contract.revocations.Revocation``."""

    __tablename__ = "revocations"
    __table_args__ = (
        {"comment": "across workspaces: a feed for the gateway; people never read it"},
    )

    seq: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    workspace_id: Mapped[UUID | None]
    plan: Mapped[str | None]
    role: Mapped[str | None]
    expires_at: Mapped[datetime] = mapped_column(index=True)
