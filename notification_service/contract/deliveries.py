"""Deliveries: one event on its way to one channel."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel

from notification_service.contract.event_types import EventType
from shared.ids import ChannelId, DeliveryId, EventId

DeliveryStatus = Literal["pending", "delivered", "dead"]


class Delivery(BaseModel):
    """One event for one channel.

    `pending` ones are tried again with growing pauses; `dead` ones were given up and can be
    requeued. `error` is what the last try failed with.
    """

    id: DeliveryId
    event_id: EventId
    event_type: EventType
    channel_id: ChannelId
    channel_kind: Literal["webhook", "email", "push", "sms"]
    status: DeliveryStatus
    attempts: int
    error: str | None
    created_at: AwareDatetime
    delivered_at: AwareDatetime | None
