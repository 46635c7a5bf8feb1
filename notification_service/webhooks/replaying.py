"""Send a webhook events again that it has missed."""

from uuid import UUID

from notification_service.contract.webhooks import MOST_REPLAYED, WebhookReplay, WebhookReplayed
from notification_service.deliveries.service import DeliveryService
from notification_service.events.service import EventService
from notification_service.models import ChannelRow
from shared.unit_of_work import UnitOfWork


class WebhookReplaying:
    """Replays events, inside the caller's transaction."""

    def __init__(self, work: UnitOfWork) -> None:
        self._events = EventService(work)
        self._deliveries = DeliveryService(work)

    async def replay(
        self, workspace_id: UUID, webhook: ChannelRow, asked: WebhookReplay
    ) -> WebhookReplayed:
        """Start deliveries of the named events, or of the first ones of a span of time.

        Raises EventNotFoundError for an event of somebody else's.
        """
        if asked.event_ids is not None:
            events = await self._events.find_named(workspace_id, asked.event_ids)
            count = await self._deliveries.replay(events, webhook.id)
            return WebhookReplayed(delivery_count=count, complete=True, next_since=None)
        if asked.since is None:
            raise ValueError("a replay names events or a span of time")
        found = await self._events.list_span(
            workspace_id, webhook.event_types, asked.since, asked.until, MOST_REPLAYED + 1
        )
        count = await self._deliveries.replay(found[:MOST_REPLAYED], webhook.id)
        left_out = found[MOST_REPLAYED:]
        return WebhookReplayed(
            delivery_count=count,
            complete=not left_out,
            next_since=left_out[0].occurred_at if left_out else None,
        )
