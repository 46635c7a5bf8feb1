"""Deliveries: one event on its way to one channel."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from notification_service.contract.event_types import AnyEventType
from shared.ids import ChannelId, DeliveryId, EventId

DeliveryStatus = Literal["pending", "delivered", "dead"]


class Delivery(BaseModel):
    """One event for one channel.

    `pending` ones are tried again with growing pauses, next at `next_try_at`; `dead` ones were
    given up and can be requeued. `error` is what the last try failed with.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "dlv_0199f0c2b7a77c3e9d1e5a4b3c2d1e0f",
                    "event_id": "evt_0199f0c2b7a77c3e9d1e5a4b3c2d1e0f",
                    "event_type": "backtest.finished",
                    "channel_id": "ch_0199f0c2b7a77c3e9d1e5a4b3c2d1e0f",
                    "channel_kind": "webhook",
                    "status": "pending",
                    "attempts": 2,
                    "error": "the receiver answered 503",
                    "next_try_at": "2026-11-02T09:32:00Z",
                    "created_at": "2026-11-02T09:30:00Z",
                    "delivered_at": None,
                }
            ]
        }
    )

    id: DeliveryId
    event_id: EventId
    event_type: AnyEventType
    channel_id: ChannelId
    channel_kind: Literal["webhook", "email", "push", "sms"]
    status: DeliveryStatus
    attempts: int
    error: str | None
    next_try_at: AwareDatetime | None
    created_at: AwareDatetime
    delivered_at: AwareDatetime | None
