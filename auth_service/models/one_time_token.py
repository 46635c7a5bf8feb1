"""Tokens that work once: links in mails, half-finished sign-ins."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.models.base import Base


class OneTimeTokenRow(Base):
    """A row of ``auth.one_time_tokens``. The token is computed from the row, never stored.

    purpose   ``verify_email``, ``reset_password``, ``second_factor``, ``oauth_state``, ...
    facts     what the purpose needs, nothing secret: an address, a session's methods
    """

    __tablename__ = "one_time_tokens"
    __table_args__ = ({"comment": "platform only: a person's, whatever the workspace"},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("auth.users.id", ondelete="CASCADE"), index=True
    )
    salt: Mapped[bytes]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
