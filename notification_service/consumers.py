"""Event name -> service call: what the notification service does about others' events."""

from collections.abc import Sequence
from uuid import UUID

from notification_service.channels.service import ChannelService
from notification_service.deps import NotificationDeps
from notification_service.events.service import EventService
from notification_service.mails.service import MailService
from notification_service.workspaces.tasks import DUTIES
from shared.events.consumer import EventConsumer, Handler
from shared.events.types import EventEnvelope
from shared.ids import parse_public_id
from shared.unit_of_work import UnitOfWork


async def _take_in(work: UnitOfWork, event: EventEnvelope) -> None:
    await EventService(work).take_in(event)


async def _welcome(work: UnitOfWork, event: EventEnvelope) -> None:
    user_id = UUID(event.payload["user_id"].removeprefix("usr_"))
    await work.enqueue("notification.create_first_channel", event.workspace_id, user_id)


async def _confirm(work: UnitOfWork, event: EventEnvelope) -> None:
    user_id = UUID(event.payload["user_id"].removeprefix("usr_"))
    await work.enqueue("notification.confirm_own_channel", event.workspace_id, user_id)


async def _mail(work: UnitOfWork, event: EventEnvelope) -> None:
    await MailService(work).take_in(event)


async def _part(work: UnitOfWork, event: EventEnvelope) -> None:
    user_id = parse_public_id("usr", event.payload["user_id"])
    if event.payload["role"] is None and user_id is not None:
        await ChannelService(work).delete_of(event.workspace_id, user_id)


AUTH_HANDLERS: dict[str, Handler] = {
    "auth.user.registered": _welcome,
    "auth.email.verified": _confirm,
    "auth.mail.requested": _mail,
    "auth.membership.changed": _part,
    "auth.quota.warning": _take_in,
    **DUTIES.handlers(),
}
LOGIC_HANDLERS: dict[str, Handler] = {"logic.version.created": _take_in}
TRADING_HANDLERS: dict[str, Handler] = {
    "trading.backtest.queued": _take_in,
    "trading.backtest.finished": _take_in,
    "trading.backtest.failed": _take_in,
}


def consumers(deps: NotificationDeps) -> Sequence[EventConsumer]:
    """Follow the services below."""
    followed = (
        ("auth", deps.auth.read_events, AUTH_HANDLERS),
        ("logic", deps.logic.read_events, LOGIC_HANDLERS),
        ("trading", deps.trading.read_events, TRADING_HANDLERS),
    )
    return [
        EventConsumer(producer, fetch, handlers, deps.units_of_work, deps.redis)
        for producer, fetch, handlers in followed
    ]
