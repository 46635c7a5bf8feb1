"""Deliveries as the API shows them."""

from notification_service.contract.deliveries import Delivery
from notification_service.models import DeliveryRow


def present_delivery(row: DeliveryRow) -> Delivery:
    """Return a delivery with what it carries and where to."""
    return Delivery(
        id=row.id,
        event_id=row.event_id,
        event_type=row.event.type,
        channel_id=row.channel_id,
        channel_kind=row.channel.kind,
        status=row.status,
        attempts=row.attempts,
        error=row.error,
        next_try_at=row.next_try_at,
        created_at=row.created_at,
        delivered_at=row.delivered_at,
    )
