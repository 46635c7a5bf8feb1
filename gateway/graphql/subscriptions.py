"""Subscriptions: the live channels, as GraphQL tells of them.

Only what has a producer is offered; ``signals``, ``orderEvents`` and ``quotes`` come with theirs.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Any

import orjson
import strawberry
from strawberry.scalars import JSON

from gateway.graphql.queries import MIRROR
from gateway.graphql.types import Context
from gateway.live.feed import Gap
from gateway.live.hub import Numbered
from notification_service.contract.notifications import Notification
from shared.errors import InvalidInputError

_LONGEST_NUMBER = 16
NotificationType = MIRROR.output(Notification)


@strawberry.interface(description="Something that happened, or word that some of it is lost.")
class LiveEvent:
    seq: str = strawberry.field(
        description="The event's number on its channel; of a gap, the last number that is lost."
    )
    gap: bool = strawberry.field(
        description="True when events up to `seq` are lost: read the resources again."
    )
    ts: datetime | None = strawberry.field(description="When it happened; null for a gap.")


@strawberry.type(description="A change of a job: a backtest that was queued, runs, or has ended.")
class JobProgress(LiveEvent):
    kind: str | None
    id: strawberry.ID | None
    status: str | None
    progress: float | None
    data: JSON | None = strawberry.field(description="All that the WebSocket channel says.")


@strawberry.type(description="An entry of the inbox.")
class NotificationEvent(LiveEvent):
    notification: NotificationType | None  # type: ignore[valid-type]


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def job_progress(
        self,
        info: Context,
        id: strawberry.ID | None = None,  # noqa: A002 (as everywhere in the schema)
        from_seq: str | None = None,
    ) -> AsyncGenerator[JobProgress, None]:
        """Follow the workspace's jobs, or one of them; `fromSeq` resumes after a break."""
        async with aclosing(info.context.follow("jobs", _read_number(from_seq))) as messages:
            async for message in messages:
                event = _job_event(message)
                if event.gap or id is None or event.id == id:
                    yield event

    @strawberry.subscription
    async def notifications(
        self, info: Context, from_seq: str | None = None
    ) -> AsyncGenerator[NotificationEvent, None]:
        """Follow the workspace's inbox; `fromSeq` resumes after a break."""
        number = _read_number(from_seq)
        async with aclosing(info.context.follow("notifications", number)) as messages:
            async for message in messages:
                yield _notification_event(message)


def _job_event(message: Numbered | Gap) -> JobProgress:
    seq, ts, data = _read(message)
    job = data or {}
    return JobProgress(
        seq=seq,
        gap=data is None,
        ts=ts,
        kind=job.get("kind"),
        id=job.get("id"),
        status=job.get("status"),
        progress=job.get("progress"),
        data=JSON(job) if data is not None else None,
    )


def _notification_event(message: Numbered | Gap) -> NotificationEvent:
    seq, ts, data = _read(message)
    entry = MIRROR.present(Notification.model_validate(data)) if data is not None else None
    return NotificationEvent(seq=seq, gap=data is None, ts=ts, notification=entry)


def _read(message: Numbered | Gap) -> tuple[str, datetime | None, dict[str, Any] | None]:
    """Return number, instant and data; of a gap, the last number that is lost, and nothing."""
    if isinstance(message, Gap):
        return str(message[1]), None, None
    content = orjson.loads(message.body)
    return str(message.seq), datetime.fromisoformat(content["ts"]), content["data"]


def _read_number(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > _LONGEST_NUMBER or int(text) < 1:
        raise InvalidInputError.at("/fromSeq", "number-malformed", "use the `seq` of an event, + 1")
    return int(text)
