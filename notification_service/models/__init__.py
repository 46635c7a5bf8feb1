"""The tables of the ``notification`` schema."""

from notification_service.models.base import TABLES, Base
from notification_service.models.channel import ChannelRow
from notification_service.models.delivery import DeliveryRow
from notification_service.models.event import EventRow

__all__ = ["TABLES", "Base", "ChannelRow", "DeliveryRow", "EventRow"]
