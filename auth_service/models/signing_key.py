"""Keys that access tokens are signed with."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.models.base import Base


class SigningKeyRow(Base):
    """A row of ``auth.signing_keys``.

    kid             RFC 7638 thumbprint of the public key
    public_jwk      what the JWKS endpoint shows
    sealed_private  the private JWK, sealed by the vault
    created_at      it signs from ``created_at`` on, until a newer one does
    retires_at      no token that it signed lives longer; then it leaves the JWKS
    """

    __tablename__ = "signing_keys"
    __table_args__ = ({"comment": "platform only: keys of the installation"},)

    kid: Mapped[str] = mapped_column(primary_key=True)
    public_jwk: Mapped[dict[str, Any]] = mapped_column(JSONB)
    sealed_private: Mapped[bytes]
    created_at: Mapped[datetime]
    retires_at: Mapped[datetime | None]
