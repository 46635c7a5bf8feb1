"""Event name -> service call: what the notification service does about others' events."""

from collections.abc import Sequence
from uuid import UUID

from notification_service.deps import NotificationDeps
from notification_service.events.service import EventService
from notification_service.mails.service import MailService
from notification_service.workspaces.tasks import DUTIES
from shared.events.consumer import EventConsumer, Handler
from shared.events.types import EventEnvelope
from shared.unit_of_work import UnitOfWork


async def _take_in(work: UnitOfWork, event: EventEnvelope) -> None:
    await EventService(work).take_in(event)


async def _welcome(work: UnitOfWork, event: EventEnvelope) -> None:
    user_id = UUID(event.payload["user_id"].removeprefix("usr_"))
    await work.enqueue("notification.create_first_channel", event.workspace_id, user_id)


async def _mail(work: UnitOfWork, event: EventEnvelope) -> None:
    await MailService(work).take_in(event)


AUTH_HANDLERS: dict[str, Handler] = {
    "auth.user.registered": _welcome,
    "auth.mail.requested": _mail,
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
