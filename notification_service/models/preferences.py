"""What a workspace wants to see and hear."""

from typing import Any
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from notification_service.contract.channels import Locale
from notification_service.contract.event_types import EventType
from notification_service.models.base import Base


class PreferencesRow(Base):
    """A row of ``notification.preferences``; a workspace without one has the defaults.

    revision   grows with every change; the ETag. The defaults are revision 0
    """

    __tablename__ = "preferences"

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True)
    inbox_event_types: Mapped[list[EventType]] = mapped_column(ARRAY(Text))
    locale: Mapped[Locale] = mapped_column(Text)
    quiet_hours: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    revision: Mapped[int]
