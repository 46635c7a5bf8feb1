"""The public names of what owners can be told about."""

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel

from shared.ids import EventId

EventType = Literal[
    "strategy.version.created",
    "backtest.queued",
    "backtest.finished",
    "backtest.failed",
]

DESCRIPTIONS: dict[EventType, str] = {
    "strategy.version.created": "A new version of a strategy has been stored.",
    "backtest.queued": "A backtest has been accepted.",
    "backtest.finished": "A backtest has results.",
    "backtest.failed": "A backtest ended without results; the data says why.",
}

DEFAULT_MAIL: tuple[EventType, ...] = ("backtest.finished", "backtest.failed")
"""What a new user's own mail channel is sent."""


class EventTypeDescription(BaseModel):
    """One kind of event that webhooks and channels can ask for."""

    type: EventType
    description: str


class PublicEvent(BaseModel):
    """Something that happened in the workspace; webhooks carry exactly this."""

    id: EventId
    type: EventType
    timestamp: AwareDatetime
    data: dict[str, Any]
