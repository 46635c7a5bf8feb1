"""Keys of this installation that outlive the master key."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from auth_service.models.base import Base


class KeyringRow(Base):
    """A row of ``auth.keyring``: a random key, sealed by the vault.

    purpose   ``hashing``: the root of all keyed hashes, among them those of API keys
    """

    __tablename__ = "keyring"
    __table_args__ = ({"comment": "platform only: keys of the installation"},)

    purpose: Mapped[str] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]
    created_at: Mapped[datetime]
