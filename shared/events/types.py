"""What an event is, in the producer's code and on the way to a consumer."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Event(BaseModel):
    """A fact, named in the past tense. Subclasses live in the producer's ``contract/events.py``."""

    model_config = ConfigDict(frozen=True)

    name: ClassVar[str]
    """``service.noun.verb``, for instance ``trading.backtest.finished``; never renamed."""

    workspace_id: UUID


class EventEnvelope(BaseModel):
    """An event on its way: what a producer's feed answers with."""

    model_config = ConfigDict(frozen=True)

    seq: int
    id: UUID
    name: str
    workspace_id: UUID
    payload: dict[str, Any]
    request_id: str | None
    occurred_at: datetime


class EventBatch(BaseModel):
    """One page of a producer's outbox, oldest first."""

    events: list[EventEnvelope]
