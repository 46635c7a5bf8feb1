"""One account of one person."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from auth_service.models.base import Base


class UserRow(Base):
    """A row of ``auth.users``.

    email          as it is shown and written to
    email_key      lower case; what makes an account unique
    password_hash  Argon2id in PHC form; None for those who sign in elsewhere
    role           ``user`` or ``admin`` of the installation
    """

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    email_verified_at: Mapped[datetime | None]
    password_hash: Mapped[str | None]
    password_changed_at: Mapped[datetime | None]
    name: Mapped[str | None]
    locale: Mapped[str] = mapped_column(server_default="en")
    role: Mapped[str] = mapped_column(server_default="user")
    suspended_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
