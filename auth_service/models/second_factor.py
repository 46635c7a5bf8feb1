"""Time-based codes, and the recovery codes for a lost phone."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.models.base import Base


class TotpRow(Base):
    """A row of ``auth.totp``.

    sealed_secret   the shared secret, sealed by the vault
    confirmed_at    None until the person has shown that the phone has the secret
    last_step       30-second step of the newest accepted code; older codes are no longer good
    """

    __tablename__ = "totp"
    __table_args__ = ({"comment": "platform only: a person's, whatever the workspace"},)

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("auth.users.id", ondelete="CASCADE"), primary_key=True
    )
    sealed_secret: Mapped[bytes]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(BigInteger)


class RecoveryCodeRow(Base):
    """A row of ``auth.recovery_codes``: a keyed hash; each code works once."""

    __tablename__ = "recovery_codes"
    __table_args__ = ({"comment": "platform only: a person's, whatever the workspace"},)

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("auth.users.id", ondelete="CASCADE"), primary_key=True
    )
    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    used_at: Mapped[datetime | None]
