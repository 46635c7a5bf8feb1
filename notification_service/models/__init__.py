"""The tables of the ``notification`` schema."""

from notification_service.models.base import TABLES, Base
from notification_service.models.channel import ChannelRow
from notification_service.models.confirmation import ConfirmationRow
from notification_service.models.delivery import DeliveryRow
from notification_service.models.event import EventRow
from notification_service.models.mail import MailRow
from notification_service.models.notification import NotificationRow
from notification_service.models.preferences import PreferencesRow

__all__ = [
    "TABLES",
    "Base",
    "ChannelRow",
    "ConfirmationRow",
    "DeliveryRow",
    "EventRow",
    "MailRow",
    "NotificationRow",
    "PreferencesRow",
]
