"""What tests of deliveries have in common: channels, and jobs that run when they are due."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import time_machine

from notification_service.channels.service import ChannelService
from notification_service.contract.event_types import EventType
from notification_service.contract.webhooks import WebhookCreate
from notification_service.deliveries.tasks import deliver
from notification_service.deps import NotificationDeps
from notification_service.models import DeliveryRow
from notification_service.models.channel import Kind
from notification_service.webhooks.registering import register_webhook
from tests.notification_service.providers import Providers

WANTED: list[EventType] = ["backtest.finished"]
METRICS = {"total_return": 0.1234, "max_drawdown": 0.2, "sharpe": None, "trade_count": 7}

Happen = Callable[[], Awaitable[DeliveryRow]]


async def add_channel(deps: NotificationDeps, workspace: UUID, kind: Kind, target: str) -> None:
    async with deps.units_of_work(workspace) as work:
        assert await ChannelService(work).add(workspace, kind, target, WANTED)


async def add_webhook(
    deps: NotificationDeps, workspace: UUID, url: str, providers: Providers
) -> None:
    asked = WebhookCreate(url=url, event_types=WANTED)
    _, providers.webhook_secret = await register_webhook(deps, workspace, asked)


async def read(deps: NotificationDeps, delivery_id: UUID) -> Any:
    async with deps.units_of_work() as work:
        return await work.session.get(DeliveryRow, delivery_id)


async def try_again(deps: NotificationDeps, delivery_id: UUID) -> None:
    """Run the delivery's job when it is due."""
    row = await read(deps, delivery_id)
    with time_machine.travel(row.next_try_at):
        await deliver.run(deps, delivery_id)
