"""The inbox in words."""

from notification_service.contract.channels import Locale
from notification_service.contract.notifications import Notification
from notification_service.domain.messages import write_message
from notification_service.events.presenting import present_event
from notification_service.models import NotificationRow


def present_notification(row: NotificationRow, locale: Locale, public_url: str) -> Notification:
    """Return a notification as the API and the live channel show it."""
    message = write_message(present_event(row.event), locale, public_url)
    return Notification.model_validate(
        {
            "id": row.id,
            "event_id": row.event_id,
            "type": row.event.type,
            "title": message.subject,
            "text": message.text,
            "created_at": row.created_at,
            "read_at": row.read_at,
        }
    )
