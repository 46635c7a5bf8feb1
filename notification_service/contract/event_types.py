"""The public names of what owners can be told about."""

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.ids import EventId

EventType = Literal[
    "strategy.version.created",
    "backtest.queued",
    "backtest.finished",
    "backtest.failed",
    "quota.warning",
    "webhook.disabled",
    "message.exhausted",
]
TEST_EVENT = "notification.test"
AnyEventType = EventType | Literal["notification.test"]
"""Tests are sent to one channel on demand; nobody asks for them by type."""

DESCRIPTIONS: dict[EventType, str] = {
    "strategy.version.created": "A new version of a strategy has been stored.",
    "backtest.queued": "A backtest has been accepted.",
    "backtest.finished": "A backtest has results.",
    "backtest.failed": "A backtest ended without results; the data says why.",
    "quota.warning": "Four fifths of a daily allowance are used.",
    "webhook.disabled": "A webhook failed for too long, or is gone; it is switched off.",
    "message.exhausted": "A message did not get through on any try and is now a dead letter.",
}

DEFAULT_MAIL: tuple[EventType, ...] = (
    "backtest.finished",
    "backtest.failed",
    "quota.warning",
    "webhook.disabled",
)
"""What a new user's own mail channel is sent."""

DEFAULT_PUSH: tuple[EventType, ...] = ("backtest.finished", "backtest.failed")
"""What a device is sent whose app did not choose."""


class EventTypeDescription(BaseModel):
    """One kind of event that webhooks and channels can ask for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"type": "backtest.finished", "description": "A backtest has results."}]
        }
    )

    type: EventType
    description: str


class PublicEvent(BaseModel):
    """Something that happened in the workspace; webhooks carry exactly this."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "evt_0199f0c2b7a77c3e9d1e5a4b3c2d1e0f",
                    "type": "quota.warning",
                    "timestamp": "2026-11-02T09:30:00Z",
                    "data": {"meter": "sandbox_cpu_ms", "used": 480000, "limit": 600000},
                }
            ]
        }
    )

    id: EventId
    type: AnyEventType
    timestamp: AwareDatetime
    data: dict[str, Any] = Field(description="Facts; which ones depends on the type.")
