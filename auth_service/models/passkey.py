"""Passkeys: public keys of authenticators that sign a person in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.models.base import Base


class PasskeyRow(Base):
    """A row of ``auth.passkeys``. Nothing in it is secret.

    credential_id   what the authenticator calls it
    public_key      COSE, as it was registered
    sign_count      of the newest sign-in; 0 for authenticators that do not count
    """

    __tablename__ = "passkeys"
    __table_args__ = ({"comment": "platform only: a person's, whatever the workspace"},)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("auth.users.id", ondelete="CASCADE"), index=True
    )
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
