"""What the notification service does when a workspace goes, or wants a copy of its things."""

from typing import Any

from auth_service.duties import Duties
from notification_service.models import Base, ChannelRow
from notification_service.webhooks.service import secret_place
from notification_service.workspaces.exporting import export_channels
from shared.rewrapping import SealedColumn

_CHANNELS = Base.metadata.tables[f"notification.{ChannelRow.__tablename__}"]


def _place(row: Any) -> tuple[str, ...]:
    return secret_place(row.workspace_id, row.id)


DUTIES = Duties(
    service="notification",
    metadata=Base.metadata,
    export=export_channels,
    sealed=(
        SealedColumn(_CHANNELS, "secret", _place),
        SealedColumn(_CHANNELS, "previous_secret", _place),
    ),
)
TASKS = DUTIES.tasks()
